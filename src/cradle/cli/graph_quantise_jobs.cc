// The jobs of cradle-graph around post-training quantisation: fold, instrument, equalise, quantise, simulate, harden.
#include <algorithm>
#include <cmath>

#include "cradle/base/file.h"
#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/bias_correction.h"
#include "cradle/compress/equalise.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int4.h"
#include "cradle/compress/int4_storage.h"
#include "cradle/compress/int8.h"
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
    // Nodes are told apart by their names, in engines' profiles too.
    for (graph::Node& node : model.nodes)
      if (node.name.empty() && !node.outputs.empty()) node.name = node.outputs[0];
    return model;
  });
  onnx::write_onnx(output, folded);
  Json answer = file_facts(output);
  answer["nodes"] = folded.nodes.size();
  return answer;
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

void add_missing(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
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

/// Of `quantise` and `simulate`.
std::vector<std::string> int8_arguments() {
  return {"model",        "statistics",  "method",          "percentile",  "output",
          "open_extents", "dialect",     "per_channel",     "weight_bits", "keep_float",
          "equalise",     "float_means", "quantised_means", "rounding",    "gram"};
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

/// Equalises the model if the job asks for it and it was not done before; returns the number of pairs.
int equalise_if_asked(graph::Graph& model, const Json& arguments, std::string_view fallback, std::string_view where) {
  const compress::Equalise how =
      compress::equalise_named(base::json_string_or(arguments, "equalise", std::string(fallback), where));
  const bool per_channel = flag_at(arguments, "per_channel", true, where);
  if (how == compress::Equalise::kOff || model.metadata.contains(compress::kEqualised)) return 0;
  if (how == compress::Equalise::kAuto && !compress::wants_equalising(model, per_channel)) return 0;
  return compress::equalise(model);
}

graph::ActivationStatistics statistics_at(const Json& arguments, std::string_view key, std::string_view where) {
  const std::string path = base::json_string(arguments, key, where);
  return graph::statistics_from_json(base::read_json(path), path);
}

/// What was measured must be of a model that was equalised as this one was.
void check_equalised_alike(bool measured, const graph::Graph& model, std::string_view what, std::string_view advice,
                           std::string_view where) {
  if (const bool here = model.metadata.contains(compress::kEqualised); measured != here)
    base::fail("{}: the {} are of a model that was {}equalised, and this one was {}equalised; {}", where, what,
               measured ? "" : "not ", here ? "" : "not ", advice);
}

/// The float model after all that changes it before it is quantised.
graph::Graph made_ready(graph::Graph model, const graph::ActivationStatistics& statistics, const Json& arguments,
                        std::string_view where, Json& answer) {
  answer["equalised_pairs"] = equalise_if_asked(model, arguments, "off", where);
  check_equalised_alike(statistics.equalised, model, "statistics",
                        "'equalise' must be the same in 'instrument' and here", where);
  const bool means = arguments.contains("float_means");
  if (means != arguments.contains("quantised_means"))
    base::fail("{}: bias correction takes both 'float_means' and 'quantised_means'", where);
  if (means)
    answer["corrected_biases"] = compress::correct_biases(model, statistics_at(arguments, "float_means", where),
                                                          statistics_at(arguments, "quantised_means", where));
  return model;
}

/// Moves weights onto the codes that adaptive rounding chooses, if the job asks for it.
void round_if_asked(graph::Graph& simulated, const Json& arguments, std::string_view where, Json& answer) {
  const compress::Rounding rounding =
      compress::rounding_named(base::json_string_or(arguments, "rounding", "nearest", where));
  answer["rounding"] = base::json_string_or(arguments, "rounding", "nearest", where);
  if (rounding == compress::Rounding::kNearest) return;
  const graph::Grams grams = graph::read_grams(base::json_string(arguments, "gram", where));
  check_equalised_alike(grams.equalised, simulated, "sums of products",
                        "write the equalised model first (job 'equalise') and give it to 'gram' and to this job",
                        where);
  answer["rounded"] = Json::array();
  for (const compress::RoundedLayer& layer : compress::round_adaptively(simulated, grams))
    answer["rounded"].push_back({{"name", layer.name}, {"nearest_error", layer.nearest_error}, {"error", layer.error}});
}

/// The simulated graph of a job's model, and the answer so far.
compress::QuantisedGraph simulated_by(const Json& arguments, std::string_view where, Json& answer) {
  const compress::Int8Options options = int8_options_from(arguments, where);
  const graph::ActivationStatistics statistics = statistics_at(arguments, "statistics", where);
  compress::QuantisedGraph simulated = with_model(arguments, where, [&](const graph::Graph& model) {
    return compress::simulate_int8(made_ready(model, statistics, arguments, where, answer), statistics, options);
  });
  round_if_asked(simulated.graph, arguments, where, answer);
  answer["method"] = compress::name_of(options.calibration);
  answer["dialect"] = compress::name_of(options.dialect);
  answer["images"] = statistics.images;
  answer["layers"] = layers_json(simulated.layers);
  return simulated;
}

Json written(const graph::Graph& graph, const std::filesystem::path& output, Json answer) {
  onnx::write_onnx(output, graph);
  answer.update(file_facts(output));
  return answer;
}

}  // namespace

Json instrument(const Json& arguments, std::string_view where) {
  base::json_only_keys(
      arguments,
      std::vector<std::string>{"model", "output", "open_extents", "equalise", "per_channel", "layer_values", "values"},
      where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  std::vector<std::string> values = names_at(arguments, "values", where);
  onnx::write_onnx(output, with_model(arguments, where, [&](graph::Graph model) {
                     equalise_if_asked(model, arguments, "off", where);
                     if (values.empty()) values = compress::values_to_calibrate(model);
                     if (flag_at(arguments, "layer_values", false, where))
                       add_missing(values, compress::values_to_correct(model));
                     return compress::add_outputs(model, values);
                   }));
  return {{"output", output.string()}, {"values", values}};
}

Json equalise(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{"model", "output", "equalise", "per_channel"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  int pairs = 0;
  const graph::Graph equalised = with_model(arguments, where, [&](graph::Graph model) {
    pairs = equalise_if_asked(model, arguments, "auto", where);
    return model;
  });
  return written(equalised, output, {{"pairs", pairs}});
}

Json quantise(const Json& arguments, std::string_view where) {
  std::vector<std::string> known = int8_arguments();
  known.emplace_back("storage");
  base::json_only_keys(arguments, known, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const std::string storage = base::json_string_or(arguments, "storage", "int8", where);
  if (storage != "int8" && storage != "int4")
    base::fail_usage("{}: 'storage': expected int8 or int4, found '{}'", where, storage);
  Json answer = Json::object();
  graph::Graph hard = compress::harden(simulated_by(arguments, where, answer).graph);
  if (storage == "int4") compress::store_in_four_bits(hard);
  return written(hard, output, std::move(answer));
}

Json simulate(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, int8_arguments(), where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  Json answer = Json::object();
  const compress::QuantisedGraph simulated = simulated_by(arguments, where, answer);
  return written(simulated.graph, output, std::move(answer));
}

Json harden(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, std::vector<std::string>{"model", "output"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  return written(with_model(arguments, where, compress::harden), output, Json::object());
}

}  // namespace cradle::cli
