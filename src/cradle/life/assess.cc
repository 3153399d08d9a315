// A study through the engine to a result.
#include "cradle/life/assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/statistics.h"
#include "cradle/lca/sample.h"
#include "cradle/lca/sensitivity.h"
#include "cradle/life/model.h"
#include "cradle/life/tree.h"

namespace cradle::life {
namespace {

using study::Sensitivity;

constexpr int kSensitivities = 8;     // bars of the tornado per criterion
constexpr double kSmallSwing = 1e-3;  // of the total: smaller swings are not listed

Figure figure_of(double central, std::span<const double> samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  return {central, base::sample_quantile(sorted, 0.05), base::sample_quantile(sorted, 0.5),
          base::sample_quantile(sorted, 0.95)};
}

std::vector<Sensitivity> sensitivities(const Model& model, const lca::System& system, const lca::Adjoint& adjoint) {
  std::vector<Sensitivity> out;
  const lca::Demand demand = {{model.functional_unit, 1.0}};
  for (int k = 0; k < lca::criterion_count(system); ++k) {
    const std::string& code = system.method.criteria[static_cast<std::size_t>(k)].code;
    const auto swings = lca::tornado(system, demand, k, 40);
    for (std::size_t i = 0; i < swings.size() && i < kSensitivities; ++i) {
      const double low = swings[i].low[static_cast<std::size_t>(k)], high = swings[i].high[static_cast<std::size_t>(k)];
      const double total = adjoint.score(k, model.functional_unit);
      if (std::abs(high - low) < kSmallSwing * std::abs(total)) continue;
      if (swings[i].figure.kind != lca::FigureKind::kParameter) continue;
      const UsedFactor& f = model.factors[static_cast<std::size_t>(swings[i].figure.index)];
      out.push_back({f.id, f.name, code, low, high});
    }
  }
  return out;
}

Result header_of(const Study& study, const Model& model, const AssessOptions& options) {
  Result r;
  r.name = study.name;
  r.question = study.question;
  r.audience = study.audience;
  r.study_file = std::filesystem::path(study.file).filename().string();
  r.study_sha256 = study.sha256;
  r.functional_unit = study.functional_unit;
  r.criteria = criteria();
  r.missing_phases = model.missing;
  r.factors = model.factors;
  r.warnings = model.warnings;
  r.assumptions = model.assumptions;
  r.seed = options.seed;
  r.samples = options.samples;
  r.convention = "the value of a lognormal is its median unless a figure says otherwise";
  r.energy_basis = energy_basis(model);
  if (!study.electricity_set.empty())
    r.assumptions.push_back(
        fmt::format("factors of the data set '{}' are used where it has them", study.electricity_set));
  return r;
}

void check_options(const AssessOptions& options) {
  if (options.samples < 100) base::fail_usage("--samples must be at least 100, found {}", options.samples);
}

lca::Samples sample_of(const lca::System& system, const std::vector<int>& probes, const AssessOptions& options) {
  lca::SampleOptions how;
  how.threads = options.threads;
  return lca::sample(system, probes, options.samples, options.seed, how);
}

}  // namespace

Result assess(const Study& study, const catalog::Catalog& catalog, const AssessOptions& options) {
  check_options(options);
  const Model model = build_model(study, catalog);
  const lca::System system = lca::compile(model.inventory, model.method);
  const lca::Adjoint adjoint = lca::adjoint(system);
  std::vector<int> probes = {model.functional_unit};
  for (const auto& [phase, process] : model.phases) probes.push_back(process);
  const lca::Samples samples = sample_of(system, probes, options);

  Result r = header_of(study, model, options);
  const int criteria_count = lca::criterion_count(system);
  for (int k = 0; k < criteria_count; ++k) {
    const std::string& code = system.method.criteria[static_cast<std::size_t>(k)].code;
    const double total = adjoint.score(k, model.functional_unit);
    if (total == 0.0) {
      r.warnings.push_back(fmt::format("{}: no phase of this study has data, so there is no total", code));
      continue;
    }
    r.per_unit.push_back({code, figure_of(total, samples.of(0, k))});
    for (std::size_t i = 0; i < model.phases.size(); ++i) {
      const double central = adjoint.score(k, model.phases[i].second);
      // Exactly zero means that no factor of this criterion reaches the phase: no data, which is not an impact of zero.
      if (central == 0.0) continue;
      r.impacts.push_back({model.phases[i].first, code, figure_of(central, samples.of(i + 1, k))});
    }
  }
  r.tree = tree_of(model, system, adjoint);
  r.sensitivity = sensitivities(model, system, adjoint);
  return r;
}

namespace {

/// Samples of a model that a comparison needs: the total, and the parts that fall once and per image.
struct Sides {
  Model model;
  lca::System system;
  lca::Adjoint adjoint;
  lca::Samples samples;

  Sides(const Study& study, const catalog::Catalog& catalog, const AssessOptions& options)
      : model(build_model(study, catalog)),
        system(lca::compile(model.inventory, model.method)),
        adjoint(lca::adjoint(system)) {
    std::vector<int> probes = {model.functional_unit};
    probes.insert(probes.end(), model.once.begin(), model.once.end());
    probes.insert(probes.end(), model.recurring.begin(), model.recurring.end());
    samples = sample_of(system, probes, options);
  }
  double central(const std::vector<int>& processes, int k) const {
    double sum = 0;
    for (const int p : processes) sum += adjoint.score(k, p);
    return sum;
  }
  double once(int k, std::size_t i) const { return sum_of(1, model.once.size(), k, i); }
  double recurring(int k, std::size_t i) const { return sum_of(1 + model.once.size(), model.recurring.size(), k, i); }

 private:
  double sum_of(std::size_t first, std::size_t count, int k, std::size_t i) const {
    double sum = 0;
    for (std::size_t p = first; p < first + count; ++p) sum += samples.of(p, k)[i];
    return sum;
  }
};

/// Images after which what B costs more once is paid back by what it saves per image; infinity is never.
double images_to_pay_back(double once_more, double saved_per_image) {
  if (once_more <= 0 && saved_per_image >= 0) return 0.0;
  if (saved_per_image <= 0) return std::numeric_limits<double>::infinity();
  return once_more / saved_per_image;
}

Comparison::BreakEven break_even_of(const Sides& a, const Sides& b, int k, const std::string& code) {
  const std::size_t n = static_cast<std::size_t>(a.samples.count);
  std::vector<double> amounts(n);
  double never = 0;
  for (std::size_t i = 0; i < n; ++i) {
    amounts[i] = images_to_pay_back(b.once(k, i) - a.once(k, i), a.recurring(k, i) - b.recurring(k, i));
    if (std::isinf(amounts[i])) ++never;
  }
  std::sort(amounts.begin(), amounts.end());
  // Order statistics, not interpolation: between a number and infinity there is nothing.
  const auto at = [&](double p) {
    return amounts[std::min(n - 1, static_cast<std::size_t>(p * static_cast<double>(n)))];
  };
  const double central = images_to_pay_back(b.central(b.model.once, k) - a.central(a.model.once, k),
                                            a.central(a.model.recurring, k) - b.central(b.model.recurring, k));
  return {code, {central, at(0.05), at(0.5), at(0.95)}, never / static_cast<double>(n)};
}

Comparison::Row row_of(const Sides& a, const Sides& b, int k, const lca::Criterion& criterion) {
  const auto sa = a.samples.of(0, k), sb = b.samples.of(0, k);
  std::vector<double> difference(sa.size());
  double better = 0;
  for (std::size_t i = 0; i < sa.size(); ++i) {
    difference[i] = sb[i] - sa[i];
    if (difference[i] < 0) ++better;
  }
  const double central_a = a.adjoint.score(k, a.model.functional_unit);
  const double central_b = b.adjoint.score(k, b.model.functional_unit);
  return {criterion.code,
          criterion.unit,
          figure_of(central_a, sa),
          figure_of(central_b, sb),
          figure_of(central_b - central_a, difference),
          better / static_cast<double>(sa.size())};
}

void refuse_different_units(const Study& a, const Study& b) {
  const FunctionalUnit &ua = a.functional_unit, &ub = b.functional_unit;
  if (ua.kind == ub.kind && ua.amount == ub.amount && ua.quality == ub.quality) return;
  base::fail(
      "{} and {} have different functional units ('{}' and '{}'); two lives are compared only for the same "
      "service",
      a.file, b.file, ua.text, ub.text);
}

}  // namespace

Comparison compare(const Study& a, const Study& b, const catalog::Catalog& catalog, const AssessOptions& options) {
  check_options(options);
  refuse_different_units(a, b);
  const Sides side_a(a, catalog, options), side_b(b, catalog, options);
  Comparison c;
  c.name_a = a.name;
  c.name_b = b.name;
  c.functional_unit = a.functional_unit;
  c.seed = options.seed;
  c.samples = options.samples;
  for (int k = 0; k < lca::criterion_count(side_a.system); ++k) {
    const lca::Criterion& criterion = side_a.system.method.criteria[static_cast<std::size_t>(k)];
    c.rows.push_back(row_of(side_a, side_b, k, criterion));
    if (!side_a.model.recurring.empty() && !side_b.model.recurring.empty())
      c.break_even.push_back(break_even_of(side_a, side_b, k, criterion.code));
  }
  for (const auto* side : {&side_a, &side_b})
    for (const auto& warning : side->model.warnings)
      if (std::find(c.warnings.begin(), c.warnings.end(), warning) == c.warnings.end()) c.warnings.push_back(warning);
  return c;
}

}  // namespace cradle::life
