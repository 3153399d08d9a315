// The kernel: sparse equations in solving order, by ordered Gauss-Seidel, with a dense solve where that fails.
#pragma once

#include <span>
#include <vector>

namespace cradle::lca {

/// Equations  d_i x_i = b_i + Σ_t a_t x_other(t),  t in [start[i], start[i+1]),  with other(t) != i.
/// Blocks are strongly connected sets of unknowns [block[k], block[k+1]); an equation refers to unknowns of its own
/// block and of earlier ones only, so blocks are solved one after another and a block of one takes one division.
struct Ordered {
  std::vector<int> start;  ///< n + 1
  std::vector<int> other;
  std::vector<int> block;  ///< first unknown of each block, then n
};

struct SolveOptions {
  /// Largest residual accepted: max_i |b + Ax - Dx|_i / (|b| + |A||x| + |D||x|)_i, the componentwise backward error of
  /// Oettli and Prager (1964), which does not change with the units. Loops amplify it: with 1e-12, scores agree to
  /// 1e-10 even where a loop multiplies demand a hundredfold.
  double tolerance = 1e-12;
  int max_sweeps = 1000;
  int dense_limit = 4000;  ///< largest loop solved densely: 128 MB and some ten seconds
};

struct Outcome {
  int sweeps = 1;           ///< most sweeps that a block took; 1: no loops, exact
  double residual = 0.0;    ///< largest residual of the loops, as above
  int dense_blocks = 0;     ///< loops solved by LU factorisation
  int failed_block = -1;    ///< >= 0: this block could not be solved
  int failed_unknown = -1;  ///< the unknown in it at which a pivot vanished, or -1: too large for a dense solve
};

/// Solves for `lanes` right-hand sides at once; b and x hold [unknown * lanes + lane]. x is the first guess on entry
/// (zeros will do), and does not change the result by more than the tolerance. A block whose diagonal is not positive,
/// or on which sweeps do not contract, is solved by LU. On failure x is incomplete; see Outcome.
Outcome solve_ordered(const Ordered& equations, std::span<const double> diagonal, std::span<const double> amounts,
                      int lanes, std::span<const double> right, std::span<double> x, const SolveOptions& options);

}  // namespace cradle::lca
