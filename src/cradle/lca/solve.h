// Forward: what a demand sets going. Adjoint: what a unit of each product costs, for all criteria at once.
#pragma once

#include <string_view>
#include <vector>

#include "cradle/lca/figure.h"
#include "cradle/lca/ordered.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// An amount of a process's product, in that product's unit.
struct Demanded {
  int process = 0;
  double amount = 0.0;
};
using Demand = std::vector<Demanded>;

/// One product by the id of its process; throws Error that suggests the nearest id.
Demand demand_for(const System& system, std::string_view process_id, double amount);

enum class Solver {
  kDirect,       ///< no loops: one sweep, exact
  kGaussSeidel,  ///< loops, solved by ordered Gauss-Seidel
  kDense,        ///< at least one loop did not contract or had a diagonal <= 0, and was solved by LU
};

/// A s = f, g = B s, h = C g.
struct Solution {
  std::vector<double> scaling;  ///< s [process]: units of activity
  std::vector<double> flows;    ///< g [flow]: to nature
  std::vector<double> scores;   ///< h [criterion]
  Solver solver = Solver::kDirect;
  int sweeps = 1;
  double residual = 0.0;  ///< componentwise, see SolveOptions
};

/// A^T y_k = B^T c_k for every criterion k: the score of one unit of every product. With it any demand's score is a
/// scalar product, any supply chain a walk, and any derivative a multiplication.
struct Adjoint {
  int criteria = 0;
  std::vector<double> scores;  ///< y [process * criteria + criterion]
  Solver solver = Solver::kDirect;
  int sweeps = 1;
  double residual = 0.0;

  double score(int criterion, int process) const {
    return scores[static_cast<std::size_t>(process) * static_cast<std::size_t>(criteria) +
                  static_cast<std::size_t>(criterion)];
  }
};

/// With central amounts. Throw Error naming the processes of a loop that is singular (or does not contract and is
/// beyond options.dense_limit), and on a demand for a process that does not exist.
/// Cost: some ten sweeps over the exchanges; 20,000 processes take milliseconds.
Solution solve(const System& system, const Demand& demand, const SolveOptions& options = {});
Adjoint adjoint(const System& system, const SolveOptions& options = {});

/// With other figures: a sample, or central_figures() with some replaced.
Solution solve(const System& system, const Figures& figures, const Demand& demand, const SolveOptions& options = {});
Adjoint adjoint(const System& system, const Figures& figures, const SolveOptions& options = {});

/// h_k = Σ y_k · f.
double score_of(const Adjoint& adjoint, const Demand& demand, int criterion);

}  // namespace cradle::lca
