// Contributions read off s and y, without another solve.
#include "cradle/lca/contribution.h"

#include <algorithm>
#include <cmath>
#include <queue>

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Best first; equal scores in the order in which they were found, so that results do not depend on the heap.
struct Candidate {
  ChainNode node;
  int depth = 0;
  int number = 0;
  bool operator<(const Candidate& other) const {
    const double mine = std::abs(node.score), theirs = std::abs(other.node.score);
    return mine != theirs ? mine < theirs : number > other.number;
  }
};

}  // namespace

std::vector<double> process_contributions(const System& system, const Solution& solution, int criterion) {
  std::vector<double> parts;
  for (std::size_t process = 0; process < solution.scaling.size(); ++process)
    parts.push_back(solution.scaling[process] *
                    system.coefficients.direct[at(system.position[process] * criterion_count(system) + criterion)]);
  return parts;
}

std::vector<double> flow_contributions(const System& system, const Solution& solution, int criterion) {
  std::vector<double> parts;
  const std::size_t criteria = system.method.criteria.size();
  for (std::size_t flow = 0; flow < solution.flows.size(); ++flow)
    parts.push_back(solution.flows[flow] * system.coefficients.characterisation[flow * criteria + at(criterion)]);
  return parts;
}

std::vector<ChainNode> supply_chain(const System& system, const Adjoint& adjoint, const Demand& demand, int criterion,
                                    const ChainOptions& options) {
  const Coefficients& c = system.coefficients;
  std::priority_queue<Candidate> waiting;
  int number = 0;
  double total = 0.0;
  for (const Demanded& item : demand) {
    const double score = adjoint.score(criterion, item.process) * item.amount;
    total += std::abs(score);
    waiting.push({{-1, item.process, -1, item.amount, score, 0.0, 0.0}, 0, number++});
  }
  std::vector<ChainNode> chain;
  while (!waiting.empty()) {
    const Candidate next = waiting.top();
    waiting.pop();
    if (next.node.parent >= 0 && static_cast<int>(chain.size()) >= options.max_nodes) {
      chain[at(next.node.parent)].rest += next.node.score;
      continue;
    }
    const int parent = static_cast<int>(chain.size());
    ChainNode node = next.node;
    const int position = system.position[at(node.process)];
    const double activity = node.amount / c.diagonal[at(position)];
    node.direct = activity * c.direct[at(position * criterion_count(system) + criterion)];
    node.rest = node.score - node.direct;
    for (int t = system.columns.start[at(position)]; t < system.columns.start[at(position) + 1]; ++t) {
      const int supplier = system.process_at[at(system.columns.other[at(t)])];
      const double amount = activity * c.column[at(t)];
      const double score = amount * adjoint.score(criterion, supplier);
      if (score == 0.0 || std::abs(score) < options.cut_off * total || next.depth >= options.max_depth) continue;
      node.rest -= score;
      waiting.push({{parent, supplier, system.column_input[at(t)], amount, score, 0.0, 0.0}, next.depth + 1, number++});
    }
    chain.push_back(node);
  }
  return chain;
}

}  // namespace cradle::lca
