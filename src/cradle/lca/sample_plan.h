// What one sample has to compute: the part of a system that the probes reach, split into what varies and what does not.
#pragma once

#include <cstdint>
#include <vector>

#include "cradle/lca/figure.h"
#include "cradle/lca/ordered.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// A number that changes from sample to sample: scale · draw · Π powers.
struct Cell {
  Figure figure;
  const base::Distribution* distribution = nullptr;  ///< null: nothing of its own is drawn
  std::uint64_t key = 0;
  double scale = 1.0;                    ///< fixed amount and fixed parameters
  int powers_begin = 0, powers_end = 0;  ///< in SamplePlan::cell_powers
  int place = 0;                         ///< see the lists of SamplePlan
  int flow = 0;                          ///< outputs to nature: the flow
};

/// parameter^exponent, computed once per sample for all that use it.
struct Power {
  int parameter = 0;  ///< in SamplePlan::parameters
  double exponent = 1.0;
};

/// Unknowns are the reached positions, renumbered in their order.
struct SamplePlan {
  int criteria = 0;
  Ordered equations;
  std::vector<double> diagonal, amounts, direct, characterisation;  ///< fixed parts; amounts by entry of equations
  std::vector<double> start;                                        ///< central solution, from which loops are swept
  std::vector<int> process_of;                                      ///< [unknown]
  std::vector<int> probe_unknown;                                   ///< [probe]

  std::vector<Cell> parameters;  ///< uncertain ones that are used or asked for; place: parameter of the inventory
  std::vector<Power> powers;
  std::vector<int> cell_powers;

  // Cells in this order; `cells` holds them one list after another, and each list ends where the next begins.
  std::vector<Cell> cells;
  int inputs_end = 0;       ///< place: entry of equations
  int self_inputs_end = 0;  ///< place: unknown; taken from its diagonal
  int outputs_end = 0;      ///< place: unknown; added to its diagonal
  int factors_end = 0;      ///< place: flow · criteria + criterion
                            ///< then outputs to nature; place: unknown; added, times factors, to its direct scores
  std::vector<int> asked;   ///< [as asked for] → index in parameters, or -1: fixed
};

/// Cost linear in the reached part of the system. Throws Error (solve.h) if the central system has no solution there.
SamplePlan plan_samples(const System& system, const std::vector<int>& probes, const std::vector<int>& asked_parameters,
                        const SolveOptions& options);

}  // namespace cradle::lca
