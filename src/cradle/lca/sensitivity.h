// What matters: exact derivatives to every figure, first-order shares of variance, and one-at-a-time swings.
#pragma once

#include <vector>

#include "cradle/lca/figure.h"
#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// dh_k / d(figure) for every figure of the system, at the central values:
/// input: y_product · s_process · Πp^e; output: -y · s; output to nature: c · s; factor: g; parameter: by the chain
/// rule through all the amounts it multiplies. Cost: one pass over the exchanges, no solve.
Figures gradient(const System& system, const Solution& solution, const Adjoint& adjoint, int criterion);

/// One figure's influence on a score.
struct Influence {
  Figure figure;
  double slope = 0.0;       ///< dh / d(figure)
  double multiplier = 0.0;  ///< d ln h / d ln(figure): per cent of score per per cent of figure; 0 if h is 0
  double variance = 0.0;    ///< slope² · Var(figure): its part of the first-order variance of h
  double share = 0.0;       ///< of the sum of these parts; 0 if nothing is uncertain
};

/// Every figure with a slope other than 0, greatest variance first, then greatest |multiplier|. First order: the
/// square root of Σ variance is a screening value, typically 20 to 30 % below the sampled standard deviation where
/// spreads are wide; sample() is the truth.
std::vector<Influence> influences(const System& system, const Solution& solution, const Adjoint& adjoint,
                                  int criterion);

/// The scores of a demand with one figure at its P5 and at its P95 and all others central.
struct Swing {
  Figure figure;
  std::vector<double> low;   ///< [criterion], figure at its P5
  std::vector<double> high;  ///< [criterion], figure at its P95
};

/// One bar per uncertain figure that matters for `criterion`, widest |high - low| first. Only the `most` figures with
/// the greatest first-order variance are tried, each with two exact solves.
std::vector<Swing> tornado(const System& system, const Demand& demand, int criterion, int most = 100);

}  // namespace cradle::lca
