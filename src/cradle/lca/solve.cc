// The forward and the adjoint solve on one kernel, and what is said when a system has no solution.
#include "cradle/lca/solve.h"

#include <cmath>

#include "cradle/base/error.h"

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

void check(const System& system, const Demand& demand) {
  for (const Demanded& item : demand) {
    if (item.process < 0 || item.process >= process_count(system))
      base::fail("the demand names process {}, but the inventory has {} of them", item.process, process_count(system));
    if (!std::isfinite(item.amount))
      base::fail("the demand for '{}' is not a finite number", system.inventory.processes[at(item.process)].id);
  }
}

/// `begin` and `end` are positions; `broken` a position or -1.
[[noreturn]] void fail_on_loop(const System& system, int begin, int end, int broken) {
  if (end - begin == 1)
    base::fail("process {} has no net output: it takes all it makes of its own product, so no demand for it can be met",
               names_at(system, begin, end));
  if (broken < 0)
    base::fail(
        "the loop of {} processes {} does not converge and is too large for a dense solve; the processes "
        "probably take more than they make: look at their inputs from each other",
        end - begin, names_at(system, begin, end));
  base::fail(
      "the processes {} supply each other and leave no net output (the system is singular at {}); look at their "
      "inputs from each other",
      names_at(system, begin, end), names_at(system, broken, broken + 1));
}

Solver solver_of(const Ordered& equations, const Outcome& outcome) {
  if (outcome.dense_blocks > 0) return Solver::kDense;
  return equations.block.size() < equations.start.size() ? Solver::kGaussSeidel : Solver::kDirect;
}

Solution solve_with(const System& system, const Figures& amounts, const Coefficients& coefficients,
                    const Demand& demand, const SolveOptions& options) {
  check(system, demand);
  const int n = process_count(system);
  const Ordered& rows = system.rows;
  std::vector<double> diagonal(coefficients.diagonal.rbegin(), coefficients.diagonal.rend());
  std::vector<double> taken, right(at(n), 0.0), x(at(n), 0.0);
  taken.reserve(system.row_entry.size());
  for (const int entry : system.row_entry) taken.push_back(coefficients.column[at(entry)]);
  for (const Demanded& item : demand) right[at(n - 1 - system.position[at(item.process)])] += item.amount;
  const Outcome outcome = solve_ordered(rows, diagonal, taken, 1, right, x, options);
  if (outcome.failed_block >= 0) {
    const int begin = n - rows.block[at(outcome.failed_block) + 1], end = n - rows.block[at(outcome.failed_block)];
    fail_on_loop(system, begin, end, outcome.failed_unknown < 0 ? -1 : n - 1 - outcome.failed_unknown);
  }
  Solution solution;
  solution.solver = solver_of(rows, outcome);
  solution.sweeps = outcome.sweeps;
  solution.residual = outcome.residual;
  for (int process = 0; process < n; ++process) solution.scaling.push_back(x[at(n - 1 - system.position[at(process)])]);
  solution.flows.assign(system.inventory.flows.size(), 0.0);
  for (std::size_t e = 0; e < system.inventory.outputs_to_nature.size(); ++e) {
    const Exchange& exchange = system.inventory.outputs_to_nature[e];
    solution.flows[at(exchange.product_or_flow)] +=
        amounts.outputs_to_nature[e] * solution.scaling[at(exchange.process)];
  }
  const std::size_t criteria = system.method.criteria.size();
  solution.scores.assign(criteria, 0.0);
  for (std::size_t flow = 0; flow < solution.flows.size(); ++flow)
    for (std::size_t k = 0; k < criteria; ++k)
      solution.scores[k] += coefficients.characterisation[flow * criteria + k] * solution.flows[flow];
  return solution;
}

Adjoint adjoint_with(const System& system, const Coefficients& coefficients, const SolveOptions& options) {
  const int criteria = criterion_count(system);
  std::vector<double> y(coefficients.direct.size(), 0.0);
  const Outcome outcome = solve_ordered(system.columns, coefficients.diagonal, coefficients.column, criteria,
                                        coefficients.direct, y, options);
  if (outcome.failed_block >= 0)
    fail_on_loop(system, system.columns.block[at(outcome.failed_block)],
                 system.columns.block[at(outcome.failed_block) + 1], outcome.failed_unknown);
  Adjoint adjoint;
  adjoint.criteria = criteria;
  adjoint.solver = solver_of(system.columns, outcome);
  adjoint.sweeps = outcome.sweeps;
  adjoint.residual = outcome.residual;
  adjoint.scores.reserve(y.size());
  for (const int position : system.position)
    for (int k = 0; k < criteria; ++k) adjoint.scores.push_back(y[at(position * criteria + k)]);
  return adjoint;
}

}  // namespace

Demand demand_for(const System& system, std::string_view process_id, double amount) {
  return {{process_named(system.inventory, process_id), amount}};
}

Solution solve(const System& system, const Demand& demand, const SolveOptions& options) {
  return solve_with(system, system.amounts, system.coefficients, demand, options);
}

Solution solve(const System& system, const Figures& figures, const Demand& demand, const SolveOptions& options) {
  const Figures amounts = effective_amounts(system.inventory, system.method, figures);
  return solve_with(system, amounts, assemble(system, amounts), demand, options);
}

Adjoint adjoint(const System& system, const SolveOptions& options) {
  return adjoint_with(system, system.coefficients, options);
}

Adjoint adjoint(const System& system, const Figures& figures, const SolveOptions& options) {
  return adjoint_with(system, assemble(system, effective_amounts(system.inventory, system.method, figures)), options);
}

double score_of(const Adjoint& adjoint, const Demand& demand, int criterion) {
  double sum = 0.0;
  for (const Demanded& item : demand) sum += adjoint.score(criterion, item.process) * item.amount;
  return sum;
}

}  // namespace cradle::lca
