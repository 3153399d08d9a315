// Compressing an ONNX model, each step measured and charged to the compression.
#include "cradle/recipe/compress.h"

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {
namespace {

/// Files between the steps, removed whatever happens.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& output)
      : instrumented(output.string() + ".instrumented"), statistics(output.string() + ".statistics") {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(instrumented, ignored);
    std::filesystem::remove(statistics, ignored);
  }
  std::filesystem::path instrumented, statistics;
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

}  // namespace

Quantised quantise_int8(const Workspace& workspace, const QuantiseRequest& request) {
  if (request.images < 1) base::fail_usage("calibration needs at least one image, found {}", request.images);
  if (request.output == request.model)
    base::fail_usage("the output would overwrite the model {}; choose another name with -o", request.model.string());
  const std::string task = task_of(workspace, request.model, request.task, request.own);
  const Scratch scratch(request.output);
  Quantised q;
  q.model = request.output;
  const std::string stem = request.output.stem().string();
  const auto step = [&](const char* worker, const char* kind, base::Json arguments) {
    Done done = run_job(workspace, worker, kind, std::string(kind) + " " + request.model.filename().string(),
                        std::move(arguments));
    if (done.answer.contains("data")) done.record.data = data_from(done.answer, "answer of cradle-deploy");
    q.records.push_back(keep(workspace, done.record, stem + "-" + kind));
    add(q.total_of_steps, done.record);
    return done.answer;
  };
  base::Json instrument = {{"model", request.model.string()}, {"output", scratch.instrumented.string()}};
  add_input_shape(instrument, request.own);
  const base::Json instrumented = step("graph", "instrument", std::move(instrument));
  base::Json calibration = {{"model", scratch.instrumented.string()},
                            {"values", base::json_member(instrumented, "values", "answer of cradle-graph")},
                            {"split", "train"},
                            {"images", request.images},
                            {"task", task},
                            {"threads", workspace.threads},
                            {"output", scratch.statistics.string()}};
  add_to(calibration, request.own, task);
  step("deploy", "calibrate", std::move(calibration));
  base::Json quantise = {{"model", request.model.string()},
                         {"statistics", scratch.statistics.string()},
                         {"method", request.calibration},
                         {"output", request.output.string()}};
  add_input_shape(quantise, request.own);
  const base::Json written = step("graph", "quantise", std::move(quantise));
  q.layers = base::json_member(written, "layers", "answer of cradle-graph");
  return q;
}

}  // namespace cradle::recipe
