// Two studies compared on the same draws, and when the dearer one has paid back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/lca/reach.h"
#include "cradle/lca/sample.h"
#include "cradle/life/assess.h"
#include "cradle/life/figures.h"
#include "cradle/life/model.h"

namespace cradle::life {
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
        adjoint(finite_adjoint(system, study.file)) {
    std::vector<int> probes = {model.functional_unit};
    probes.insert(probes.end(), model.once.begin(), model.once.end());
    probes.insert(probes.end(), model.recurring.begin(), model.recurring.end());
    lca::SampleOptions how;
    how.threads = options.threads;
    samples = lca::sample(system, probes, options.samples, options.seed, how);
  }
  /// Whether the criterion says something of this life.
  bool known(int k) const { return lca::reached(system, k)[static_cast<std::size_t>(model.functional_unit)]; }
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
  const double per_day = b.model.images_per_day;
  const Figure amount{central, at(0.05), at(0.5), at(0.95)};
  return {code,
          amount,
          {amount.value / per_day, amount.p5 / per_day, amount.p50 / per_day, amount.p95 / per_day},
          never / static_cast<double>(n)};
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
  c.criteria = side_a.model.criteria;
  for (const int k : side_a.model.criterion_index) {
    if (k >= lca::criterion_count(side_b.system) || side_b.system.method.criteria[static_cast<std::size_t>(k)].code !=
                                                        side_a.system.method.criteria[static_cast<std::size_t>(k)].code)
      base::fail("{} and {} have different method tables; two lives are compared by the same criteria", a.file, b.file);
    const lca::Criterion& criterion = side_a.system.method.criteria[static_cast<std::size_t>(k)];
    const bool known_a = side_a.known(k), known_b = side_b.known(k);
    if (!known_a || !known_b) {
      c.warnings.push_back(fmt::format("{}: {}, so it is not compared", criterion.code,
                                       known_a   ? "B has no data"
                                       : known_b ? "A has no data"
                                                 : "neither side has data"));
      continue;
    }
    c.rows.push_back(row_of(side_a, side_b, k, criterion));
    if (!side_a.model.recurring.empty() && !side_b.model.recurring.empty())
      c.break_even.push_back(break_even_of(side_a, side_b, k, criterion.code));
  }
  if (a.functional_unit.quality.empty())
    c.warnings.push_back(
        "no quality is stated ([functional_unit] quality): nothing says that A and B do the same work");
  for (const auto list : {&Model::stand_ins, &Model::warnings})
    for (const Model* model : {&side_a.model, &side_b.model})
      for (const std::string& text : model->*list)
        if (std::find(c.warnings.begin(), c.warnings.end(), text) == c.warnings.end()) c.warnings.push_back(text);
  return c;
}

}  // namespace cradle::life
