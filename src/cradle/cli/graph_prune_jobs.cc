// The jobs of cradle-graph around pruning: groups, prune, sparsify, mask, reinitialise.
#include <algorithm>

#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/channel_pruning.h"
#include "cradle/compress/sparsify.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/initialise.h"
#include "cradle/graph/shapes.h"

namespace cradle::cli {

using base::Json;

namespace {

using Keys = std::vector<std::string>;

bool flag_or(const Json& arguments, const std::string& key, bool fallback, std::string_view where) {
  const auto flag = arguments.find(key);
  if (flag == arguments.end() || flag->is_null()) return fallback;
  if (!flag->is_boolean()) base::fail("{}: '{}': expected true or false, found {}", where, key, flag->dump());
  return flag->get<bool>();
}

/// Exactly one of ratio, macs, parameters.
void read_amount(compress::PruneOptions& options, const Json& arguments, std::string_view where) {
  using compress::PruneAmount;
  int found = 0;
  for (const auto& [key, amount] : {std::pair{"ratio", PruneAmount::kRatio}, std::pair{"macs", PruneAmount::kMacs},
                                    std::pair{"parameters", PruneAmount::kParameters}}) {
    const auto given = arguments.find(key);
    if (given == arguments.end() || given->is_null()) continue;
    options.amount = amount;
    options.value = base::json_number(arguments, key, where);
    ++found;
  }
  if (found != 1) base::fail("{}: expected exactly one of 'ratio', 'macs' and 'parameters', found {}", where, found);
}

compress::PruneOptions prune_options(const Json& arguments, std::string_view where) {
  compress::PruneOptions options;
  options.importance = compress::importance_named(base::json_string_or(arguments, "importance", "l2", where));
  const std::string scores = base::json_string_or(arguments, "scores", "", where);
  if (scores.empty() != (options.importance != compress::Importance::kScores))
    base::fail("{}: 'scores' is the file of the importance 'scores': give both or neither", where);
  if (!scores.empty()) options.scores = graph::channel_scores_from_json(base::read_json(scores), scores);
  options.scope = compress::prune_scope_named(base::json_string_or(arguments, "scope", "uniform", where));
  options.align = static_cast<std::size_t>(integer_or(arguments, "align", 8, 1, 4096, where));
  options.least = static_cast<std::size_t>(integer_or(arguments, "least", 1, 1, 1 << 20, where));
  read_amount(options, arguments, where);
  return options;
}

Json groups_json(const std::vector<compress::PrunedGroup>& groups, bool pruned) {
  Json list = Json::array();
  for (const compress::PrunedGroup& group : groups) {
    Json entry{{"name", group.name}, {"layers", group.layers}};
    if (pruned) {
      entry["before"] = group.before;
      entry["after"] = group.after;
    } else {
      entry["channels"] = group.before;
    }
    if (!group.protected_by.empty()) entry["protected"] = group.protected_by;
    list.push_back(std::move(entry));
  }
  return list;
}

Json sparse_answer(const std::filesystem::path& output, const compress::SparseGraph& sparse) {
  onnx::write_onnx(output, sparse.graph);
  Json answer = file_facts(output);
  double weights = 0, kept = 0;
  Json layers = Json::array();
  for (const compress::SparseLayer& layer : sparse.layers) {
    weights += layer.weights;
    kept += layer.kept;
    layers.push_back({{"name", layer.name}, {"op", layer.op}, {"weights", layer.weights}, {"kept", layer.kept}});
  }
  answer["weights"] = weights;
  answer["kept"] = kept;
  answer["layers"] = std::move(layers);
  return answer;
}

/// A layer without weights gives the same for every image, and no training brings it back.
void refuse_empty_layers(const compress::SparseGraph& sparse) {
  for (const compress::SparseLayer& layer : sparse.layers)
    if (layer.kept == 0 && layer.before > 0)
      base::fail("layer '{}' would lose all of its {} weights: keep more, or give each layer its share (scope layer)",
                 layer.name, layer.before);
}

}  // namespace

Json groups(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, Keys{"model", "open_extents"}, where);
  return {{"groups", with_model(arguments, where, [](const graph::Graph& model) {
             return groups_json(compress::prunable_groups(model), false);
           })}};
}

Json prune(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments,
                       Keys{"model", "output", "open_extents", "importance", "scores", "ratio", "macs", "parameters",
                            "scope", "align", "least"},
                       where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const compress::PruneOptions options = prune_options(arguments, where);
  compress::PrunedGraph pruned =
      with_model(arguments, where, [&](const graph::Graph& model) { return compress::prune_channels(model, options); });
  write_as_declared(output, std::move(pruned.graph), arguments, where);
  Json answer = file_facts(output);
  answer["importance"] = compress::name_of(options.importance);
  answer["parameters"] = {{"before", pruned.parameters_before}, {"after", pruned.parameters_after}};
  answer["macs"] = {{"before", pruned.macs_before}, {"after", pruned.macs_after}};
  answer["groups"] = groups_json(pruned.groups, true);
  return answer;
}

Json sparsify(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, Keys{"model", "output", "keep", "scope", "gentle_output"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  compress::SparsifyOptions options;
  options.keep = base::json_number(arguments, "keep", where);
  options.scope = compress::sparsify_scope_named(base::json_string_or(arguments, "scope", "global", where));
  options.gentle_output = flag_or(arguments, "gentle_output", false, where);
  return sparse_answer(output, with_model(arguments, where, [&](const graph::Graph& model) {
                         compress::SparseGraph sparse = compress::sparsify(model, options);
                         refuse_empty_layers(sparse);
                         return sparse;
                       }));
}

Json mask(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, Keys{"model", "mask_of", "output"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const graph::Graph mask_of = onnx::read_onnx(base::json_string(arguments, "mask_of", where));
  return sparse_answer(output, with_model(arguments, where, [&](const graph::Graph& model) {
                         return compress::apply_mask(model, mask_of);
                       }));
}

Json reinitialise(const Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, Keys{"model", "output", "seed", "keep_zeros"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const auto seed = static_cast<std::uint64_t>(integer_or(arguments, "seed", 1, 0, 9007199254740992.0, where));
  const bool keep_zeros = flag_or(arguments, "keep_zeros", false, where);
  const graph::Graph fresh = with_model(arguments, where, [&](graph::Graph model) {
    graph::constants_to_initializers(model);
    return graph::reinitialise(model, seed, keep_zeros);
  });
  onnx::write_onnx(output, fresh);
  return file_facts(output);
}

}  // namespace cradle::cli
