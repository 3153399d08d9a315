// A study through the engine to a result.
#include "cradle/life/assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/catalog/catalog.h"
#include "cradle/lca/reach.h"
#include "cradle/lca/sample.h"
#include "cradle/lca/sensitivity.h"
#include "cradle/lca/sobol.h"
#include "cradle/life/alternatives.h"
#include "cradle/life/figures.h"
#include "cradle/life/model.h"
#include "cradle/life/tree.h"

namespace cradle::life {
namespace {

using study::Sensitivity;

constexpr int kSensitivities = 8;      // bars of the tornado per criterion
constexpr int kSobolRows = 2000;       // base samples of the shares of variance
constexpr int kSobolFigures = 40;      // inputs that get shares of their own
constexpr double kSmallShare = 0.005;  // of the variance: smaller shares are not listed
constexpr double kSmallSwing = 1e-3;   // of the total: smaller swings are not listed

/// One study compiled, with what every figure of it is read from.
struct Solved {
  Model model;
  lca::System system;
  lca::Adjoint adjoint;

  Solved(const Study& study, const catalog::Catalog& catalog)
      : model(build_model(study, catalog)),
        system(lca::compile(model.inventory, model.method)),
        adjoint(finite_adjoint(system, study.file)) {}
};

std::vector<Sensitivity> sensitivities(const Solved& s) {
  std::vector<Sensitivity> out;
  const lca::Demand demand = {{s.model.functional_unit, 1.0}};
  for (const int k : s.model.criterion_index) {
    const std::string& code = s.system.method.criteria[static_cast<std::size_t>(k)].code;
    const double total = s.adjoint.score(k, s.model.functional_unit);
    if (total == 0.0) continue;
    for (const auto& swing : lca::tornado(s.system, demand, k, kSensitivities)) {
      const double low = swing.low[static_cast<std::size_t>(k)], high = swing.high[static_cast<std::size_t>(k)];
      if (std::abs(high - low) < kSmallSwing * std::abs(total)) continue;
      assert(swing.figure.kind == lca::FigureKind::kParameter);  // an exchange of a study has no doubt of its own
      const UsedFactor& f = s.model.factors[static_cast<std::size_t>(swing.figure.index)];
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
  r.application = study.application;
  r.reviewer = study.reviewer;
  r.comparison_to_public = study.comparison_to_public;
  r.study_file = std::filesystem::path(study.file).filename().string();
  r.study_sha256 = study.sha256;
  r.functional_unit = study.functional_unit;
  r.criteria = model.criteria;
  r.missing_phases = model.missing;
  r.factors = model.factors;
  r.warnings = model.warnings;
  r.assumptions = model.assumptions;
  r.seed = options.seed;
  r.samples = options.samples;
  r.convention = "the value of a lognormal is its median unless a figure says otherwise";
  r.energy_basis = energy_basis(model.bases);
  r.allocation = study.allocation;
  r.view = study.view;
  r.images = model.images;
  r.training = model.training;
  r.methods = model.methods;
  if (!study.electricity_set.empty())
    r.assumptions.push_back(
        fmt::format("factors of the data set '{}' are used where it has them", study.electricity_set));
  return r;
}

/// Electricity of each phase and of all of them, at the computer and at the facility's meter.
std::vector<study::Energy> energy_of(const Solved& s, const lca::Samples& samples) {
  const int node = lca::criterion_named(s.system.method, kNodeEnergy);
  const int facility = lca::criterion_named(s.system.method, kFacilityEnergy);
  const std::vector<bool> supplied = lca::reached(s.system, facility);
  std::vector<study::Energy> out;
  const auto add = [&](const std::string& phase, int process, std::size_t probe) {
    if (!supplied[static_cast<std::size_t>(process)]) return;
    const double central = s.adjoint.score(facility, process);
    out.push_back({phase, figure_of(s.adjoint.score(node, process), samples.of(probe, node)),
                   figure_of(central, samples.of(probe, facility))});
  };
  for (std::size_t i = 0; i < s.model.phases.size(); ++i) add(s.model.phases[i].first, s.model.phases[i].second, i + 1);
  add("", s.model.functional_unit, 0);
  return out;
}

/// Sobol indices of the inputs, greatest first in each criterion.
std::vector<study::VarianceShare> variance_of(const Solved& s, const AssessOptions& options) {
  lca::SobolOptions how;
  how.threads = options.threads;
  how.most = kSobolFigures;
  const lca::Sobol sobol = lca::sobol(s.system, {{s.model.functional_unit, 1.0}}, kSobolRows, options.seed, how);
  std::vector<study::VarianceShare> out;
  for (const int k : s.model.criterion_index) {
    const std::size_t c = static_cast<std::size_t>(k), begin = out.size();
    for (const lca::SobolIndices& i : sobol.figures) {
      if (i.figures.front().kind != lca::FigureKind::kParameter || i.total[c].value < kSmallShare) continue;
      const UsedFactor& f = s.model.factors[static_cast<std::size_t>(i.figures.front().index)];
      out.push_back({f.id, f.name, s.system.method.criteria[c].code, i.first[c].value, i.first[c].low, i.first[c].high,
                     i.total[c].value, i.total[c].low, i.total[c].high});
    }
    std::sort(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
              [](const auto& a, const auto& b) { return a.total > b.total; });
  }
  return out;
}

/// The hash of the built-in tables, so that a result says which data it was made from.
std::string data_sha256(const catalog::Catalog& catalog) {
  std::size_t own = 0;
  for (const catalog::Pack& p : catalog.packs) own += p.tables;
  std::string list;
  for (std::size_t i = own; i < catalog.tables.size(); ++i)
    list += fmt::format("{}  {}\n", catalog.tables[i].sha256(), catalog.tables[i].name());
  return base::sha256_of(list);
}

void add_impacts(Result& r, const Solved& s, const lca::Samples& samples) {
  for (const int k : s.model.criterion_index) {
    const std::string& code = s.system.method.criteria[static_cast<std::size_t>(k)].code;
    const std::vector<bool> known = lca::reached(s.system, k);  // where no factor reaches: no data, which is not zero
    if (!known[static_cast<std::size_t>(s.model.functional_unit)]) {
      r.warnings.push_back(fmt::format("{}: no phase of this study has data, so there is no total", code));
      continue;
    }
    r.per_unit.push_back({code, figure_of(s.adjoint.score(k, s.model.functional_unit), samples.of(0, k))});
    for (std::size_t i = 0; i < s.model.phases.size(); ++i) {
      const int process = s.model.phases[i].second;
      if (known[static_cast<std::size_t>(process)])
        r.impacts.push_back(
            {s.model.phases[i].first, code, figure_of(s.adjoint.score(k, process), samples.of(i + 1, k))});
    }
  }
}

}  // namespace

void check_options(const AssessOptions& options) {
  if (options.samples < 100) base::fail_usage("--samples must be at least 100, found {}", options.samples);
}

Result assess(const Study& study, const catalog::Catalog& catalog, const AssessOptions& options) {
  check_options(options);
  const Solved s(study, catalog);
  std::vector<int> probes = {s.model.functional_unit};
  for (const auto& [phase, process] : s.model.phases) probes.push_back(process);
  lca::SampleOptions how;
  how.threads = options.threads;
  const lca::Samples samples = lca::sample(s.system, probes, options.samples, options.seed, how);

  Result r = header_of(study, s.model, options);
  add_impacts(r, s, samples);
  r.energy = energy_of(s, samples);
  r.tree = tree_of(s.model, s.system, s.adjoint);
  r.sensitivity = sensitivities(s);
  if (options.sobol) r.variance = variance_of(s, options);
  r.data_sha256 = data_sha256(catalog);
  for (const catalog::Pack& p : catalog.packs) r.packs.push_back({p.name, p.sha256, p.rows});
  r.alternatives = alternatives(study, catalog, options);
  r.alternative_samples = std::min(options.samples, kAlternativeSamples);
  return r;
}

Central central(const Study& study, const catalog::Catalog& catalog) {
  const Solved s(study, catalog);
  Central c;
  const auto read = [&](const std::string& phase, int process) {
    for (int k = 0; k < lca::criterion_count(s.system); ++k)
      c.values[{phase, s.system.method.criteria[static_cast<std::size_t>(k)].code}] = s.adjoint.score(k, process);
  };
  read("", s.model.functional_unit);
  for (const auto& [phase, process] : s.model.phases) read(phase, process);
  c.tree = tree_of(s.model, s.system, s.adjoint);
  c.warnings = s.model.warnings;
  return c;
}

}  // namespace cradle::life
