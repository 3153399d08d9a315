// Central values, draws and effective amounts of all figures.
#include "cradle/lca/figure.h"

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/lca/system.h"

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::vector<double>& list_of(Figures& figures, FigureKind kind) {
  switch (kind) {
    case FigureKind::kParameter: return figures.parameters;
    case FigureKind::kInput: return figures.inputs;
    case FigureKind::kOutputToNature: return figures.outputs_to_nature;
    case FigureKind::kOutput: return figures.outputs;
    case FigureKind::kFactor: break;
  }
  return figures.factors;
}

Figures sized(const Inventory& inventory, const Method& method) {
  Figures figures;
  figures.parameters.resize(inventory.parameters.size());
  figures.inputs.resize(inventory.inputs.size());
  figures.outputs_to_nature.resize(inventory.outputs_to_nature.size());
  figures.outputs.resize(inventory.processes.size());
  figures.factors.resize(method.factors.size());
  return figures;
}

}  // namespace

double& Figures::operator[](Figure figure) { return list_of(*this, figure.kind)[at(figure.index)]; }

double Figures::operator[](Figure figure) const {
  return list_of(const_cast<Figures&>(*this), figure.kind)[at(figure.index)];
}

std::vector<Figure> all_figures(const Inventory& inventory, const Method& method) {
  std::vector<Figure> all;
  const auto append = [&all](FigureKind kind, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) all.push_back({kind, static_cast<int>(i)});
  };
  append(FigureKind::kParameter, inventory.parameters.size());
  append(FigureKind::kInput, inventory.inputs.size());
  append(FigureKind::kOutputToNature, inventory.outputs_to_nature.size());
  append(FigureKind::kOutput, inventory.processes.size());
  append(FigureKind::kFactor, method.factors.size());
  return all;
}

const base::Distribution& distribution_of(const Inventory& inventory, const Method& method, Figure figure) {
  switch (figure.kind) {
    case FigureKind::kParameter: return inventory.parameters[at(figure.index)].distribution;
    case FigureKind::kInput: return inventory.inputs[at(figure.index)].amount;
    case FigureKind::kOutputToNature: return inventory.outputs_to_nature[at(figure.index)].amount;
    case FigureKind::kOutput: return inventory.processes[at(figure.index)].yield;
    case FigureKind::kFactor: break;
  }
  return method.factors[at(figure.index)].value;
}

std::string draw_id(const Inventory& inventory, const Method& method, Figure figure) {
  switch (figure.kind) {
    case FigureKind::kParameter: return inventory.parameters[at(figure.index)].id;
    case FigureKind::kInput: return inventory.inputs[at(figure.index)].id;
    case FigureKind::kOutputToNature: return inventory.outputs_to_nature[at(figure.index)].id;
    case FigureKind::kOutput: return inventory.processes[at(figure.index)].id + "/output";
    case FigureKind::kFactor: break;
  }
  return method.factors[at(figure.index)].id;
}

const std::vector<Term>& terms_of(const Inventory& inventory, const Method& method, Figure figure) {
  static const std::vector<Term> none;
  switch (figure.kind) {
    case FigureKind::kParameter:
    case FigureKind::kOutput: return none;
    case FigureKind::kInput: return inventory.inputs[at(figure.index)].terms;
    case FigureKind::kOutputToNature: return inventory.outputs_to_nature[at(figure.index)].terms;
    case FigureKind::kFactor: break;
  }
  return method.factors[at(figure.index)].terms;
}

Figures central_figures(const Inventory& inventory, const Method& method) {
  Figures figures = sized(inventory, method);
  for (const Figure figure : all_figures(inventory, method))
    figures[figure] = distribution_of(inventory, method, figure).value;
  return figures;
}

Figures sampled_figures(const System& system, std::uint64_t seed, std::uint64_t sample) {
  Figures figures = system.central;
  for (const Figure figure : all_figures(system.inventory, system.method)) {
    const base::Distribution& d = distribution_of(system.inventory, system.method, figure);
    if (base::is_fixed(d)) continue;
    figures[figure] = base::draw(d, seed, base::stable_id(draw_id(system.inventory, system.method, figure)), sample);
  }
  return figures;
}

Figures effective_amounts(const Inventory& inventory, const Method& method, const Figures& figures) {
  Figures amounts = figures;
  for (const Figure figure : all_figures(inventory, method)) {
    double& amount = amounts[figure];
    for (const Term& term : terms_of(inventory, method, figure))
      amount *= power(figures.parameters[at(term.parameter)], term.exponent);
    if (figure.kind == FigureKind::kOutput) amount *= inventory.processes[at(figure.index)].output;
    if (!std::isfinite(amount))
      base::fail(
          "the amount of '{}' is not a finite number ({}); look at its distribution and at the parameters it is "
          "multiplied by: one may be 0 or negative under a fractional or negative exponent",
          draw_id(inventory, method, figure), amount);
  }
  return amounts;
}

double power(double parameter, double exponent) {
  if (exponent == 1.0) return parameter;
  if (exponent == -1.0) return 1.0 / parameter;
  if (exponent == 2.0) return parameter * parameter;
  return std::pow(parameter, exponent);
}

}  // namespace cradle::lca
