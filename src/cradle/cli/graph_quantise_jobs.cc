// The jobs of cradle-graph around post-training quantisation: fold, instrument, quantise.
#include <cmath>

#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/int8.h"
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

Json quantise(const Json& arguments, std::string_view where) {
  base::json_only_keys(
      arguments, std::vector<std::string>{"model", "statistics", "method", "percentile", "output", "open_extents"},
      where);
  const std::string statistics_path = base::json_string(arguments, "statistics", where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  compress::Int8Options options;
  options.calibration = compress::calibration_named(base::json_string_or(arguments, "method", "minmax", where));
  options.percentile = base::json_number_or(arguments, "percentile", options.percentile, where);
  const graph::ActivationStatistics statistics =
      graph::statistics_from_json(base::read_json(statistics_path), statistics_path);
  const compress::QuantisedGraph quantised = with_model(
      arguments, where, [&](const graph::Graph& model) { return compress::quantise_int8(model, statistics, options); });
  onnx::write_onnx(output, quantised.graph);
  Json answer = file_facts(output);
  answer["method"] = compress::name_of(options.calibration);
  answer["images"] = statistics.images;
  answer["layers"] = Json::array();
  for (const compress::QuantisedLayer& layer : quantised.layers) answer["layers"].push_back(layer_json(layer));
  return answer;
}

}  // namespace cradle::cli
