// The experiments on speed: ResNet-18 in the precisions and shapes that are claimed to be faster, and whether what is
// recommended is faster when it is measured again.
#include <fmt/format.h>

#include <map>

#include "cradle/base/json.h"
#include "cradle/recipe/bench.h"
#include "cradle/recipe/claim_units.h"
#include "cradle/recipe/compression.h"
#include "cradle/recipe/quantise.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 12;
constexpr double kWindow_s = 1.5;

/// One contender in one engine.
struct Entry {
  std::string name;
  fs::path model;
  std::string engine = "onnxruntime", precision = "as-model";
};

fs::path int8_of(const Experiment& e, const fs::path& model, const std::string& name) {
  QuantiseRequest request;
  request.model = model;
  request.output = e.workspace.folder / (name + ".onnx");
  request.images = 16;
  request.task = kNoTask;
  return quantise_int8(e.workspace, request).model;
}

std::vector<Entry> entries_of(const Experiment& e) {
  const auto file = [&](const char* name) { return e.workspace.folder / (std::string(name) + ".onnx"); };
  const fs::path fp32 = file("fp32"), half = file("half"), thin = file("lowrank-2");
  run_job(e.workspace, "graph", "build", "build",
          {{"architecture", "resnet18"}, {"classes", 1000}, {"seed", 1}, {"output", fp32.string()}});
  run_job(e.workspace, "graph", "prune", "prune",
          {{"model", fp32.string()}, {"output", half.string()}, {"ratio", 0.5}, {"align", 8}});
  run_job(
      e.workspace, "graph", "factorise", "factorise",
      {{"model", fp32.string()}, {"output", thin.string()}, {"method", "auto"}, {"ranks", "budget"}, {"amount", 2}});
  const fs::path int8 = int8_of(e, fp32, "int8"), half_int8 = int8_of(e, half, "half-int8");
  return {{"fp32", fp32},
          {"int8", int8},
          {"half", half},
          {"half-int8", half_int8},
          {"lowrank-2", thin},
          {"onednn-fp32", fp32, "onednn"},
          {"onednn-int8", int8, "onednn"},
          {"onednn-bf16", fp32, "onednn", "bf16"}};
}

/// Seconds of one image: the median of a window, since whoever else used the machine for a moment shall not count.
double measure(const Experiment& e, const Entry& entry, int round, std::string& engine) {
  BenchRequest request;
  request.models = {entry.model};
  request.seconds = e.quick ? 0.2 : kWindow_s;
  request.task = kNoTask;
  request.engine = entry.engine;
  request.precision = entry.precision;
  request.plan.runs = 1;
  Workspace quiet = e.workspace;
  quiet.progress = false;
  quiet.folder = e.workspace.folder / fmt::format("round-{}-{}", round + 1, entry.name);
  const Bench done = bench(quiet, request);
  engine = done.results[0].engine;
  return 1e-3 * done.results[0].latency.median_ms;
}

}  // namespace

base::Json speed(const Experiment& e) {
  const std::vector<Entry> entries = entries_of(e);
  std::map<std::string, std::vector<double>> seconds;
  std::map<std::string, std::string> engines;
  const int rounds = e.quick ? 2 : kRounds;
  for (int round = 0; round < rounds; ++round) {
    if (e.tell) e.tell(fmt::format("speed: round {} of {}", round + 1, rounds));
    // Forth and back in turn, so that a drift of the machine falls on all alike.
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[round % 2 == 0 ? i : entries.size() - 1 - i];
      seconds[entry.name].push_back(measure(e, entry, round, engines[entry.name]));
    }
  }
  return {{"architecture", "resnet18"}, {"rounds", rounds}, {"engines", engines}, {"median_s", seconds}};
}

namespace {

/// The model and its eight bits, in turn.
Bench both(const Experiment& e, const fs::path& fp32, const fs::path& int8, const std::string& name) {
  BenchRequest request;
  request.models = {fp32, int8};
  request.seconds = e.quick ? 0.05 : 0.5;
  request.task = kNoTask;
  request.plan.runs = e.quick ? 2 : 7;
  Workspace quiet = e.workspace;
  quiet.progress = false;
  quiet.folder = e.workspace.folder / name;
  return bench(quiet, request);
}

}  // namespace

base::Json recommendations(const Experiment& e) {
  base::Json answer = base::Json::array();
  for (const char* architecture :
       {"mlp", "lenet5", "vgg-small", "resnet-small", "mobilenet-small", "centernet-dense", "unet-dense", "resnet18"}) {
    if (e.tell) e.tell(fmt::format("recommended: {}", architecture));
    const fs::path fp32 = e.workspace.folder / fmt::format("{}.onnx", architecture);
    run_job(e.workspace, "graph", "build", "build",
            {{"architecture", architecture}, {"classes", 10}, {"seed", 1}, {"output", fp32.string()}});
    const fs::path int8 = int8_of(e, fp32, fmt::format("{}-int8", architecture));
    const Bench first = both(e, fp32, int8, fmt::format("{}-first", architecture)),
                again = both(e, fp32, int8, fmt::format("{}-again", architecture));
    const auto ratio = time_ratio(again.results[0], again.results[1]);
    answer.push_back(
        {{"architecture", architecture},
         {"recommended", recommended(first.results[0], first.results[1])},
         {"again", {{"value", ratio->value.value}, {"low", ratio->value.low}, {"high", ratio->value.high}}}});
  }
  return {{"nets", std::move(answer)}};
}

}  // namespace cradle::recipe
