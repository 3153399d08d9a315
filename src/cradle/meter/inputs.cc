// Queries to the catalogue, turned into the meter's own structs.
#include "cradle/meter/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cradle/base/error.h"
#include "cradle/catalog/match_cpu.h"

namespace cradle::meter {
namespace {

using base::Interval;
using catalog::Catalog;
using catalog::Factor;

// P5 to P95 of true power around the load curve. Tools that multiply TDP by load err by up to 40 % against a wall
// meter (arXiv 2509.22092); taken here as the bounds of nine cases in ten. Assumed, grade C.
constexpr Interval kCurveError = {1, 1 / 1.4, 1.4};

std::vector<LoadPoint> load_curve(const Catalog& catalog) {
  const std::string prefix = "load-";
  std::vector<LoadPoint> curve;
  for (const Factor* f : catalog::matching(
           catalog, {.key = "power.cpu_load_fraction", .name = prefix, .place = {}, .set = "", .table = {}})) {
    double percent = 0;
    const char* digits = f->name.c_str() + prefix.size();
    if (f->name.starts_with(prefix) &&
        std::from_chars(digits, f->name.c_str() + f->name.size(), percent).ec == std::errc())
      curve.push_back({percent / 100, f->distribution.value});
  }
  std::sort(curve.begin(), curve.end(), [](const LoadPoint& a, const LoadPoint& b) { return a.load < b.load; });
  if (curve.size() < 2)
    base::fail("the catalogue has no load curve: rows of power.cpu_load_fraction named load-0 … load-100 are missing");
  return curve;
}

/// W of TDP per physical core, over the rows for which the catalogue knows the cores; over all processors if none.
Interval tdp_per_core(const Catalog& catalog, const std::vector<const Factor*>& rows, int& models) {
  std::vector<double> watts;
  const auto add = [&](const Factor& tdp) {
    const auto cores = catalog::try_find(catalog, {"cpu.cores", tdp.name, "", {}, ""});
    if (cores && (*cores)->name == tdp.name) watts.push_back(tdp.distribution.value / (*cores)->distribution.value);
  };
  for (const Factor* row : rows) add(*row);
  if (watts.empty())
    for (const Factor* cores : catalog::matching(catalog, {"cpu.cores", "", "", "", ""})) {
      const auto tdp = catalog::try_find(catalog, {"cpu.tdp", cores->name, "", {}, ""});
      if (tdp && (*tdp)->name == cores->name) watts.push_back((*tdp)->distribution.value / cores->distribution.value);
    }
  models = static_cast<int>(watts.size());
  return watts.empty() ? Interval{} : base::summary_of(std::move(watts));
}

void add_tdp(const Catalog& catalog, const MachineFacts& facts, PowerModelInputs& inputs) {
  if (facts.record.cpu.empty()) return;
  const catalog::CpuMatch match = catalog::match_cpu(catalog, facts.record.cpu);
  const bool whole = !facts.virtual_machine && match.fit != catalog::CpuFit::kNone;
  if (whole) {
    const double n = facts.sockets;
    inputs.tdp_w = {match.tdp.value * n, match.tdp.low * n, match.tdp.high * n};
    inputs.cpu = fmt::format("{} x {}, {:.0f} W TDP", facts.sockets,
                             match.rows.size() == 1 ? match.rows[0]->name : facts.record.cpu, match.tdp.value);
    return;
  }
  int models = 0;
  const Interval core = tdp_per_core(catalog, match.rows, models);
  const double n = facts.online_cpus;
  inputs.tdp_w = {core.value / 2 * n, core.low / 2 * n, core.high * n};
  inputs.cpu = fmt::format("{} CPUs of {} ({:.1f} W TDP per thread, from {} models)", facts.online_cpus,
                           facts.record.cpu, core.value / 2, models);
}

}  // namespace

PowerModelInputs power_inputs(const Catalog& catalog, const MachineFacts& facts) {
  PowerModelInputs inputs;
  inputs.load_curve = load_curve(catalog);
  inputs.curve_error = kCurveError;
  const Factor& ram = catalog::find(catalog, {"power.ram", "", "", {}, ""});
  inputs.ram_w_per_gb = {ram.distribution.value, ram.low, ram.high};
  add_tdp(catalog, facts, inputs);
  return inputs;
}

record::GridFactor grid_factor(const Catalog& catalog, std::string_view place) {
  const Factor& f = catalog::find(catalog, {"grid.gwp", "", std::string(place), {}, ""});
  return {catalog::id_of(f), f.place, f.source, f.year, {f.distribution.value, f.low, f.high}};
}

}  // namespace cradle::meter
