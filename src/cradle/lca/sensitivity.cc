// Derivatives from s and y; shares of variance from derivatives; swings by solving again.
#include "cradle/lca/sensitivity.h"

#include <algorithm>
#include <cmath>

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Π over the terms but `except` (-1: all of them) at the central parameters.
double product_of_terms(const System& system, const std::vector<Term>& terms, int except) {
  double product = 1.0;
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (static_cast<int>(i) != except)
      product *= power(system.central.parameters[at(terms[i].parameter)], terms[i].exponent);
  return product;
}

/// dh / d(effective amount) of every exchange, process and factor; parameters stay 0.
Figures amount_slopes(const System& system, const Solution& solution, const Adjoint& adjoint, int criterion) {
  const Inventory& inventory = system.inventory;
  const std::size_t criteria = system.method.criteria.size();
  Figures slopes = system.central;
  std::fill(slopes.parameters.begin(), slopes.parameters.end(), 0.0);
  for (std::size_t e = 0; e < inventory.inputs.size(); ++e)
    slopes.inputs[e] = adjoint.score(criterion, inventory.inputs[e].product_or_flow) *
                       solution.scaling[at(inventory.inputs[e].process)];
  for (std::size_t e = 0; e < inventory.outputs_to_nature.size(); ++e) {
    const Exchange& exchange = inventory.outputs_to_nature[e];
    slopes.outputs_to_nature[e] =
        system.coefficients.characterisation[at(exchange.product_or_flow) * criteria + at(criterion)] *
        solution.scaling[at(exchange.process)];
  }
  for (std::size_t p = 0; p < inventory.processes.size(); ++p)
    slopes.outputs[p] = -adjoint.score(criterion, static_cast<int>(p)) * solution.scaling[p];
  for (std::size_t f = 0; f < system.method.factors.size(); ++f) {
    const bool counts = system.factor_flow[f] >= 0 && system.method.factors[f].criterion == criterion;
    slopes.factors[f] = counts ? solution.flows[at(system.factor_flow[f])] : 0.0;
  }
  return slopes;
}

}  // namespace

Figures gradient(const System& system, const Solution& solution, const Adjoint& adjoint, int criterion) {
  Figures slopes = amount_slopes(system, solution, adjoint, criterion);
  for (const Figure figure : all_figures(system.inventory, system.method)) {
    const std::vector<Term>& terms = terms_of(system.inventory, system.method, figure);
    const double slope = slopes[figure];
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (terms[i].exponent == 0.0) continue;
      const double p = system.central.parameters[at(terms[i].parameter)];
      slopes.parameters[at(terms[i].parameter)] += slope * system.central[figure] * terms[i].exponent *
                                                   power(p, terms[i].exponent - 1.0) *
                                                   product_of_terms(system, terms, static_cast<int>(i));
    }
    if (figure.kind == FigureKind::kOutput)
      slopes[figure] *= system.inventory.processes[at(figure.index)].output;
    else
      slopes[figure] *= product_of_terms(system, terms, -1);
  }
  return slopes;
}

std::vector<Influence> influences(const System& system, const Solution& solution, const Adjoint& adjoint,
                                  int criterion) {
  const Figures slopes = gradient(system, solution, adjoint, criterion);
  const double score = solution.scores[at(criterion)];
  std::vector<Influence> list;
  double total = 0.0;
  for (const Figure figure : all_figures(system.inventory, system.method)) {
    const double slope = slopes[figure];
    if (slope == 0.0) continue;
    const double variance = base::variance(distribution_of(system.inventory, system.method, figure));
    list.push_back(
        {figure, slope, score == 0.0 ? 0.0 : slope * system.central[figure] / score, slope * slope * variance, 0.0});
    total += list.back().variance;
  }
  if (total > 0.0)
    for (Influence& influence : list) influence.share = influence.variance / total;
  std::stable_sort(list.begin(), list.end(), [](const Influence& a, const Influence& b) {
    if (a.variance != b.variance) return a.variance > b.variance;
    return std::abs(a.multiplier) > std::abs(b.multiplier);
  });
  return list;
}

std::vector<Swing> tornado(const System& system, const Demand& demand, int criterion, int most) {
  const Solution solution = solve(system, demand);
  std::vector<Swing> swings;
  for (const Influence& influence : influences(system, solution, adjoint(system), criterion)) {
    if (influence.variance == 0.0 || static_cast<int>(swings.size()) >= most) break;
    const base::Distribution& d = distribution_of(system.inventory, system.method, influence.figure);
    Figures figures = system.central;
    Swing swing{influence.figure, {}, {}};
    figures[influence.figure] = base::quantile(d, 0.05);
    swing.low = solve(system, figures, demand).scores;
    figures[influence.figure] = base::quantile(d, 0.95);
    swing.high = solve(system, figures, demand).scores;
    swings.push_back(std::move(swing));
  }
  std::stable_sort(swings.begin(), swings.end(), [criterion](const Swing& a, const Swing& b) {
    return std::abs(a.high[at(criterion)] - a.low[at(criterion)]) >
           std::abs(b.high[at(criterion)] - b.low[at(criterion)]);
  });
  return swings;
}

}  // namespace cradle::lca
