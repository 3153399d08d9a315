// Whose doubt it is: the share of a score's variance that each uncertain figure brings, alone and with the others.
#pragma once

#include <cstdint>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/lca/figure.h"
#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

struct SobolOptions {
  int threads = 1;
  /// Figures that get indices of their own: those with the greatest first-order share (sensitivity.h) in any criterion.
  /// What is left is moved together and reported as SobolIndices of the rest.
  int most = 50;
  int resamples = 200;  ///< of the bootstrap
  SolveOptions solve = {.tolerance = 1e-9};
};

/// Shares of the variance of the scores, P5 to P95 by bootstrap. Estimates: a share near 0 may come out below 0.
struct SobolIndices {
  std::vector<Figure> figures;        ///< one; several where they are moved together
  std::vector<base::Interval> first;  ///< [criterion] S: what fixing it would take away on average, Var E[h|x] / Var h
  std::vector<base::Interval> total;  ///< [criterion] T: what is left if all others are fixed, E Var[h|others] / Var h
};

struct Sobol {
  int n = 0;                          ///< base samples
  std::int64_t solves = 0;            ///< n · (k + 2), k = figures with indices of their own, + 1 with a rest
  std::vector<double> mean;           ///< [criterion] of the demand's score, over 2n samples
  std::vector<double> variance;       ///< [criterion]
  std::vector<SobolIndices> figures;  ///< greatest total index in any criterion first
  SobolIndices rest;                  ///< without figures: nothing was grouped
};

/// First-order and total Sobol indices of every uncertain figure on which a score of the demand depends, for all
/// criteria at once. With matrices A (samples 0 … n-1 of sample()) and B (samples n … 2n-1) of the same draws, and A_i:
/// A with figure i from B,
///   S_i = Σ (h(B) - m)(h(A_i) - h(A)) / (n V)   Saltelli et al., Comput. Phys. Commun. 181 (2010), table 2 (b),
///   T_i = Σ (h(A) - h(A_i))² / (2 n V)          Jansen, Comput. Phys. Commun. 117 (1999),
/// m and V: mean and variance of h over A and B; taking m away does not move S and makes it steadier. A figure that a
/// score does not depend on has exactly 0; a score without variance has no shares (0). Results do not depend on
/// threads. Cost: n (k + 2) solves, each a microsecond for a life of 100 figures; memory 1 KB per uncertain figure and
/// thread and 8 (k + 2) n bytes per criterion. Throws Error on n < 2 and where a sample cannot be solved.
Sobol sobol(const System& system, const Demand& demand, int n, std::uint64_t seed, const SobolOptions& options = {});

}  // namespace cradle::lca
