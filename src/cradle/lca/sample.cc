// Runs a plan over ranges of samples, one range a thread.
#include "cradle/lca/sample.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>
#include <utility>

#include "cradle/base/error.h"
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

  const int threads = std::clamp(options.threads, 1, std::max(1, (n + kBatch - 1) / kBatch));
  std::vector<std::exception_ptr> faults(at(threads));
  std::vector<int> dense(at(threads), 0);
  const auto work = [&](int t) {
    try {
      const auto bound = [&](int i) { return static_cast<int>(std::int64_t{n} * i / threads); };
      dense[at(t)] = run(system, plan, seed, options, bound(t), bound(t + 1), out);
    } catch (...) {
      faults[at(t)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;  // joined at the end of this scope
    for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
    work(0);
  }
  // The first thread's samples come first, so the fault reported is that of the first sample, whatever the threads.
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
  for (const int count : dense) out.dense += count;
  return out;
}

}  // namespace cradle::lca
