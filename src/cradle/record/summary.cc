// Units a person would choose, and no word that the sensors do not cover.
#include "cradle/record/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"

namespace cradle::record {
namespace {

std::string first_line(const RunRecord& r) {
  const std::string time = base::format_seconds(r.duration_s);
  if (r.parts.empty())
    return fmt::format("cradle: {} took {}; no power source could be read or modelled (`cradle doctor` says why)\n",
                       r.name, time);
  const std::string basis =
      is_modelled(r) ? "basis: " + basis_text(r) + ", an estimate" : "measured, basis: " + basis_text(r);
  return fmt::format("cradle: {} took {} and {}, nine cases in ten; {}\n", r.name, time,
                     base::format_interval(r.billed.j, "J"), basis);
}

std::string second_line(const RunRecord& r) {
  double covered = 1;
  for (const PartEnergy& p : r.parts) covered = std::min(covered, p.coverage);
  const auto of_kind = [&](const char* kind) {
    return std::count_if(r.events.begin(), r.events.end(), [&](const Event& e) { return e.kind == kind; });
  };
  std::string notes;
  if (covered < 0.995) notes += fmt::format("; coverage {:.0f} %", covered * 100);
  for (const char* kind : {"gap", "reset", "suspend"})
    if (const auto n = of_kind(kind)) notes += fmt::format("; {} {}{}", n, kind, n > 1 ? "s" : "");
  return fmt::format("cradle: billed {}; machine {}: mine {}, others {}, idle {}{}\n", r.billed.rule,
                     base::format_joules(r.total.value), base::format_joules(r.split.mine_j),
                     base::format_joules(r.split.others_j), base::format_joules(r.split.idle_j), notes);
}

std::string third_line(const RunRecord& r, bool kept_on_disk) {
  const std::string kept = kept_on_disk ? "; record " + r.id : "";
  if (!r.emissions) return fmt::format("cradle: CO2e unknown without a place: pass --place FR{}\n", kept);
  const Emissions& e = *r.emissions;
  const base::Interval kg = {e.co2e_g.value / 1000, e.co2e_g.low / 1000, e.co2e_g.high / 1000};
  return fmt::format("cradle: {} at {} gCO2e/kWh, {} {}{}\n", base::format_interval(kg, "kgCO2e"),
                     base::format_number(e.factor_kg_per_kwh * 1000), e.factor_place, e.factor_year, kept);
}

}  // namespace

std::string summary_of(const RunRecord& record, bool kept) {
  return first_line(record) + second_line(record) + third_line(record, kept);
}

}  // namespace cradle::record
