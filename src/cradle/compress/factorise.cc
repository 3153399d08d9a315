// Puts the factors of layers into a graph.
#include "cradle/compress/factorise.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/quantised.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;

constexpr std::array<std::string_view, 4> kMethods{"auto", "spatial", "channel", "tucker"};

Decomposition decomposition_of(FactoriseMethod method) {
  switch (method) {
    case FactoriseMethod::kAuto:
    case FactoriseMethod::kSpatial: return Decomposition::kSpatial;
    case FactoriseMethod::kChannel: return Decomposition::kChannel;
    case FactoriseMethod::kTucker: return Decomposition::kTucker;
  }
  return Decomposition::kSpatial;
}

bool has_weights(const Node& node) {
  return node.domain.empty() &&
         (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul");
}

Graph with_shapes(Graph graph) {
  graph::infer_shapes(graph);
  return graph;
}

/// The layers that can be taken apart; the others are reported at once.
struct Survey {
  std::vector<FactorLayer> layers;
  std::vector<std::optional<std::size_t>> of_report;  ///< by report: its layer
  std::vector<FactorisedLayer> reports;               ///< in the order of the nodes
};

Survey survey_of(const Graph& shapes, Decomposition wish) {
  Survey survey;
  const graph::Links links = links_of(shapes);
  const std::vector<graph::NodeCost> costs = costs_of(shapes);
  for (std::size_t i = 0; i < shapes.nodes.size(); ++i) {
    const Node& node = shapes.nodes[i];
    if (!has_weights(node)) continue;
    FactorisedLayer report;
    report.name = graph::name_of(node);
    report.op = node.op;
    report.before = report.after = {costs[i].parameters, costs[i].macs};
    report.reason = obstacle_to_factors(shapes, links, i);
    std::optional<std::size_t> layer;
    if (report.reason.empty()) {
      layer = survey.layers.size();
      survey.layers.push_back(factor_layer(shapes, i, wish));
      report.method = name_of(survey.layers.back().how);
      report.full = full_ranks(survey.layers.back());
    }
    survey.of_report.push_back(layer);
    survey.reports.push_back(std::move(report));
  }
  if (survey.layers.empty())
    base::fail(
        "there is nothing to factorise: no convolution or matrix product with constant float32 weights of its own{}",
        survey.reports.empty() ? "" : fmt::format(" ('{}': {})", survey.reports[0].name, survey.reports[0].reason));
  return survey;
}

/// Replaces the nodes of the layers that got ranks.
void write_factors(Graph& graph, const Survey& survey, const RankPlan& plan, std::vector<FactorisedLayer>& reports) {
  graph::Links links = links_of(graph);
  std::map<std::size_t, LayerFactors> factors;
  std::vector<std::string> left_over;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (!survey.of_report[i]) continue;
    const FactorLayer& layer = survey.layers[*survey.of_report[i]];
    const ChosenRanks& chosen = plan.layers[*survey.of_report[i]];
    reports[i].reason = chosen.reason;
    if (chosen.ranks.empty()) continue;
    LayerFactors made = make_factors(graph, links, layer, chosen.ranks);
    left_over.push_back(graph.nodes[layer.node].inputs[1]);
    reports[i].factorised = true;
    reports[i].ranks = chosen.ranks;
    reports[i].after = cost_at(layer, chosen.ranks);
    reports[i].share_kept = made.share_kept;
    for (const Node& node : made.nodes) reports[i].nodes.push_back(node.name);
    factors.emplace(layer.node, std::move(made));
  }
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto it = factors.find(i);
    if (it == factors.end())
      nodes.push_back(std::move(graph.nodes[i]));
    else
      std::ranges::move(it->second.nodes, std::back_inserter(nodes));
  }
  graph.nodes = std::move(nodes);
  drop_unused(graph, left_over);
  graph.values.clear();
  check(graph);
}

}  // namespace

FactoriseMethod factorise_method_named(std::string_view name) {
  const auto it = std::ranges::find(kMethods, name);
  if (it == kMethods.end())
    base::fail("unknown method '{}'{}; it is one of {}", name,
               base::suggestion(name, std::vector<std::string>(kMethods.begin(), kMethods.end())),
               fmt::join(kMethods, ", "));
  return static_cast<FactoriseMethod>(it - kMethods.begin());
}
std::string_view name_of(FactoriseMethod method) { return kMethods[static_cast<std::size_t>(method)]; }

FactorisedGraph factorise(const Graph& graph, const FactoriseOptions& options) {
  refuse_quantised(graph);
  FactorisedGraph result;
  result.before = graph::cost_of(with_shapes(graph));
  result.graph = graph;
  graph::simplify(result.graph);
  const Graph shapes = with_shapes(result.graph);
  Survey survey = survey_of(shapes, decomposition_of(options.method));
  const graph::GraphCost simplified = graph::cost_of(shapes);
  LayerCost rest{simplified.parameters, simplified.macs};
  for (const FactorLayer& layer : survey.layers) {
    rest.parameters -= whole_cost(layer).parameters;
    rest.macs -= whole_cost(layer).macs;
  }
  const RankPlan plan =
      choose_ranks(survey.layers, options.ranks, {result.before.parameters, result.before.macs}, rest);
  write_factors(result.graph, survey, plan, survey.reports);
  result.layers = std::move(survey.reports);
  result.after = graph::cost_of(with_shapes(result.graph));
  result.share = plan.share;
  return result;
}

}  // namespace cradle::compress
