// The job of cradle-graph that factorises: factorise.
#include "cradle/base/error.h"
#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/factorise.h"

namespace cradle::cli {
namespace {

using base::Json;

/// "given": {"layer": 16} or, for the two ranks of Tucker-2, {"layer": [8, 16]}.
std::map<std::string, compress::Ranks> given_ranks(const Json& given, std::string_view where) {
  if (!given.is_object())
    base::fail("{}: 'given': expected an object of ranks by layer, found {}", where, given.dump());
  std::map<std::string, compress::Ranks> ranks;
  for (const auto& [layer, value] : given.items()) {
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& rank : list) {
      if (!rank.is_number_integer() || rank < 1)
        base::fail("{}: 'given' of '{}': expected whole numbers from 1, found {}", where, layer, value.dump());
      ranks[layer].push_back(rank.get<std::size_t>());
    }
  }
  return ranks;
}

/// A file {"layers": {name: {"seconds": s}}}; other members of a layer are for other readers.
std::map<std::string, double> measured_seconds(const std::string& path) {
  const Json file = base::read_json(path);
  std::map<std::string, double> seconds;
  for (const auto& [layer, cost] : base::json_member(file, "layers", path).items()) {
    const double s = base::json_number(cost, "seconds", fmt::format("{}: '{}'", path, layer));
    if (!(s >= 0)) base::fail("{}: 'seconds' of '{}': expected a time, found {}", path, layer, s);
    seconds[layer] = s;
  }
  return seconds;
}

compress::FactoriseOptions options_from(const Json& arguments, std::string_view where) {
  using compress::RankChoice;
  compress::FactoriseOptions options;
  compress::RankOptions& ranks = options.ranks;
  options.method = compress::factorise_method_named(base::json_string_or(arguments, "method", "auto", where));
  ranks.choice = compress::rank_choice_named(base::json_string(arguments, "ranks", where));
  ranks.unit = compress::cost_unit_named(base::json_string_or(arguments, "unit", "parameters", where));
  ranks.align = static_cast<std::size_t>(integer_or(arguments, "align", 8, 1, 1024, where));
  const auto belongs = [&](const char* key, bool fits) {
    if (arguments.contains(key) != fits)
      base::fail("{}: '{}' {} with 'ranks' {}", where, key, fits ? "is missing; it goes" : "does not go",
                 compress::name_of(ranks.choice));
  };
  belongs("amount", ranks.choice != RankChoice::kVbmf && ranks.choice != RankChoice::kGiven);
  belongs("given", ranks.choice == RankChoice::kGiven);
  belongs("costs", ranks.choice == RankChoice::kMeasured);
  if (arguments.contains("amount")) ranks.amount = base::json_number(arguments, "amount", where);
  if (arguments.contains("given")) ranks.given = given_ranks(arguments.at("given"), where);
  if (arguments.contains("costs")) ranks.seconds = measured_seconds(base::json_string(arguments, "costs", where));
  return options;
}

Json cost_json(double parameters, double macs) { return {{"parameters", parameters}, {"macs", macs}}; }

Json layer_json(const compress::FactorisedLayer& layer) {
  Json json{{"name", layer.name}, {"op", layer.op}, {"factorised", layer.factorised}};
  if (!layer.method.empty()) {
    json["method"] = layer.method;
    json["of"] = layer.full;
  }
  if (layer.factorised) {
    json["ranks"] = layer.ranks;
    json["share_kept"] = layer.share_kept;
    json["nodes"] = layer.nodes;
  } else {
    json["reason"] = layer.reason;
  }
  json["before"] = cost_json(layer.before.parameters, layer.before.macs);
  json["after"] = cost_json(layer.after.parameters, layer.after.macs);
  return json;
}

}  // namespace

Json factorise(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments,
                       std::vector<std::string>{"model", "output", "open_extents", "method", "ranks", "amount", "unit",
                                                "align", "given", "costs"},
                       where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const compress::FactoriseOptions options = options_from(arguments, where);
  compress::FactorisedGraph done =
      with_model(arguments, where, [&](const graph::Graph& model) { return compress::factorise(model, options); });
  write_as_declared(output, std::move(done.graph), arguments, where);
  Json answer = file_facts(output);
  answer["method"] = compress::name_of(options.method);
  answer["ranks"] = compress::name_of(options.ranks.choice);
  if (options.ranks.choice == compress::RankChoice::kBudget) answer["share"] = done.share;
  answer["before"] = cost_json(done.before.parameters, done.before.macs);
  answer["after"] = cost_json(done.after.parameters, done.after.macs);
  answer["layers"] = Json::array();
  for (const compress::FactorisedLayer& layer : done.layers) answer["layers"].push_back(layer_json(layer));
  return answer;
}

}  // namespace cradle::cli
