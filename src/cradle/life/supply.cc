// Electricity from the grid to the node.
#include "cradle/life/supply.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/catalog/place.h"

namespace cradle::life {
namespace {

struct GridFactor {
  const char* code;  // criterion
  const char* key;   // in the catalogue, per kWh
  const char* what;
};
constexpr GridFactor kGridFactors[] = {{"GWP", "grid.gwp", "greenhouse gases"},
                                       {"ADPe", "grid.adpe", "metals and minerals"},
                                       {"PE", "grid.pe", "primary energy"},
                                       {"WU", "grid.water", "water of power stations"}};

std::string place_code(const Supply& supply) {
  try {
    return catalog::resolve_place(supply.place).code;
  } catch (const base::Error& e) {
    base::fail("{}: 'place': {}", supply.where, e.what());
  }
}

}  // namespace

int grid_electricity(Builder& b, const Supply& supply) {
  const std::string place = place_code(supply);
  const std::string id = "electricity:" + place;
  if (const int known = b.find_process(id); known >= 0) return known;
  // The climate factor must exist for the place; the others may fall back to the world, and say so.
  const int gwp = b.factor("grid.gwp", "", place, supply.where);
  const int process = b.process(id, fmt::format("electricity, {}", place), "kWh");
  for (const GridFactor& g : kGridFactors) {
    const int parameter = std::string_view(g.code) == "GWP" ? gwp : b.try_factor(g.key, "", place);
    if (parameter < 0) {
      b.warn(fmt::format("{}: the catalogue has no {} of electricity in {}; it is left out", g.code, g.what, place));
      continue;
    }
    const UsedFactor& used = b.model().factors[parameter];
    if (used.place != place)
      b.assume(fmt::format("{} of electricity in {}: the factor of {} stands in, as the catalogue has none nearer",
                           g.what, place, used.place));
    if (std::string_view(g.code) == "GWP" && b.study().electricity_year && used.year != *b.study().electricity_year)
      b.assume(fmt::format("electricity in {}: the catalogue has no factor for {}; that of {} is used", place,
                           *b.study().electricity_year, used.year));
    b.cause(process, g.code, 1.0, {{parameter, 1.0}});
  }
  return process;
}

int node_electricity(Builder& b, const Supply& supply, const std::string& activity) {
  const std::string id = "node-electricity:" + activity;
  if (const int known = b.find_process(id); known >= 0) return known;
  const int grid = grid_electricity(b, supply);
  const int process = b.process(id, fmt::format("electricity of {} at the computer", activity), "kWh");
  int pue;
  if (supply.pue) {
    pue = b.input("pue:" + activity, fmt::format("PUE of {}", activity), *supply.pue, "-", "input", supply.where);
  } else {
    const std::string facility = supply.facility.empty() ? "world" : supply.facility;
    pue = b.factor("pue." + facility, "", "", supply.where);
    if (facility == "world")
      b.assume(
          fmt::format("{}: facility not stated, the world's mean PUE is used (facility = \"local\" or "
                      "\"hyperscale\" changes it)",
                      activity));
  }
  b.consume(process, grid, 1.0, {{pue, 1.0}});
  // Water evaporated on site is defined per kWh at the node (ISO/IEC 30134-9), so it is not multiplied by PUE;
  // that of power stations is per kWh of the grid and comes with the grid's electricity.
  if (supply.facility != "local") {
    const int wue = b.factor("wue.onsite", "", "", supply.where);
    b.cause(process, "WU", 1.0, {{wue, 1.0}});
  }
  return process;
}

}  // namespace cradle::life
