// Every figure of a system under one roof: which it is, how uncertain, its central value and its draw.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cradle/base/distribution.h"
#include "cradle/lca/inventory.h"
#include "cradle/lca/method.h"

namespace cradle::lca {

struct System;

enum class FigureKind { kParameter, kInput, kOutputToNature, kOutput, kFactor };

/// One figure: a parameter, an input, an output to nature, a process's yield, or a characterisation factor,
/// by its index in the inventory or the method.
struct Figure {
  FigureKind kind = FigureKind::kParameter;
  int index = 0;
  bool operator==(const Figure&) const = default;
};

/// One number for each figure of a system.
struct Figures {
  std::vector<double> parameters;
  std::vector<double> inputs;
  std::vector<double> outputs_to_nature;
  std::vector<double> outputs;  ///< by process; as a figure it is the yield, as an amount it is output · yield
  std::vector<double> factors;

  double& operator[](Figure figure);
  double operator[](Figure figure) const;
};

std::vector<Figure> all_figures(const Inventory& inventory, const Method& method);
const base::Distribution& distribution_of(const Inventory& inventory, const Method& method, Figure figure);
/// What its draws are keyed by: its id; for a yield "<process>/output".
std::string draw_id(const Inventory& inventory, const Method& method, Figure figure);
/// The terms by which it is multiplied; none for parameters and yields.
const std::vector<Term>& terms_of(const Inventory& inventory, const Method& method, Figure figure);

/// The central value of every figure.
Figures central_figures(const Inventory& inventory, const Method& method);
/// Every figure's draw in one sample. For reference and for inspection of one sample; sample() is the fast way to many.
Figures sampled_figures(const System& system, std::uint64_t seed, std::uint64_t sample);
/// Figures → amounts: terms applied, yields multiplied by outputs. Throws Error naming the figure whose amount is not
/// finite (a negative parameter under a root, a parameter of 0 below a fraction).
Figures effective_amounts(const Inventory& inventory, const Method& method, const Figures& figures);

/// parameter^exponent, with the common exponents exact.
double power(double parameter, double exponent);

}  // namespace cradle::lca
