// Monte Carlo: unit scores of chosen processes under resampled A, B and C, the same on any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

struct SampleOptions {
  int threads = 1;
  std::uint64_t first = 0;      ///< first sample; so a series can be continued
  std::vector<int> parameters;  ///< parameters whose draws are kept beside the scores
  /// Looser than a single solve: the error stays far below that of sampling.
  SolveOptions solve = {.tolerance = 1e-9};
};

/// Scores of one unit of each probe's product. Row (probe, criterion) lies in one piece, sample by sample.
struct Samples {
  int count = 0;
  int criteria = 0;
  std::vector<int> probes;                           ///< processes
  std::vector<double> scores;                        ///< [(probe * criteria + criterion) * count + sample]
  std::vector<std::vector<double>> parameter_draws;  ///< [as asked for][sample]
  int dense = 0;                                     ///< samples in which a loop did not contract (Solver::kDense)

  std::span<const double> of(std::size_t probe, int criterion) const {
    const std::size_t row = probe * static_cast<std::size_t>(criteria) + static_cast<std::size_t>(criterion);
    return std::span(scores).subspan(row * static_cast<std::size_t>(count), static_cast<std::size_t>(count));
  }
};

/// Draws n samples of every uncertain figure that the probes reach, and solves each. A draw depends on (seed, id of the
/// figure, number of the sample) only: results do not depend on threads, are the same bit by bit for the same system,
/// and two systems that share ids are compared on the same draws. Throws Error naming the process, parameter or
/// exchange where a sample cannot be solved; an amount that no score depends on is not looked at. Cost: about 10 ns per
/// uncertain figure and sample, 0.3 ns per varying exchange, criterion and sample, and a solve of each loop; 100
/// figures, 80 processes and 8 criteria take 1.8 µs a sample (bench/lca_bench.cc).
Samples sample(const System& system, std::vector<int> probes, int n, std::uint64_t seed,
               const SampleOptions& options = {});

}  // namespace cradle::lca
