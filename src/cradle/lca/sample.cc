// Runs a plan over ranges of samples, sixteen at a time for the draws and one at a time for the solves.
#include "cradle/lca/sample.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/lca/sample_plan.h"

namespace cradle::lca {
namespace {

/// Samples drawn together: enough to keep the random generator's vectors full, few enough to stay in the cache.
constexpr int kBatch = 16;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// One thread's work space.
class Worker {
 public:
  Worker(const System& system, const SamplePlan& plan, std::uint64_t seed, const SampleOptions& options)
      : system_(system),
        plan_(plan),
        seed_(seed),
        options_(options),
        diagonal_(plan.diagonal),
        amounts_(plan.amounts),
        direct_(plan.direct),
        characterisation_(plan.characterisation),
        y_(plan.start),
        parameters_(plan.parameters.size() * kBatch),
        powers_(plan.powers.size() * kBatch),
        cells_(plan.cells.size() * kBatch) {}

  /// Samples [begin, end) of the series into `out`.
  void run(int begin, int end, Samples& out) {
    for (int first = begin; first < end; first += kBatch) {
      const int n = std::min(kBatch, end - first);
      draw_batch(options_.first + static_cast<std::uint64_t>(first), n);
      for (std::size_t a = 0; a < plan_.asked.size(); ++a)
        for (int b = 0; b < n && plan_.asked[a] >= 0; ++b)
          out.parameter_draws[a][at(first + b)] = parameters_[at(plan_.asked[a] * kBatch + b)];
      for (int b = 0; b < n; ++b) solve_sample(b, first + b, out);
    }
  }

  int dense() const { return dense_; }

 private:
  void draw_batch(std::uint64_t first, int n) {
    for (std::size_t p = 0; p < plan_.parameters.size(); ++p)
      base::draws(*plan_.parameters[p].distribution, seed_, plan_.parameters[p].key, first,
                  std::span(parameters_).subspan(p * kBatch, at(n)));
    for (std::size_t w = 0; w < plan_.powers.size(); ++w)
      for (int b = 0; b < n; ++b)
        powers_[w * kBatch + at(b)] =
            power(parameters_[at(plan_.powers[w].parameter * kBatch + b)], plan_.powers[w].exponent);
    for (std::size_t c = 0; c < plan_.cells.size(); ++c) {
      const Cell& cell = plan_.cells[c];
      double* values = cells_.data() + c * kBatch;
      if (cell.distribution != nullptr) {
        base::draws(*cell.distribution, seed_, cell.key, first, std::span(values, at(n)));
        if (cell.scale != 1.0)
          for (int b = 0; b < n; ++b) values[b] *= cell.scale;
      } else {
        std::fill(values, values + n, cell.scale);
      }
      for (int w = cell.powers_begin; w < cell.powers_end; ++w) {
        const double* factors = powers_.data() + at(plan_.cell_powers[at(w)]) * kBatch;
        for (int b = 0; b < n; ++b) values[b] *= factors[b];
      }
    }
  }

  double cell(int index, int b) const { return cells_[at(index * kBatch + b)]; }
  int place(int index) const { return plan_.cells[at(index)].place; }

  /// The numbers of sample b of the batch into the equations.
  void fill_equations(int b) {
    int c = 0;
    for (; c < plan_.inputs_end; ++c) amounts_[at(place(c))] = cell(c, b);
    for (int i = c; i < plan_.outputs_end; ++i) diagonal_[at(place(i))] = plan_.diagonal[at(place(i))];
    for (; c < plan_.self_inputs_end; ++c) diagonal_[at(place(c))] -= cell(c, b);
    for (; c < plan_.outputs_end; ++c) diagonal_[at(place(c))] += cell(c, b);
    for (; c < plan_.factors_end; ++c) characterisation_[at(place(c))] = cell(c, b);
    direct_ = plan_.direct;
    for (; c < static_cast<int>(plan_.cells.size()); ++c) {
      double* direct = direct_.data() + at(place(c) * plan_.criteria);
      const double* factor = characterisation_.data() + at(plan_.cells[at(c)].flow * plan_.criteria);
      const double amount = cell(c, b);
      for (int k = 0; k < plan_.criteria; ++k) direct[k] += amount * factor[k];
    }
  }

  void solve_sample(int b, int number, Samples& out) {
    fill_equations(b);
    // Always from the central solution, never from the sample before: a result must not depend on its neighbours.
    y_ = plan_.start;
    const Outcome outcome =
        solve_ordered(plan_.equations, diagonal_, amounts_, plan_.criteria, direct_, y_, options_.solve);
    if (outcome.failed_block >= 0) explain(number);
    if (outcome.dense_blocks > 0) ++dense_;
    for (std::size_t p = 0; p < plan_.probe_unknown.size(); ++p)
      for (int k = 0; k < plan_.criteria; ++k) {
        const double score = y_[at(plan_.probe_unknown[p] * plan_.criteria + k)];
        if (!std::isfinite(score)) explain(number);
        out.scores[(p * at(plan_.criteria) + at(k)) * at(out.count) + at(number)] = score;
      }
  }

  /// Solves a sample that failed again on the slow path, which knows the names.
  [[noreturn]] void explain(int number) const {
    const std::uint64_t sample = options_.first + static_cast<std::uint64_t>(number);
    try {
      adjoint(system_, sampled_figures(system_, seed_, sample), options_.solve);
    } catch (const base::Error& error) {
      base::fail("sample {} of seed {} cannot be solved: {}", sample, seed_, error.what());
    }
    base::fail("sample {} of seed {} has a score that is not a finite number; an amount is probably too large", sample,
               seed_);
  }

  const System& system_;
  const SamplePlan& plan_;
  std::uint64_t seed_;
  const SampleOptions& options_;
  std::vector<double> diagonal_, amounts_, direct_, characterisation_, y_;
  std::vector<double> parameters_, powers_, cells_;  // [index * kBatch + sample of the batch]
  int dense_ = 0;
};

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
  const SamplePlan plan = plan_samples(system, probes, options.parameters, options.solve);
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
      Worker worker(system, plan, seed, options);
      const auto bound = [&](int i) { return static_cast<int>(std::int64_t{n} * i / threads); };
      worker.run(bound(t), bound(t + 1), out);
      dense[at(t)] = worker.dense();
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
