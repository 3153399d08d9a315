// Runs a plan over ranges of samples, one range a thread.
#include "cradle/lca/sample.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/lca/ranges.h"
#include "cradle/lca/sample_machine.h"
#include "cradle/lca/sample_plan.h"

namespace cradle::lca {
namespace {

constexpr int kBatch = SampleMachine::kBatch;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Solves a sample that failed again on the slow path, which knows the names.
[[noreturn]] void explain(const System& system, std::uint64_t seed, std::uint64_t sample, const SolveOptions& options) {
  try {
    adjoint(system, sampled_figures(system, seed, sample), options);
  } catch (const base::Error& error) {
    base::fail("sample {} of seed {} cannot be solved: {}", sample, seed, error.what());
  }
  base::fail("sample {} of seed {} has a score that is not a finite number; an amount is probably too large", sample,
             seed);
}

/// Samples [begin, end) of the series into `out`; returns in how many a loop did not contract.
int run(const System& system, const SamplePlan& plan, std::uint64_t seed, const SampleOptions& options, int begin,
        int end, Samples& out) {
  SampleMachine machine(plan, options.solve);
  for (int first = begin; first < end; first += kBatch) {
    const int n = std::min(kBatch, end - first);
    const std::uint64_t sample = options.first + static_cast<std::uint64_t>(first);
    machine.run(seed, sample, n);
    if (const int failure = machine.first_failure(n); failure >= 0)
      explain(system, seed, sample + static_cast<std::uint64_t>(failure), options.solve);
    const auto place = [&](double* row) { return std::span(row + first, at(n)); };
    for (std::size_t row = 0; row < plan.scores.size(); ++row)
      machine.read(plan.scores[row], place(out.scores.data() + row * at(out.count)));
    for (std::size_t a = 0; a < plan.asked.size(); ++a)
      if (plan.asked[a] >= 0) machine.read({1.0, plan.asked[a]}, place(out.parameter_draws[a].data()));
  }
  return machine.dense();
}

void check(const System& system, const std::vector<int>& probes, int n, const SampleOptions& options) {
  if (n < 0) base::fail("the number of samples must not be negative, found {}", n);
  if (options.threads < 1) base::fail("the number of threads must be at least 1, found {}", options.threads);
  for (const int probe : probes)
    if (probe < 0 || probe >= process_count(system))
      base::fail("a probe names process {}, but the inventory has {} of them", probe, process_count(system));
  for (const int parameter : options.parameters)
    if (parameter < 0 || at(parameter) >= system.inventory.parameters.size())
      base::fail("the draws of parameter {} are asked for, but the inventory has {} of them", parameter,
                 system.inventory.parameters.size());
}

}  // namespace

Samples sample(const System& system, std::vector<int> probes, int n, std::uint64_t seed, const SampleOptions& options) {
  check(system, probes, n, options);
  const SamplePlan plan = plan_samples(system, probes, {.parameters = options.parameters});
  Samples out;
  out.count = n;
  out.criteria = plan.criteria;
  out.probes = std::move(probes);
  out.scores.resize(out.probes.size() * at(plan.criteria) * at(n));
  for (const int index : options.parameters)
    out.parameter_draws.emplace_back(at(n), system.central.parameters[at(index)]);

  // Batches are shared out, not samples, so that every thread but the last has full ones.
  std::atomic<int> dense = 0;
  in_ranges((n + kBatch - 1) / kBatch, options.threads, [&](int begin, int end) {
    dense += run(system, plan, seed, options, begin * kBatch, std::min(n, end * kBatch), out);
  });
  out.dense = dense;
  return out;
}

}  // namespace cradle::lca
