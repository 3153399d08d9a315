// The steps that are one or two jobs, and what all steps share.
#include "cradle/recipe/step_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/answers.h"
#include "cradle/recipe/quantise.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

// A trained net is trained on more gently than it was trained: this share of the task's own peak rate; with eight bits
// in the forward pass a tenth of that (both tried on the built-in tasks, docs/METHODS.md).
constexpr double kFineTuneRate = 0.2, kQatRate = 0.02;

void sparsify(StepRun& run) {
  run.details = job(run, "graph", "sparsify",
                    {{"model", run.in.string()},
                     {"output", run.out.string()},
                     {"keep", 1 - run.step.amount},
                     {"scope", word_option(run.step, "scope", "global")}});
  say_transfer(run, run.details);
}

/// The name of the layer that a step of an engine is charged to: of "Conv 'stem'" and "Relu 'stem.relu'" that with the
/// weights, else the first.
std::string charged_layer(const base::Json& nodes) {
  std::string first;
  for (const base::Json& node : nodes) {
    const std::string text = node.get<std::string>();
    const std::size_t from = text.find('\''), to = text.rfind('\'');
    if (from == text.npos || to == from) continue;
    const std::string name = text.substr(from + 1, to - from - 1);
    if (first.empty()) first = name;
    if (text.starts_with("Conv ") || text.starts_with("Gemm ") || text.starts_with("MatMul ")) return name;
  }
  return first;
}

/// The shape of the model's one input with open extents as the images are; null where none is open, or there are
/// several inputs.
base::Json filled_shape(StepRun& run) {
  const OwnImages& own = run.request.own;
  if (own.height <= 0) return nullptr;
  base::Json arguments = {{"model", run.in.string()}};
  add_input_shape(arguments, own);
  const std::string where = "answer of cradle-graph";
  const base::Json answer = job(run, "graph", "inspect", std::move(arguments));
  const base::Json& inputs = base::json_member(answer, "inputs", where);
  if (inputs.size() != 1) return nullptr;
  base::Json shape = base::json_member(inputs[0], "shape", where);
  const int images[] = {1, own.channels > 0 ? own.channels : 3, own.height, own.width};
  if (shape.size() != std::size(images)) return nullptr;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (!shape[axis].is_number() || shape[axis] < 1) shape[axis] = images[axis];
  return shape;
}

/// Seconds of each layer as ONNX Runtime runs the folded model, in a file for the job "factorise".
fs::path measured_layers(StepRun& run) {
  const fs::path folded = file_of(run, "folded.onnx"), costs = file_of(run, "costs");
  job(run, "graph", "fold", {{"model", run.in.string()}, {"output", folded.string()}});
  base::Json arguments = {{"model", folded.string()}, {"threads", 1}};
  if (base::Json shape = filled_shape(run); !shape.is_null()) arguments["input_shape"] = std::move(shape);
  const std::string where = "answer of cradle-deploy";
  const base::Json answer = job(run, "deploy", "steps", std::move(arguments));
  std::map<std::string, double> seconds;
  for (const base::Json& step : base::json_member(answer, "steps", where))
    seconds[charged_layer(base::json_member(step, "nodes", where))] +=
        1e-6 * base::json_number(step, "microseconds", where);
  base::Json layers = base::Json::object();
  for (const auto& [name, s] : seconds) layers[name] = {{"seconds", s}};
  base::write_json(costs, {{"layers", std::move(layers)}});
  fs::remove(folded);
  return costs;
}

void factorise(StepRun& run) {
  base::Json arguments = {{"model", run.in.string()},
                          {"output", run.out.string()},
                          {"method", word_option(run.step, "method", "auto")},
                          {"ranks", word_option(run.step, "ranks", "budget")},
                          {"amount", run.step.amount},
                          {"unit", word_option(run.step, "unit", "parameters")},
                          {"align", number_option(run.step, "align", 8)}};
  add_input_shape(arguments, run.request.own);
  const std::string ranks = arguments["ranks"];
  if (ranks == "vbmf") arguments.erase("amount");
  if (ranks == "measured") arguments["costs"] = measured_layers(run).string();
  run.details = job(run, "graph", "factorise", std::move(arguments));
  fs::remove(file_of(run, "costs"));
}

void store(StepRun& run) {
  base::Json arguments = {{"model", run.in.string()},
                          {"output", run.out.string()},
                          {"type", run.step.kind},
                          {"compute", word_option(run.step, "compute", "no") == "yes"}};
  add_input_shape(arguments, run.request.own);
  run.details = job(run, "graph", "store", std::move(arguments));
}

}  // namespace

base::Json job(StepRun& run, const std::string& worker, const std::string& kind, base::Json arguments) {
  Done done = run_job(run.workspace, worker, kind, run.stem + " " + kind, std::move(arguments));
  if (done.answer.contains("data") && done.answer.at("data").is_object())
    done.record.data = data_from(done.answer, "answer of cradle-" + worker);
  charge(run.ledger, done.record,
         keep(run.workspace, done.record, fmt::format("{}-{:02}-{}", run.stem, run.ledger.records.size() + 1, kind)));
  if (done.answer.is_object()) done.answer.erase("output");  // a path of this machine; whoever asked knows it
  return std::move(done.answer);
}

fs::path file_of(const StepRun& run, const std::string& what) { return run.workspace.folder / (run.stem + "." + what); }

void say(const StepRun& run, const std::string& line) {
  if (run.request.tell) run.request.tell(line);
}

void say_transfer(const StepRun& run, const base::Json& sparse) {
  const std::string where = "answer of cradle-graph";
  const double weights = base::json_number(sparse, "weights", where), kept = base::json_number(sparse, "kept", where);
  say(run, fmt::format("  {} of {} weights are left: {} as a bit mask and the values; the file stays as large, and no dense "
                       "engine is faster by it",
                       base::format_count(kept), base::format_count(weights),
                       base::format_bytes(kept * sizeof(float) + weights / 8)));
}

double rate_of(const StepRun& run, double share) {
  const std::string optimiser = word_option(run.step, "optimiser", TrainRequest{}.optimiser);
  return number_option(run.step, "rate", share * usual_rate(defaults_of(run.request.task), optimiser));
}

Trained train_step(StepRun& run, const fs::path& from, const fs::path& to, TrainRequest training) {
  training.task = run.request.task;
  training.images = run.request.own;
  training.from = from;
  training.model = to.filename().string();
  if (training.train_images == 0) training.train_images = run.request.train_images;
  training.optimiser = word_option(run.step, "optimiser", training.optimiser);
  if (training.batch == 0) training.batch = static_cast<int>(number_option(run.step, "batch", 0));
  training.record = fmt::format("{}-{:02}-train", run.stem, run.ledger.records.size() + 1);
  const fs::path checkpoint = checkpoint_of(run.workspace, training);
  training.resume = fs::exists(checkpoint);
  Trained trained = train(run.workspace, training);
  std::error_code ignored;
  fs::remove(checkpoint, ignored);
  charge(run.ledger, trained.record, trained.record_file);
  return trained;
}

base::Json once(StepRun& run, const std::string& part, const std::vector<fs::path>& files,
                const std::function<base::Json()>& work) {
  base::Json& parts = run.begun["parts"];
  const bool there = std::all_of(files.begin(), files.end(), [](const fs::path& file) { return fs::exists(file); });
  if (there && parts.is_object() && parts.contains(part)) {
    for (const base::Json& record : parts[part].at("records"))
      charge(run.ledger, ledger_from({run.workspace.folder / "runs" / record.get<std::string>()}));
    return parts[part].at("answer");
  }
  const std::size_t before = run.ledger.records.size();
  base::Json answer = work();
  base::Json records = base::Json::array();
  for (std::size_t i = before; i < run.ledger.records.size(); ++i)
    records.push_back(run.ledger.records[i].filename().string());
  parts[part] = {{"records", std::move(records)}, {"answer", answer}};
  base::write_json(file_of(run, "begun"), run.begun);
  return answer;
}

void take_up(StepRun& run, const std::string& key) {
  const fs::path file = file_of(run, "begun");
  if (fs::exists(file)) run.begun = base::read_json(file);
  if (run.begun.value("key", "") == key) return;
  for (const auto& left : fs::directory_iterator(run.workspace.folder))
    if (left.path().filename().string().starts_with(run.stem + ".")) fs::remove(left.path());
  run.begun = {{"key", key}};
  base::write_json(file, run.begun);
}

void put_down(const StepRun& run) {
  std::error_code ignored;
  fs::remove(file_of(run, "begun"), ignored);
}

void calibrate(StepRun& run, const fs::path& from, const fs::path& statistics, int images) {
  const fs::path instrumented = file_of(run, "instrumented.onnx");
  base::Json instrument = {{"model", from.string()}, {"output", instrumented.string()}};
  add_input_shape(instrument, run.request.own);
  const base::Json answer = job(run, "graph", "instrument", std::move(instrument));
  base::Json arguments = {{"model", instrumented.string()},
                          {"values", base::json_member(answer, "values", "answer of cradle-graph")},
                          {"split", "train"},
                          {"images", images},
                          {"task", run.request.task},
                          {"threads", run.workspace.threads},
                          {"output", statistics.string()}};
  add_to(arguments, run.request.own, run.request.task);
  job(run, "deploy", "calibrate", std::move(arguments));
  fs::remove(instrumented);
}

void reinitialise(StepRun& run, const fs::path& from, const fs::path& to, std::uint64_t seed, bool keep_zeros) {
  job(run, "graph", "reinitialise",
      {{"model", from.string()}, {"output", to.string()}, {"seed", seed}, {"keep_zeros", keep_zeros}});
}

void train_on(StepRun& run) {
  const bool anew = run.step.kind == "train";
  TrainRequest training;
  training.seed = run.request.seed;
  training.epochs = static_cast<int>(run.step.amount);
  training.learning_rate = rate_of(run, anew ? 1 : kFineTuneRate);
  training.keep_zeros = word_option(run.step, "keep-zeros", run.sparse ? "yes" : "no") == "yes";
  fs::path from = run.in;
  if (anew) {
    from = file_of(run, "untrained");
    reinitialise(run, run.in, from, run.request.seed, training.keep_zeros);
  }
  const Trained trained = train_step(run, from, run.out, training);
  run.details = {{"epochs", trained.epochs}, {"rate", training.learning_rate}, {"keep_zeros", training.keep_zeros}};
  if (anew) fs::remove(from);
}

void quantise(StepRun& run) {
  QuantiseRequest request;
  request.model = run.in;
  request.output = run.out;
  request.calibration = word_option(run.step, "calibration", "minmax");
  request.images = static_cast<int>(number_option(run.step, "images", run.request.calibration_images));
  request.task = run.request.task;
  request.own = run.request.own;
  request.dialect = word_option(run.step, "dialect", run.request.dialect);
  request.per_channel = word_option(run.step, "weights", "per-channel") == "per-channel";
  request.equalise = word_option(run.step, "equalise", "auto");
  const std::string correct = word_option(run.step, "correct-bias", "auto");
  request.correct_bias = correct == "on" || (correct == "auto" && !request.per_channel);
  request.keep_float = static_cast<int>(number_option(run.step, "keep-float", 0));
  if (run.step.kind == "w4") {
    request.weight_bits = 4;
    request.rounding = word_option(run.step, "rounding", "adaround");
  }
  const Quantised quantised = quantise_int8(run.workspace, request);
  charge(run.ledger, ledger_from(quantised.records));
  run.details = {{"layers", quantised.layers}};
}

void quantise_while_training(StepRun& run) {
  const fs::path statistics = file_of(run, "statistics"), simulated = file_of(run, "simulated.onnx"),
                 trained = file_of(run, "trained.onnx");
  const int images = static_cast<int>(number_option(run.step, "images", run.request.calibration_images));
  calibrate(run, run.in, statistics, images);
  base::Json simulate = {{"model", run.in.string()},
                         {"statistics", statistics.string()},
                         {"method", word_option(run.step, "calibration", "minmax")},
                         {"dialect", word_option(run.step, "dialect", run.request.dialect)},
                         {"output", simulated.string()}};
  add_input_shape(simulate, run.request.own);
  job(run, "graph", "simulate", std::move(simulate));
  TrainRequest training;
  training.seed = run.request.seed;
  training.epochs = static_cast<int>(run.step.amount);
  training.learning_rate = rate_of(run, kQatRate);
  training.keep_zeros = run.sparse;
  train_step(run, simulated, trained, training);
  run.details = job(run, "graph", "harden", {{"model", trained.string()}, {"output", run.out.string()}});
  for (const fs::path& file : {statistics, simulated, trained}) fs::remove(file);
}

void apply(StepRun& run) {
  const std::string& kind = run.step.kind;
  if (kind == "prune") return prune(run);
  if (kind == "slim") return slim(run);
  if (kind == "scratch") return prune_from_scratch(run);
  if (kind == "ticket") return find_ticket(run);
  if (kind == "sparsify") return sparsify(run);
  if (kind == "lowrank") return factorise(run);
  if (kind == "finetune" || kind == "train") return train_on(run);
  if (kind == "qat") return quantise_while_training(run);
  if (kind == "int8" || kind == "w4") return quantise(run);
  store(run);
}

}  // namespace cradle::recipe
