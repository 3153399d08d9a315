// Doubt and sums, for every importer alike.
#include "cradle/report/imported_run.h"

#include <algorithm>

#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/record/journal.h"

namespace cradle::report {
namespace {

constexpr double kP95OfTenPercent = 1.645 * 0.1;  // normal, sd 10 %

}  // namespace

base::Interval widened(double j, double spread) { return {j, j / spread, j * spread}; }

double most_watts_of_gpu(std::string_view device, double count) {
  std::string_view name = base::trim(device);
  if (const std::size_t x = name.find(" x "); x != std::string_view::npos) name = base::trim(name.substr(x + 3));
  if (name.empty()) return kMostDevice_w * count;
  const auto tdp = catalog::try_find(catalog::built_in(), {"gpu.tdp", std::string(name), "", {}, ""});
  const bool its_own = tdp && !(*tdp)->name.empty();
  return count * (its_own ? (*tdp)->distribution.value : kMostDevice_w);
}

std::string place_of(const std::vector<std::string>& candidates) {
  for (const std::string& text : candidates) {
    const std::string sought = base::lower(base::trim(text));
    if (sought.empty()) continue;
    for (const catalog::Place& place : catalog::places()) {
      const auto is = [&](const std::string& name) { return base::lower(name) == sought; };
      if (is(place.code) || is(place.name) || std::any_of(place.aliases.begin(), place.aliases.end(), is))
        return place.code;
    }
  }
  return "";
}

void bill_everything(record::RunRecord& run, std::string rule, std::string tool) {
  run.total = {};
  for (const record::PartEnergy& part : run.parts) {
    run.total.value += part.j.value;
    run.total.low += part.j.low;
    run.total.high += part.j.high;
  }
  run.split = {run.total.value, 0, 0, tool + " does not split"};
  run.billed = {run.total, std::move(rule)};
}

void note(record::RunRecord& run, std::string detail, std::string part) {
  run.events.push_back({0, "imported", std::move(part), std::move(detail)});
}

void note_gap(record::RunRecord& run, std::string part, std::string detail) {
  run.events.push_back({0, "gap", std::move(part), std::move(detail)});
}

record::Emissions emissions_by_factor(const record::RunRecord& run, double kg_per_kwh, std::string id,
                                      std::string place, std::string source) {
  const record::GridFactor factor{
      std::move(id),
      std::move(place),
      std::move(source),
      0,
      {kg_per_kwh, kg_per_kwh * (1 - kP95OfTenPercent), kg_per_kwh * (1 + kP95OfTenPercent)}};
  return record::emissions_of(run.billed.j, factor);
}

}  // namespace cradle::report
