// Walks from the probes to all their suppliers and sorts the figures on the way into fixed and varying.
#include "cradle/lca/sample_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cradle/base/random.h"
#include "cradle/lca/solve.h"

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Builds a plan; members are what several steps need.
class Planner {
 public:
  Planner(const System& system, SamplePlan& plan) : system_(system), plan_(plan) {
    parameter_cell_.assign(system.inventory.parameters.size(), -1);
  }

  /// Index of an uncertain parameter among the plan's, or -1 if it is fixed.
  int parameter(int index) {
    const Parameter& p = system_.inventory.parameters[at(index)];
    if (base::is_fixed(p.distribution)) return -1;
    if (parameter_cell_[at(index)] < 0) {
      parameter_cell_[at(index)] = static_cast<int>(plan_.parameters.size());
      Cell cell;
      cell.figure = {FigureKind::kParameter, index};
      cell.distribution = &p.distribution;
      cell.key = base::stable_id(p.id);
      cell.place = index;
      plan_.parameters.push_back(cell);
    }
    return parameter_cell_[at(index)];
  }

  bool varies(Figure figure) const {
    if (!base::is_fixed(distribution_of(system_.inventory, system_.method, figure))) return true;
    for (const Term& term : terms_of(system_.inventory, system_.method, figure))
      if (!base::is_fixed(system_.inventory.parameters[at(term.parameter)].distribution)) return true;
    return false;
  }

  void add_cell(Figure figure, int place, int flow = 0) {
    Cell cell;
    cell.figure = figure;
    cell.place = place;
    cell.flow = flow;
    const base::Distribution& d = distribution_of(system_.inventory, system_.method, figure);
    if (base::is_fixed(d)) {
      cell.scale = d.value;
    } else {
      cell.distribution = &d;
      cell.key = base::stable_id(draw_id(system_.inventory, system_.method, figure));
    }
    if (figure.kind == FigureKind::kOutput) cell.scale *= system_.inventory.processes[at(figure.index)].output;
    cell.powers_begin = static_cast<int>(plan_.cell_powers.size());
    for (const Term& term : terms_of(system_.inventory, system_.method, figure)) {
      const int p = parameter(term.parameter);
      if (p < 0)
        cell.scale *= power(system_.central.parameters[at(term.parameter)], term.exponent);
      else
        plan_.cell_powers.push_back(power_slot(p, term.exponent));
    }
    cell.powers_end = static_cast<int>(plan_.cell_powers.size());
    plan_.cells.push_back(cell);
  }

 private:
  int power_slot(int parameter, double exponent) {
    const auto [found, is_new] = slot_.try_emplace({parameter, exponent}, static_cast<int>(plan_.powers.size()));
    if (is_new) plan_.powers.push_back({parameter, exponent});
    return found->second;
  }

  const System& system_;
  SamplePlan& plan_;
  std::vector<int> parameter_cell_;
  std::map<std::pair<int, double>, int> slot_;
};

/// Positions that the probes need, themselves included; suppliers of a reached position are reached.
std::vector<bool> reach(const System& system, const std::vector<int>& probes) {
  std::vector<bool> reached(system.process_at.size(), false);
  std::vector<int> open;
  const auto visit = [&](int position) {
    if (reached[at(position)]) return;
    reached[at(position)] = true;
    open.push_back(position);
  };
  for (const int probe : probes) visit(system.position[at(probe)]);
  while (!open.empty()) {
    const int p = open.back();
    open.pop_back();
    for (int t = system.columns.start[at(p)]; t < system.columns.start[at(p) + 1]; ++t)
      visit(system.columns.other[at(t)]);
  }
  return reached;
}

/// The reached equations, renumbered. Returns [position] → unknown or -1 and fills entry_of: [entry] → of columns.
std::vector<int> cut_out(const System& system, const std::vector<bool>& reached, SamplePlan& plan,
                         std::vector<int>& entry_of) {
  std::vector<int> unknown(reached.size(), -1);
  for (std::size_t b = 0; b + 1 < system.columns.block.size(); ++b) {
    const int begin = system.columns.block[b];
    if (!reached[at(begin)]) continue;  // a loop is reached as a whole
    plan.equations.block.push_back(static_cast<int>(plan.process_of.size()));
    for (int p = begin; p < system.columns.block[b + 1]; ++p) {
      unknown[at(p)] = static_cast<int>(plan.process_of.size());
      plan.process_of.push_back(system.process_at[at(p)]);
    }
  }
  plan.equations.block.push_back(static_cast<int>(plan.process_of.size()));
  plan.equations.start.push_back(0);
  for (const int process : plan.process_of) {
    const int p = system.position[at(process)];
    for (int t = system.columns.start[at(p)]; t < system.columns.start[at(p) + 1]; ++t) {
      plan.equations.other.push_back(unknown[at(system.columns.other[at(t)])]);
      entry_of.push_back(t);
    }
    plan.equations.start.push_back(static_cast<int>(plan.equations.other.size()));
  }
  return unknown;
}

/// Diagonal: outputs less own use. A varying part leaves 0 in the fixed diagonal and becomes a cell.
void split_diagonal(const System& system, const std::vector<int>& unknown, Planner& planner, SamplePlan& plan) {
  const Figures& amounts = system.amounts;
  plan.diagonal.assign(plan.process_of.size(), 0.0);
  for (const int e : system.self_inputs) {
    const int u = unknown[at(system.position[at(system.inventory.inputs[at(e)].process)])];
    if (u < 0) continue;
    if (planner.varies({FigureKind::kInput, e}))
      planner.add_cell({FigureKind::kInput, e}, u);
    else
      plan.diagonal[at(u)] -= amounts.inputs[at(e)];
  }
  plan.self_inputs_end = static_cast<int>(plan.cells.size());
  for (std::size_t u = 0; u < plan.process_of.size(); ++u) {
    const int process = plan.process_of[u];
    if (planner.varies({FigureKind::kOutput, process}))
      planner.add_cell({FigureKind::kOutput, process}, static_cast<int>(u));
    else
      plan.diagonal[u] += amounts.outputs[at(process)];
  }
  plan.outputs_end = static_cast<int>(plan.cells.size());
}

/// Direct scores: a product of two figures varies with either.
void split_direct(const System& system, const std::vector<int>& unknown, Planner& planner, SamplePlan& plan) {
  const Inventory& inventory = system.inventory;
  std::vector<bool> exchanged(inventory.flows.size(), false), varying_flow(inventory.flows.size(), false);
  for (const Exchange& e : inventory.outputs_to_nature)
    if (unknown[at(system.position[at(e.process)])] >= 0) exchanged[at(e.product_or_flow)] = true;
  for (std::size_t f = 0; f < system.factor_flow.size(); ++f) {
    const int flow = system.factor_flow[f];
    const Figure figure{FigureKind::kFactor, static_cast<int>(f)};
    if (flow < 0 || !exchanged[at(flow)] || !planner.varies(figure)) continue;
    varying_flow[at(flow)] = true;
    planner.add_cell(figure, flow * plan.criteria + system.method.factors[f].criterion);
  }
  plan.factors_end = static_cast<int>(plan.cells.size());
  plan.characterisation = system.coefficients.characterisation;
  plan.direct.assign(plan.process_of.size() * at(plan.criteria), 0.0);
  for (std::size_t e = 0; e < inventory.outputs_to_nature.size(); ++e) {
    const Exchange& exchange = inventory.outputs_to_nature[e];
    const int u = unknown[at(system.position[at(exchange.process)])];
    if (u < 0) continue;
    const Figure figure{FigureKind::kOutputToNature, static_cast<int>(e)};
    if (planner.varies(figure) || varying_flow[at(exchange.product_or_flow)]) {
      planner.add_cell(figure, u, exchange.product_or_flow);
      continue;
    }
    for (int k = 0; k < plan.criteria; ++k)
      plan.direct[at(u * plan.criteria + k)] +=
          system.amounts.outputs_to_nature[e] * plan.characterisation[at(exchange.product_or_flow * plan.criteria + k)];
  }
}

}  // namespace

SamplePlan plan_samples(const System& system, const std::vector<int>& probes, const std::vector<int>& asked_parameters,
                        const SolveOptions& options) {
  SamplePlan plan;
  plan.criteria = criterion_count(system);
  Planner planner(system, plan);
  std::vector<int> entry_of;
  const std::vector<int> unknown = cut_out(system, reach(system, probes), plan, entry_of);
  for (const int probe : probes) plan.probe_unknown.push_back(unknown[at(system.position[at(probe)])]);
  for (std::size_t t = 0; t < entry_of.size(); ++t) {
    const int input = system.column_input[at(entry_of[t])];
    plan.amounts.push_back(system.amounts.inputs[at(input)]);
    if (planner.varies({FigureKind::kInput, input})) planner.add_cell({FigureKind::kInput, input}, static_cast<int>(t));
  }
  plan.inputs_end = static_cast<int>(plan.cells.size());
  split_diagonal(system, unknown, planner, plan);
  split_direct(system, unknown, planner, plan);
  for (const int index : asked_parameters) plan.asked.push_back(planner.parameter(index));

  const Adjoint central = adjoint(system, options);
  for (const int process : plan.process_of)
    for (int k = 0; k < plan.criteria; ++k) plan.start.push_back(central.score(k, process));
  return plan;
}

}  // namespace cradle::lca
