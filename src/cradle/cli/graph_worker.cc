// cradle-graph: builds, inspects and rewrites models. Reads a job file, does the job, writes its answer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/cli/graph_jobs.h"
#include "cradle/estimate/roofline.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"
#include "cradle/record/job.h"

namespace {

using namespace cradle;
using namespace cradle::cli;
using base::Json;

Json ports(const std::vector<graph::Value>& values) {
  Json list = Json::array();
  for (const graph::Value& value : values)
    list.push_back({{"name", value.name}, {"type", graph::name_of(value.type)}, {"shape", value.shape}});
  return list;
}

/// "image": [channels, height, width]; none: the architecture's own.
graph::ImageExtents extents_from(const Json& arguments, std::string_view where) {
  const auto image = arguments.find("image");
  if (image == arguments.end() || image->is_null()) return {};
  const bool fits = image->is_array() && image->size() == 3 &&
                    std::all_of(image->begin(), image->end(),
                                [](const Json& n) { return n.is_number_integer() && n >= 1 && n <= 1'000'000; });
  if (!fits) base::fail("{}: 'image': expected [channels, height, width], found {}", where, image->dump());
  return {(*image)[0].get<int>(), (*image)[1].get<int>(), (*image)[2].get<int>()};
}

Json build(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments,
                       std::vector<std::string>{"architecture", "width", "classes", "image", "seed", "output"}, where);
  graph::Graph model = graph::build_architecture(
      base::json_string(arguments, "architecture", where), base::json_number_or(arguments, "width", 1.0, where),
      static_cast<int>(integer_or(arguments, "classes", 10, 1, 10000, where)),
      static_cast<std::uint64_t>(integer_or(arguments, "seed", 1, 0, 9007199254740992.0, where)),
      extents_from(arguments, where));
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  onnx::write_onnx(output, model);
  graph::infer_shapes(model);
  const graph::GraphCost cost = graph::cost_of(model);
  Json answer = file_facts(output);
  answer["parameters"] = cost.parameters;
  answer["macs"] = cost.macs;
  return answer;
}

/// The built-in architectures with their cost at width 1 for ten classes (and the background, where pixels have one).
Json list_architectures(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{}, where);
  Json list = Json::array();
  for (const graph::Architecture& a : graph::architectures()) {
    graph::Graph model = graph::build_architecture(a.name, 1.0, a.task == "segmentation" ? 11 : 10, 1);
    graph::infer_shapes(model);
    const graph::GraphCost cost = graph::cost_of(model);
    list.push_back(
        {{"name", a.name}, {"task", a.task}, {"what", a.what}, {"parameters", cost.parameters}, {"macs", cost.macs}});
  }
  return {{"architectures", std::move(list)}};
}

/// Replaces the declared shape of the model's input by "input_shape": a list, or an object of lists by input name.
void set_input_shapes(graph::Graph& model, const Json& arguments, std::string_view where) {
  const auto given = arguments.find("input_shape");
  if (given == arguments.end() || given->is_null()) return;
  const auto set = [&](graph::Value& input, const Json& shape) {
    graph::Shape extents;
    for (const Json& extent : shape) {
      if (!extent.is_number_integer() || extent.get<std::int64_t>() < 1)
        base::fail("{}: 'input_shape' of '{}': expected extents of at least 1, found {}", where, input.name,
                   extent.dump());
      extents.push_back(extent.get<std::int64_t>());
    }
    if (extents.empty() || (input.ranked && extents.size() != input.shape.size()))
      base::fail("{}: 'input_shape' of '{}' has {} extents; the model declares {}", where, input.name, extents.size(),
                 graph::text_of(input.shape));
    for (std::size_t i = 0; i < input.shape.size(); ++i)
      if (input.shape[i] >= 0 && i > 0 && input.shape[i] != extents[i])
        base::fail("{}: 'input_shape' of '{}' is {}, which the model's {} does not allow", where, input.name,
                   graph::text_of(extents), graph::text_of(input.shape));
    input.shape = extents;
    input.ranked = true;
  };
  if (given->is_array()) {
    if (model.inputs.size() != 1)
      base::fail("{}: the model has {} inputs; give 'input_shape' as an object of lists by name", where,
                 model.inputs.size());
    set(model.inputs[0], *given);
    return;
  }
  if (!given->is_object()) base::fail("{}: 'input_shape': expected a list, found {}", where, given->type_name());
  std::vector<std::string> names;
  for (const graph::Value& input : model.inputs) names.push_back(input.name);
  base::json_only_keys(*given, names, fmt::format("{}: 'input_shape'", where));
  for (graph::Value& input : model.inputs)
    if (given->contains(input.name)) set(input, given->at(input.name));
}

Json layers_of(const graph::Graph& model) {
  Json layers = Json::array();
  for (const graph::NodeCost& cost : graph::costs_of(model)) {
    const graph::Node& node = model.nodes[cost.node];
    const std::string output = node.outputs.empty() ? "" : node.outputs[0];
    const auto value = model.values.find(output);
    layers.push_back({{"name", node.name.empty() ? output : node.name},
                      {"op", node.op},
                      {"shape", value == model.values.end() ? graph::Shape{} : value->second.shape},
                      {"parameters", cost.parameters},
                      {"macs", cost.macs},
                      {"bytes", cost.bytes},
                      {"intensity", cost.bytes > 0 ? cost.macs / cost.bytes : 0.0}});
  }
  return layers;
}

Json interval_json(const base::Interval& i) { return {{"value", i.value}, {"low", i.low}, {"high", i.high}}; }

/// Time and energy on "device" in every precision it has arithmetic for: of a quantised model in its own only, since
/// nobody would run it in another.
Json estimate_on(const graph::Graph& model, const Json& arguments, std::string_view where) {
  const std::string name = base::json_string_or(arguments, "device", "", where);
  const auto threads = static_cast<int>(integer_or(arguments, "threads", 1, 1, 4096, where));
  const std::string own = graph::precision_of(model);
  const estimate::Device device =
      name.empty()
          ? estimate::cpu_device(catalog::built_in(), estimate::processor_in(base::read_file("/proc/cpuinfo")), threads)
          : estimate::device_named(catalog::built_in(), name);
  Json json{{"device", device.name}, {"basis", "modelled"}, {"factors", device.factors}, {"precisions", Json::array()}};
  for (const auto& [precision, rate] : device.ops_per_s) {
    if (own == "int8" && precision != own) continue;
    const estimate::Estimate e = estimate::estimate(model, device, precision);
    json["precisions"].push_back({{"precision", precision},
                                  {"seconds", interval_json(e.seconds)},
                                  {"joules", interval_json(e.joules)},
                                  {"compute_share", e.compute_share},
                                  {"memory_share", e.memory_share},
                                  {"start_share", e.start_share},
                                  {"layer_s", e.layer_s}});
  }
  return json;
}

/// Asked for a device, its estimate or an error; else this processor's, or the reason why there is none.
Json estimate_or_reason(const graph::Graph& model, const Json& arguments, std::string_view where) {
  if (!base::json_string_or(arguments, "device", "", where).empty()) return estimate_on(model, arguments, where);
  try {
    return estimate_on(model, arguments, where);
  } catch (const base::Error& error) {
    return {{"reason", error.what()}};
  }
}

Json inspect(const Json& arguments, std::string_view where) {
  base::json_only_keys(
      arguments,
      std::vector<std::string>{"model", "batch", "input_shape", "open_extents", "device", "threads", "estimate"},
      where);
  const std::filesystem::path path = base::json_string(arguments, "model", where);
  const std::string bytes = base::read_file(path);  // once, for the graph and for its hash
  graph::Graph model =
      onnx::parse_onnx(bytes, path.string(), path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
  const Json declared = ports(model.inputs);
  graph::constants_to_initializers(model);  // Paddle's exporter keeps weights in Constant nodes: they count as weights
  set_input_shapes(model, arguments, where);
  fill_open_extents(model, arguments, where);
  base::about(path.string(), [&] { graph::infer_shapes(model, integer_or(arguments, "batch", 1, 1, 1 << 20, where)); });
  const graph::GraphCost cost = graph::cost_of(model);
  Json answer = {{"metadata", model.metadata},
                 {"inputs", declared},
                 {"outputs", ports(model.outputs)},
                 {"opset", model.opset},
                 {"parameters", cost.parameters},
                 {"macs", cost.macs},
                 {"bytes", cost.bytes},
                 {"parameter_bytes", cost.parameter_bytes},
                 {"precision", graph::precision_of(model)},
                 {"size_bytes", bytes.size()},
                 {"sha256", base::sha256_of(bytes)},
                 {"layers", layers_of(model)}};
  if (arguments.contains("estimate") && arguments.at("estimate") == true)
    answer["estimate"] = estimate_or_reason(model, arguments, where);
  return answer;
}

/// The jobs, by name.
using Answerer = Json (*)(const Json& arguments, std::string_view where);
const std::map<std::string, Answerer, std::less<>>& jobs() {
  static const std::map<std::string, Answerer, std::less<>> known = {{"build", build},
                                                                     {"equalise", equalise},
                                                                     {"factorise", factorise},
                                                                     {"fold", fold},
                                                                     {"groups", groups},
                                                                     {"harden", harden},
                                                                     {"inspect", inspect},
                                                                     {"instrument", instrument},
                                                                     {"list", list_architectures},
                                                                     {"mask", mask},
                                                                     {"prune", prune},
                                                                     {"quantise", quantise},
                                                                     {"reinitialise", reinitialise},
                                                                     {"simulate", simulate},
                                                                     {"sparsify", sparsify},
                                                                     {"store", store}};
  return known;
}

Json answer_to(const record::Job& job, std::string_view where) {
  if (const auto known = jobs().find(job.kind); known != jobs().end()) return known->second(job.arguments, where);
  std::vector<std::string> kinds;
  for (const auto& [kind, answerer] : jobs()) kinds.push_back(kind);
  base::fail("{}: cradle-graph does not know the job '{}'{}; it knows {}", where, job.kind,
             base::suggestion(job.kind, kinds), fmt::join(kinds, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: cradle-graph JOB.json (called by cradle; the job file is described in FORMATS.md)\n");
    return 2;
  }
  try {
    const record::Job job = record::read_job(argv[1]);
    base::write_json(job.answer, answer_to(job, argv[1]));
    return 0;
  } catch (const base::Error& error) {
    fmt::print(stderr, "cradle-graph: error: {}\n", error.what());
    return error.fault() == base::Fault::kUsage ? 2 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cradle-graph: error: {}\n", error.what());
    return 1;
  }
}
