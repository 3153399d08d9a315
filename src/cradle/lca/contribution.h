// Where a score comes from: by process, by flow, and along the supply chain.
#pragma once

#include <vector>

#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// What each process's own exchanges with nature add to the score [process]; the sum is the score.
std::vector<double> process_contributions(const System& system, const Solution& solution, int criterion);
/// What each flow adds to the score [flow]; the sum is the score.
std::vector<double> flow_contributions(const System& system, const Solution& solution, int criterion);

/// One step of a supply chain: `amount` of a process's product, taken by the parent through `input`.
struct ChainNode {
  int parent = -1;  ///< index of the node that takes it; -1: the demand itself
  int process = 0;
  int input = -1;       ///< index in inventory.inputs; -1: the demand itself
  double amount = 0.0;  ///< of the product
  double score = 0.0;   ///< of that amount, with everything upstream
  double direct = 0.0;  ///< of which from the process's own exchanges with nature
  double rest = 0.0;    ///< of which from inputs that are not followed: score = direct + rest + Σ children's scores
};

struct ChainOptions {
  double cut_off = 0.005;  ///< follow inputs whose |score| is at least this share of the demand's Σ|score|
  int max_nodes = 1000;
  int max_depth = 50;
};

/// The supply chain of a demand, greatest |score| first; parents come before children. Loops are unrolled until they
/// fall below the cut-off. Needs no solve: one multiplication per node. Cost O(nodes · log).
std::vector<ChainNode> supply_chain(const System& system, const Adjoint& adjoint, const Demand& demand, int criterion,
                                    const ChainOptions& options = {});

}  // namespace cradle::lca
