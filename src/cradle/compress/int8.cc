// Post-training quantisation to eight bits: simulated, then hardened.
#include "cradle/compress/int8.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int8_plan.h"
#include "cradle/compress/simulate.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/opset.h"

namespace cradle::compress {

using graph::Graph;

std::vector<std::string> values_to_calibrate(const Graph& graph) {
  Graph copy = graph;
  graph::simplify(copy);
  raise_to_quantisation_opset(copy);
  std::vector<std::string> names;
  const Int8Plan plan = plan_int8(copy);
  for (const std::string& value : plan.values)
    if (plan.measured.contains(value)) names.push_back(value);
  return names;
}

Graph add_outputs(const Graph& graph, const std::vector<std::string>& names) {
  Graph out = graph;
  graph::simplify(out);
  const auto is_port = [&](const std::string& name) {
    return is_output(out, name) || std::ranges::any_of(out.inputs, [&](const auto& v) { return v.name == name; });
  };
  const graph::Links links = links_of(out);
  for (const std::string& name : names) {
    if (is_port(name)) continue;
    if (!links.producer.contains(name)) base::fail("the graph makes no value '{}'", name);
    out.outputs.push_back({name, graph::Type::kF32, {}, false});
  }
  check(out);
  return out;
}

QuantisedGraph quantise_int8(const Graph& graph, const graph::ActivationStatistics& statistics,
                             const Int8Options& options) {
  QuantisedGraph simulated = simulate_int8(graph, statistics, options);
  return {harden(simulated.graph), std::move(simulated.layers)};
}

}  // namespace cradle::compress
