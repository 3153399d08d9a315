// The jobs of a quantisation, one after the other.
#include "cradle/recipe/quantise.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

/// Files between the jobs, removed whatever happens.
class Scratch {
 public:
  explicit Scratch(const fs::path& output) : stem_(output.string()) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    for (const fs::path& file : files_) fs::remove(file, ignored);
  }
  std::string operator()(const std::string& what) {
    files_.push_back(stem_ + "." + what);
    return files_.back().string();
  }

 private:
  std::string stem_;
  std::vector<fs::path> files_;
};

void add(record::RunRecord& sum, const record::RunRecord& step) {
  if (sum.parts.empty()) {
    sum = step;
    return;
  }
  sum.duration_s += step.duration_s;
  sum.billed.j.value += step.billed.j.value;
  sum.billed.j.low += step.billed.j.low;
  sum.billed.j.high += step.billed.j.high;
}

/// One quantisation on its way.
class Quantisation {
 public:
  Quantisation(const Workspace& workspace, const QuantiseRequest& request)
      : workspace_(workspace),
        request_(request),
        task_(request.task == kNoTask ? request.task : task_of(workspace, request.model, request.task, request.own)),
        model_(request.model.string()),
        equalise_(request.equalise),
        scratch_(request.output) {
    result_.model = request.output;
  }

  Quantised run() {
    if (request_.equalise != "off" && (request_.rounding == "adaround" || request_.keep_float > 0)) equalise();
    const base::Json values = instrument();
    statistics_ = scratch_("statistics");
    calibrate(scratch_("instrumented"), values, statistics_);
    how_ = {{"model", model_},
            {"statistics", statistics_},
            {"method", request_.calibration},
            {"dialect", request_.dialect},
            {"per_channel", request_.per_channel},
            {"equalise", equalise_},
            {"weight_bits", request_.weight_bits}};
    add_input_shape(how_, request_.own);
    if (request_.rounding == "adaround") round_adaptively();
    write();
    if (request_.keep_float > 0) keep_worst_in_float();
    if (request_.correct_bias) correct_biases(values);
    return std::move(result_);
  }

 private:
  base::Json job(const char* worker, const char* kind, base::Json arguments) {
    Done done = run_job(workspace_, worker, kind, std::string(kind) + " " + request_.model.filename().string(),
                        std::move(arguments));
    if (done.answer.contains("data")) done.record.data = data_from(done.answer, "answer of cradle-deploy");
    // "quantise" may come several times.
    const std::size_t again = static_cast<std::size_t>(std::count(kinds_.begin(), kinds_.end(), std::string(kind)));
    kinds_.emplace_back(kind);
    const std::string name = request_.output.stem().string() + "-" + kind;
    result_.records.push_back(keep(workspace_, done.record, again == 0 ? name : fmt::format("{}-{}", name, again + 1)));
    add(result_.total_of_steps, done.record);
    return std::move(done.answer);
  }

  base::Json with_images(base::Json arguments, int images) {
    arguments["split"] = "train";
    arguments["images"] = images;
    arguments["task"] = task_;
    arguments["threads"] = workspace_.threads;
    add_to(arguments, request_.own, task_);
    return arguments;
  }

  /// The float model that the other jobs take for the given one: what they measure of it, sums of products and noise by
  /// the names of values, must be of what is quantised.
  void equalise() {
    const std::string equalised = scratch_("equalised");
    job("graph", "equalise",
        {{"model", model_},
         {"equalise", request_.equalise},
         {"per_channel", request_.per_channel},
         {"output", equalised}});
    model_ = equalised;
    equalise_ = "off";  // it is done
  }

  base::Json instrument() {
    base::Json arguments = {{"model", model_},
                            {"output", scratch_("instrumented")},
                            {"equalise", equalise_},
                            {"per_channel", request_.per_channel},
                            {"layer_values", request_.correct_bias}};
    add_input_shape(arguments, request_.own);
    return base::json_member(job("graph", "instrument", std::move(arguments)), "values", "answer of cradle-graph");
  }

  void calibrate(const std::string& model, const base::Json& values, const std::string& statistics) {
    job("deploy", "calibrate",
        with_images(
            {{"model", model}, {"values", values}, {"channel_means", request_.correct_bias}, {"output", statistics}},
            request_.images));
  }

  void write() {
    base::Json arguments = how_;
    arguments["output"] = request_.output.string();
    result_.layers =
        base::json_member(job("graph", "quantise", std::move(arguments)), "layers", "answer of cradle-graph");
  }

  void round_adaptively() {
    how_["rounding"] = "adaround";
    how_["gram"] = scratch_("gram");
    scratch_("gram.f32");
    job("deploy", "gram", with_images({{"model", model_}, {"output", how_["gram"]}}, std::min(request_.images, 64)));
  }

  void keep_worst_in_float() {
    const base::Json answer =
        job("deploy", "rank",
            with_images({{"model", model_}, {"quantised", request_.output.string()}}, std::min(request_.images, 32)));
    const base::Json& layers = answer.at("candidates").at(0).at("layers");
    const std::size_t wanted = static_cast<std::size_t>(request_.keep_float);
    if (layers.size() <= wanted)
      base::fail("the model has {} layers in eight bits: keeping {} of them in float leaves nothing to quantise",
                 layers.size(), wanted);
    how_["keep_float"] = base::Json::array();
    for (std::size_t i = 0; i < wanted; ++i) how_["keep_float"].push_back(layers[i].at("name"));
    write();
  }

  void correct_biases(const base::Json& values) {
    const std::string instrumented = scratch_("quantised"), means = scratch_("means");
    base::Json arguments = {{"model", request_.output.string()}, {"values", values}, {"output", instrumented}};
    add_input_shape(arguments, request_.own);
    job("graph", "instrument", std::move(arguments));
    calibrate(instrumented, values, means);
    how_["float_means"] = statistics_;
    how_["quantised_means"] = means;
    write();
  }

  const Workspace& workspace_;
  const QuantiseRequest& request_;
  std::string task_, statistics_;
  std::string model_, equalise_;  ///< the float model and what is still to be done to it; equalise() changes both
  Scratch scratch_;
  base::Json how_;
  std::vector<std::string> kinds_;
  Quantised result_;
};

}  // namespace

Quantised quantise_int8(const Workspace& workspace, const QuantiseRequest& request) {
  if (request.images < 1) base::fail_usage("calibration needs at least one image, found {}", request.images);
  if (request.output == request.model)
    base::fail_usage("the output would overwrite the model {}; choose another name with -o", request.model.string());
  return Quantisation(workspace, request).run();
}

}  // namespace cradle::recipe
