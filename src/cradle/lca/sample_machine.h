// Runs a plan for a batch of samples at once: each slot holds one number per sample, side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cradle/lca/sample_plan.h"

namespace cradle::lca {

/// One thread's work space. A sample's numbers do not depend on its place in a batch nor on the others in it.
class SampleMachine {
 public:
  /// Samples side by side: enough to fill the generator's vectors, few enough that a life's slots stay in the cache.
  static constexpr int kBatch = 64;

  SampleMachine(const SamplePlan& plan, const SolveOptions& options);

  /// Runs the whole program, or its part [begin, end), for samples first, first + 1, … first + n - 1; n <= kBatch.
  void run(std::uint64_t seed, std::uint64_t first, int n);
  void run(std::uint64_t seed, std::uint64_t first, int n, int begin, int end);

  /// The numbers of a slot [sample of the batch]. May be written to replace a draw before the rest is run.
  std::span<double> slot(int slot) { return {arena_ + std::ptrdiff_t{slot} * kBatch, kBatch}; }
  /// out[i] = value in sample i. A loop that cannot be solved gives scores that are not finite.
  void read(const Value& value, std::span<double> out);
  /// The first sample of the last batch in which a score of a probe is not finite, or -1.
  int first_failure(int n);
  /// Samples so far in which a loop did not contract and was solved by LU.
  int dense() const { return dense_; }

 private:
  void solve_loop(const Loop& loop, int n);

  const SamplePlan& plan_;
  SolveOptions options_;
  std::vector<double> memory_;
  double* arena_;  // in memory_, at the start of a cache line
  std::vector<double> diagonal_, amounts_, right_, y_;
  std::vector<char> is_dense_;
  int dense_ = 0;
};

}  // namespace cradle::lca
