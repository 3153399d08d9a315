// The jobs of cradle-graph around post-training quantisation: fold, instrument, quantise, simulate, harden.
#include <algorithm>
#include <cmath>

#include "cradle/base/file.h"
#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/simulate.h"
#include "cradle/estimate/processor.h"
#include "cradle/graph/fold.h"

namespace cradle::cli {

using base::Json;

Json fold(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{"model", "output"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const graph::Graph folded = with_model(arguments, where, [](graph::Graph model) {
    graph::simplify(model);
    return model;
  });
  onnx::write_onnx(output, folded);
  Json answer = file_facts(output);
  answer["nodes"] = folded.nodes.size();
  return answer;
}

Json instrument(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{"model", "output", "open_extents"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  std::vector<std::string> values;
  onnx::write_onnx(output, with_model(arguments, where, [&](const graph::Graph& model) {
                     values = compress::values_to_calibrate(model);
                     return compress::add_outputs(model, values);
                   }));
  return {{"output", output.string()}, {"values", values}};
}

namespace {

/// "auto": for this processor.
compress::Dialect dialect_from(const Json& arguments, std::string_view where) {
  const std::string name = base::json_string_or(arguments, "dialect", "onnxruntime-x86", where);
  if (name != "auto") return compress::dialect_named(name);
  const estimate::Processor processor = estimate::processor_in(base::read_file("/proc/cpuinfo"));
  if (processor.instructions.starts_with("neon")) return compress::Dialect::kOnnxRuntimeArm;
  return processor.vnni ? compress::Dialect::kOnnxRuntimeX86 : compress::Dialect::kOnnxRuntimeX86Avx2;
}

bool flag_at(const Json& arguments, std::string_view key, bool fallback, std::string_view where) {
  const auto given = arguments.find(key);
  if (given == arguments.end() || given->is_null()) return fallback;
  if (!given->is_boolean()) base::fail("{}: '{}': expected true or false, found {}", where, key, given->dump());
  return given->get<bool>();
}

Json layer_json(const compress::QuantisedLayer& layer) {
  Json json{{"name", layer.name}, {"op", layer.op}, {"quantised", layer.quantised}};
  if (!layer.quantised) {
    json["reason"] = layer.reason;
    return json;
  }
  // Weights that eight bits hold exactly have no noise to speak of; JSON has no infinity.
  json["weight_sqnr_db"] = std::isfinite(layer.weight_sqnr_db) ? Json(layer.weight_sqnr_db) : Json();
  if (!layer.output.empty()) {
    json["output"] = layer.output;
    json["scale"] = layer.scale;
    json["zero_point"] = layer.zero_point;
  }
  return json;
}

}  // namespace

Json layers_json(const std::vector<compress::QuantisedLayer>& layers) {
  Json list = Json::array();
  for (const compress::QuantisedLayer& layer : layers) list.push_back(layer_json(layer));
  return list;
}

std::vector<std::string> names_at(const Json& arguments, std::string_view key, std::string_view where) {
  std::vector<std::string> names;
  const auto given = arguments.find(key);
  if (given == arguments.end() || given->is_null()) return names;
  const bool fits = given->is_array() && std::ranges::all_of(*given, [](const Json& n) { return n.is_string(); });
  if (!fits) base::fail("{}: '{}': expected a list of names, found {}", where, key, given->dump());
  for (const Json& name : *given) names.push_back(name.get<std::string>());
  return names;
}

std::vector<std::string> int8_arguments() {
  return {"model",        "statistics", "method",      "percentile",  "output",
          "open_extents", "dialect",    "per_channel", "weight_bits", "keep_float"};
}

compress::Int8Options int8_options_from(const Json& arguments, std::string_view where) {
  compress::Int8Options options;
  options.calibration = compress::calibration_named(base::json_string_or(arguments, "method", "minmax", where));
  options.percentile = base::json_number_or(arguments, "percentile", options.percentile, where);
  options.dialect = dialect_from(arguments, where);
  options.per_channel = flag_at(arguments, "per_channel", true, where);
  options.weight_bits = static_cast<int>(integer_or(arguments, "weight_bits", 8, 2, 8, where));
  options.keep_float = names_at(arguments, "keep_float", where);
  return options;
}

namespace {

using Pass = compress::QuantisedGraph (*)(const graph::Graph&, const graph::ActivationStatistics&,
                                          const compress::Int8Options&);
Json written_by(Pass pass, const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, int8_arguments(), where);
  const std::string statistics_path = base::json_string(arguments, "statistics", where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const compress::Int8Options options = int8_options_from(arguments, where);
  const graph::ActivationStatistics statistics =
      graph::statistics_from_json(base::read_json(statistics_path), statistics_path);
  const compress::QuantisedGraph quantised =
      with_model(arguments, where, [&](const graph::Graph& model) { return pass(model, statistics, options); });
  onnx::write_onnx(output, quantised.graph);
  Json answer = file_facts(output);
  answer["method"] = compress::name_of(options.calibration);
  answer["dialect"] = compress::name_of(options.dialect);
  answer["images"] = statistics.images;
  answer["layers"] = layers_json(quantised.layers);
  return answer;
}

}  // namespace

Json quantise(const Json& arguments, std::string_view where) {
  return written_by(compress::quantise_int8, arguments, where);
}

Json simulate(const Json& arguments, std::string_view where) {
  return written_by(compress::simulate_int8, arguments, where);
}

Json harden(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{"model", "output"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  onnx::write_onnx(output, with_model(arguments, where, compress::harden));
  return file_facts(output);
}

}  // namespace cradle::cli
