// The totals under other choices than the study's.
#include "cradle/life/alternatives.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/lca/reach.h"
#include "cradle/lca/sample.h"
#include "cradle/life/figures.h"

namespace cradle::life {
namespace {

using study::Alternative;

/// Totals of a study as it stands; a share of the phases production and end of life may be left to a second life.
std::vector<study::Total> totals_of(const Model& model, const std::string& file, const AssessOptions& options,
                                    double share_left = 1.0) {
  const lca::System system = lca::compile(model.inventory, model.method);
  const lca::Adjoint adjoint = finite_adjoint(system, file);
  std::vector<int> probes = {model.functional_unit};
  for (const auto& [phase, process] : model.phases)
    if (share_left != 1.0 && (phase == "production" || phase == "end-of-life")) probes.push_back(process);
  lca::SampleOptions how;
  how.threads = options.threads;
  const lca::Samples samples =
      lca::sample(system, probes, std::min(options.samples, kAlternativeSamples), options.seed, how);
  std::vector<study::Total> totals;
  for (std::size_t i = 0; i < model.criteria.size(); ++i) {
    const int k = model.criterion_index[i];
    double central = adjoint.score(k, model.functional_unit);
    std::vector<double> draws(samples.of(0, k).begin(), samples.of(0, k).end());
    for (std::size_t p = 1; p < probes.size(); ++p) {
      central -= (1 - share_left) * adjoint.score(k, probes[p]);
      for (std::size_t s = 0; s < draws.size(); ++s) draws[s] -= (1 - share_left) * samples.of(p, k)[s];
    }
    if (lca::reached(system, k)[static_cast<std::size_t>(model.functional_unit)])
      totals.push_back({model.criteria[i].code, figure_of(central, draws)});
  }
  return totals;
}

Alternative one_of(const Study& changed, const catalog::Catalog& catalog, const AssessOptions& options,
                   std::string kind, std::string name, std::string note) {
  Alternative a{std::move(kind), std::move(name), false, {}, std::move(note)};
  const Model model = build_model(changed, catalog);
  if (a.kind == "electricity" && model.average_stands_in) {
    if (a.name == "location-marginal") {
      a.note = "the catalogue has no marginal figure for every place of this study";
      return a;
    }
    // Where neither contract nor residual mix is known, the standard's own order ends at the grid's average.
    a.note += "; where neither is known, the grid's average (GHG Protocol Scope 2 Guidance, table 6.3)";
  }
  a.per_unit = totals_of(model, changed.file, options);
  return a;
}

}  // namespace

std::vector<Alternative> alternatives(const Study& study, const catalog::Catalog& catalog,
                                      const AssessOptions& options) {
  std::vector<Alternative> out;
  const std::pair<const char*, const char*> rules[] = {
      {"active-time", "share of the hours that a device works in its life; idle life falls on the users"},
      {"calendar-time", "share of its life by the calendar (SCI's M, ISO/IEC 21031); idle life falls on nobody"},
      {"early-retirement", "as active-time, the device retired at the P5 of its lifetime"}};
  for (const auto& [name, note] : rules) {
    Study changed = study;
    changed.allocation = name;
    out.push_back(one_of(changed, catalog, options, "allocation", name, note));
    out.back().chosen = study.allocation == name;
  }
  const std::pair<const char*, const char*> views[] = {
      {"location-average", "mean of the place's electricity"},
      {"location-marginal", "what one more kilowatt-hour causes there"},
      {"market", "what is left, or what the provider says it buys"}};
  for (const auto& [name, note] : views) {
    Study changed = study;
    changed.view = name;
    out.push_back(one_of(changed, catalog, options, "electricity", name, note));
    out.back().chosen = study.view == name;
  }
  if (study.end_of_life) {
    const double second = study.end_of_life->second_life.value_or(1.0);
    const Model model = build_model(study, catalog);
    out.push_back({"end-of-life", "cut-off", true, totals_of(model, study.file, options),
                   "the first life carries making and waste"});
    out.push_back({"end-of-life", "50:50", false, totals_of(model, study.file, options, 1.0 - 0.5 * second),
                   "half of making and waste falls on a second life of those devices that have one"});
  }
  return out;
}

}  // namespace cradle::life
