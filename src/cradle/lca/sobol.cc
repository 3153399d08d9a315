// Two matrices of draws, one column exchanged at a time; estimates and their bootstrap.
#include "cradle/lca/sobol.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/wide.h"
#include "cradle/lca/ranges.h"
#include "cradle/lca/sample_machine.h"
#include "cradle/lca/sensitivity.h"

namespace cradle::lca {
namespace {

constexpr int kBatch = SampleMachine::kBatch;
/// Rows are independent, so sums over bundles of them are, too: a bootstrap of bundles costs the same for any n.
constexpr int kBundles = 256;
/// A spread below this share of the mean is rounding.
constexpr double kRounding = 1e-13;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// What is exchanged together: indices in SamplePlan::draws.
using Group = std::vector<int>;

/// Figures in the order of their greatest first-order share in any criterion, then the rest as one group.
std::vector<Group> groups_of(const System& system, const Demand& demand, const SamplePlan& plan, int most) {
  const Solution solution = solve(system, demand);
  const Adjoint y = adjoint(system);
  Figures share = system.central;
  for (const Draw& draw : plan.draws) share[draw.figure] = 0.0;
  for (int k = 0; k < plan.criteria; ++k)
    for (const Influence& influence : influences(system, solution, y, k))
      if (influence.variance > 0.0) share[influence.figure] = std::max(share[influence.figure], influence.share);
  std::vector<int> order(plan.draws.size());
  for (std::size_t d = 0; d < order.size(); ++d) order[d] = static_cast<int>(d);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return share[plan.draws[at(a)].figure] > share[plan.draws[at(b)].figure]; });
  std::vector<Group> groups;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (static_cast<int>(i) <= most) groups.emplace_back();
    groups.back().push_back(order[i]);
  }
  return groups;
}

/// Scores of the demand for A, B and every A_i: row (matrix, criterion) lies in one piece.
class Scores {
 public:
  Scores(int matrices, int criteria, int n) : criteria_(criteria), n_(n), all_(at(matrices) * at(criteria) * at(n)) {}
  double* row(int matrix, int k) { return all_.data() + (at(matrix) * at(criteria_) + at(k)) * at(n_); }

 private:
  int criteria_, n_;
  std::vector<double> all_;
};

/// Everything that the threads share.
struct Task {
  const System& system;
  const Demand& demand;
  const SamplePlan& plan;
  const std::vector<Group>& groups;
  int n;
  std::uint64_t seed;
  SolveOptions solve;
};

/// Solves a row that failed again on the slow path, which knows the names.
[[noreturn]] void explain(const Task& task, int matrix, int row) {
  const auto a = static_cast<std::uint64_t>(row), b = static_cast<std::uint64_t>(row + task.n);
  Figures figures = sampled_figures(task.system, task.seed, matrix == 1 ? b : a);
  if (matrix >= 2) {
    const Figures other = sampled_figures(task.system, task.seed, b);
    for (const int d : task.groups[at(matrix - 2)]) {
      const Figure figure = task.plan.draws[at(d)].figure;
      figures[figure] = other[figure];
    }
  }
  try {
    adjoint(task.system, figures, task.solve);
  } catch (const base::Error& error) {
    base::fail("a mix of the samples {} and {} of seed {} cannot be solved: {}", a, b, task.seed, error.what());
  }
  base::fail(
      "a mix of the samples {} and {} of seed {} has a score that is not a finite number; an amount is probably "
      "too large",
      a, b, task.seed);
}

/// One thread's machine with the draws of A and B for a batch of rows.
class Rows {
 public:
  explicit Rows(const Task& task)
      : task_(task), machine_(task.plan, task.solve), a_(task.plan.draws.size() * kBatch), b_(a_.size()) {}

  void run(int first, int n, Scores& out) {
    draw(first + task_.n, n, b_);
    solve(1, first, n, out);
    draw(first, n, a_);
    solve(0, first, n, out);
    for (std::size_t g = 0; g < task_.groups.size(); ++g) {
      put(task_.groups[g], b_);
      solve(static_cast<int>(g) + 2, first, n, out);
      put(task_.groups[g], a_);
    }
  }

 private:
  std::span<double> slot(int draw) { return machine_.slot(task_.plan.draws[at(draw)].slot); }

  void draw(int first, int n, std::vector<double>& kept) {
    machine_.run(task_.seed, static_cast<std::uint64_t>(first), n, 0, task_.plan.first_step);
    for (int d = 0; d < static_cast<int>(task_.plan.draws.size()); ++d)
      std::copy_n(slot(d).begin(), kBatch, kept.begin() + std::ptrdiff_t{d} * kBatch);
  }

  void put(const Group& group, const std::vector<double>& kept) {
    for (const int d : group) std::copy_n(kept.begin() + std::ptrdiff_t{d} * kBatch, kBatch, slot(d).begin());
  }

  void solve(int matrix, int first, int n, Scores& out) {
    machine_.run(task_.seed, 0, n, task_.plan.first_step, static_cast<int>(task_.plan.program.size()));
    if (const int failure = machine_.first_failure(n); failure >= 0) explain(task_, matrix, first + failure);
    std::array<double, kBatch> unit;
    for (int k = 0; k < task_.plan.criteria; ++k) {
      double* row = out.row(matrix, k) + first;
      std::fill(row, row + n, 0.0);
      for (std::size_t d = 0; d < task_.demand.size(); ++d) {
        machine_.read(task_.plan.scores[d * at(task_.plan.criteria) + at(k)], std::span(unit).first(at(n)));
        for (int i = 0; i < n; ++i) row[i] += task_.demand[d].amount * unit[at(i)];
      }
    }
  }

  const Task& task_;
  SampleMachine machine_;
  std::vector<double> a_, b_;  // [draw * kBatch + row of the batch]
};

/// Sums over the rows of a bundle, for the estimators: everything is taken from the mean m first.
struct Sums {
  double count = 0;
  double linear = 0, square = 0;  // of both h(A) - m and h(B) - m
  double cross = 0, jump = 0;     // (h(B) - m)(h(A_i) - h(A)), (h(A_i) - h(A))²
};

/// How often each bundle is drawn in each resample: [bundle * resamples + resample].
std::vector<double> resampled_counts(int bundles, int resamples, std::uint64_t seed) {
  std::vector<double> counts(at(bundles) * at(resamples), 0.0);
  base::Stream stream(seed, base::stable_id("sobol/bootstrap"));
  for (int r = 0; r < resamples; ++r)
    for (int b = 0; b < bundles; ++b)
      ++counts[stream.below(static_cast<std::uint64_t>(bundles)) * at(resamples) + at(r)];
  return counts;
}

/// sums[r] += counts[r] · x for all resamples.
CRADLE_WIDE void add_to_all(const double* counts, double x, int resamples, double* sums) {
  for (int r = 0; r < resamples; ++r) sums[r] += counts[r] * x;
}

struct Estimate {
  double first = 0, total = 0;
};

/// The estimators from sums. A resample has its own variance.
Estimate estimate(const Sums& s) {
  const double mean = s.linear / (2 * s.count), variance = s.square / (2 * s.count) - mean * mean;
  if (!(variance > 0.0)) return {};
  return {s.cross / (s.count * variance), s.jump / (2 * s.count * variance)};
}

/// Sums per bundle of one criterion and one exchanged group.
std::vector<Sums> bundled(const double* a, const double* b, const double* exchanged, int n, double m) {
  std::vector<Sums> bundles(at(std::min(n, kBundles)));
  for (int i = 0; i < n; ++i) {
    Sums& s = bundles[static_cast<std::size_t>(std::int64_t{i} * static_cast<int>(bundles.size()) / n)];
    const double u = a[i] - m, v = b[i] - m, d = exchanged[i] - a[i];
    s.count += 1;
    s.linear += u + v;
    s.square += u * u + v * v;
    s.cross += v * d;
    s.jump += d * d;
  }
  return bundles;
}

constexpr double Sums::*kMembers[] = {&Sums::count, &Sums::linear, &Sums::square, &Sums::cross, &Sums::jump};

void estimate_with_intervals(const std::vector<Sums>& bundles, const std::vector<double>& counts, int resamples,
                             base::Interval& first, base::Interval& total) {
  Sums whole;
  for (const Sums& bundle : bundles)
    for (const auto member : kMembers) whole.*member += bundle.*member;
  const Estimate value = estimate(whole);
  first = {value.first, value.first, value.first};
  total = {value.total, value.total, value.total};
  if (whole.jump == 0.0 || resamples == 0) return;  // nothing moves
  std::array<std::vector<double>, std::size(kMembers)> sums;
  for (std::size_t m = 0; m < sums.size(); ++m) {
    sums[m].resize(at(resamples), 0.0);
    for (std::size_t b = 0; b < bundles.size(); ++b)
      add_to_all(counts.data() + b * at(resamples), bundles[b].*kMembers[m], resamples, sums[m].data());
  }
  std::vector<double> firsts, totals;
  for (std::size_t r = 0; r < at(resamples); ++r) {
    Sums s;
    for (std::size_t m = 0; m < sums.size(); ++m) s.*kMembers[m] = sums[m][r];
    const Estimate e = estimate(s);
    firsts.push_back(e.first);
    totals.push_back(e.total);
  }
  const base::Interval f = base::summary_of(std::move(firsts)), t = base::summary_of(std::move(totals));
  first = {value.first, f.low, f.high};
  total = {value.total, t.low, t.high};
}

/// Mean and variance of a criterion over A and B.
void moments(const double* a, const double* b, int n, double& mean, double& variance) {
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < n; ++i) sum += a[i] + b[i];
  mean = sum / (2.0 * n);
  for (int i = 0; i < n; ++i) squares += (a[i] - mean) * (a[i] - mean) + (b[i] - mean) * (b[i] - mean);
  variance = squares / (2.0 * n);
  if (std::sqrt(variance) <= kRounding * std::abs(mean)) variance = 0.0;
}

double greatest_total(const SobolIndices& indices) {
  double most = 0.0;
  for (const base::Interval& t : indices.total) most = std::max(most, t.value);
  return most;
}

}  // namespace

Sobol sobol(const System& system, const Demand& demand, int n, std::uint64_t seed, const SobolOptions& options) {
  if (n < 2) base::fail("Sobol indices need at least 2 base samples, found {}", n);
  if (options.most < 0 || options.resamples < 0)
    base::fail("the numbers of figures and of resamples must not be negative, found {} and {}", options.most,
               options.resamples);
  std::vector<int> probes;
  solve(system, demand);  // refuses a demand for what does not exist
  for (const Demanded& item : demand) probes.push_back(item.process);
  const SamplePlan plan = plan_samples(system, probes, {.parameters = {}, .keep_draws = true});
  const std::vector<Group> groups = groups_of(system, demand, plan, options.most);
  const Task task{system, demand, plan, groups, n, seed, options.solve};
  Scores scores(static_cast<int>(groups.size()) + 2, plan.criteria, n);
  in_ranges((n + kBatch - 1) / kBatch, options.threads, [&](int begin, int end) {
    Rows rows(task);
    for (int batch = begin; batch < end; ++batch)
      rows.run(batch * kBatch, std::min(kBatch, n - batch * kBatch), scores);
  });

  Sobol out;
  out.n = n;
  out.solves = std::int64_t{n} * (static_cast<std::int64_t>(groups.size()) + 2);
  out.mean.resize(at(plan.criteria));
  out.variance.resize(at(plan.criteria));
  for (int k = 0; k < plan.criteria; ++k)
    moments(scores.row(0, k), scores.row(1, k), n, out.mean[at(k)], out.variance[at(k)]);
  out.figures.resize(groups.size());
  const std::vector<double> counts = resampled_counts(std::min(n, kBundles), options.resamples, seed);
  in_ranges(static_cast<int>(groups.size()), options.threads, [&](int begin, int end) {
    for (int g = begin; g < end; ++g) {
      SobolIndices& indices = out.figures[at(g)];
      for (const int d : groups[at(g)]) indices.figures.push_back(plan.draws[at(d)].figure);
      indices.first.resize(at(plan.criteria));
      indices.total.resize(at(plan.criteria));
      for (int k = 0; k < plan.criteria; ++k)
        if (out.variance[at(k)] > 0.0)
          estimate_with_intervals(bundled(scores.row(0, k), scores.row(1, k), scores.row(g + 2, k), n, out.mean[at(k)]),
                                  counts, options.resamples, indices.first[at(k)], indices.total[at(k)]);
    }
  });
  if (static_cast<int>(groups.size()) > options.most) {
    out.rest = std::move(out.figures.back());
    out.figures.pop_back();
  }
  std::stable_sort(out.figures.begin(), out.figures.end(),
                   [](const SobolIndices& a, const SobolIndices& b) { return greatest_total(a) > greatest_total(b); });
  return out;
}

}  // namespace cradle::lca
