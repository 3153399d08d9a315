// Electricity from the grid to the computer: views, losses, the years' path, PUE, water.
#include "cradle/life/supply.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/catalog/place.h"

namespace cradle::life {
namespace {

/// Criteria other than climate, whose factors may stand in from a place around.
struct GridFactor {
  const char* code;  // criterion
  const char* key;   // in the catalogue, per kWh
  const char* what;
};
constexpr GridFactor kGridFactors[] = {{"ADPe", "grid.adpe", "metals and minerals"},
                                       {"PE", "grid.pe", "primary energy"},
                                       {"WU", "grid.water", "water of power stations"}};

std::string key_of_view(const std::string& view) {
  return view == "location-marginal" ? "grid.gwp_marginal" : view == "market" ? "grid.gwp_market" : "grid.gwp";
}

/// The parameter of the carbon of 1 kWh by the study's view, or the average's if the place has none of that view.
int carbon_of(Builder& b, const Supply& supply, const std::string& place, const std::string& activity) {
  if (supply.carbon)
    return b.input("carbon:" + activity, fmt::format("carbon intensity of the electricity of {}", activity),
                   *supply.carbon, "kgCO2e/kWh", "input", supply.where);
  const std::string key = key_of_view(b.study().view);
  const int parameter = key == "grid.gwp" ? -1 : b.try_factor(key, "", place);
  if (parameter < 0 && key != "grid.gwp") {
    b.model().average_stands_in = true;
    b.warn(fmt::format("electricity in {}: the catalogue has no {} figure; the average stands in", place,
                       b.study().view == "market" ? "market" : "marginal"));
  }
  return parameter >= 0 ? parameter : b.factor("grid.gwp", "", place, supply.where);
}

/// Says where a figure of another place or year stands in.
void note_stand_in(Builder& b, int parameter, const std::string& what, const std::string& place) {
  const UsedFactor& used = b.used(parameter);
  if (!used.place.empty() && used.place != place)
    b.stand_in(fmt::format("{} of electricity in {}: the factor of {} stands in, as the catalogue has none nearer",
                           what, place, used.place));
  if (b.study().electricity_year && used.year != *b.study().electricity_year && used.year > 0)
    b.warn(fmt::format("{} of electricity in {}: the catalogue has no factor for {}; that of {} is used", what, place,
                       *b.study().electricity_year, used.year));
}

void add_carbon(Builder& b, int process, int carbon, const YearShares& years) {
  const bool path = b.study().grid_decline && years.size() > 1;
  const int left = path ? b.input("grid-decline", "carbon left per year (1 − decline)",
                                  base::complement(*b.study().grid_decline), "1", "input", b.source("electricity"))
                        : -1;
  if (!path) {
    b.cause(process, "GWP", 1.0, {{carbon, 1.0}});
    return;
  }
  for (std::size_t y = 0; y < years.size(); ++y) {
    Terms terms = {{carbon, 1.0}};
    if (y > 0) terms.push_back({left, static_cast<double>(y)});
    b.cause(process, "GWP", years[y], std::move(terms));
  }
}

bool is_region(const std::string& place) { return place.find(':') != std::string::npos; }  // "aws:eu-west-3"

/// Whether a carbon intensity is per kWh used: what the study states, and a cloud region's own figure. A country's is
/// per kWh generated, also where it stands in for a region of that country.
bool is_of_consumption(Builder& b, const Supply& supply, int carbon) {
  return supply.carbon.has_value() || is_region(b.used(carbon).place);
}

/// What arrives of a generated kWh in a place, or -1 if the catalogue does not know.
int arriving(Builder& b, const std::string& place) {
  const int share = b.complement("grid.loss", place, "share of the electricity generated that arrives");
  if (share >= 0 && b.used(share).place == "WORLD" && place != "WORLD")
    b.stand_in(
        fmt::format("losses of the grid in {}: those of the world stand in, as the catalogue has none nearer", place));
  return share;
}

/// 1 kWh as it leaves the power stations.
int generation(Builder& b, const Supply& supply, int carbon, const std::string& id, const std::string& place,
               const std::string& activity, const YearShares& years) {
  const int process = b.process("generation:" + id, fmt::format("electricity generated for {}", id), "kWh");
  add_carbon(b, process, carbon, years);
  if (!supply.carbon) note_stand_in(b, carbon, "greenhouse gases", place);
  // The other factors are of generation everywhere: where the carbon is of consumption they take the losses here.
  const bool consumption = is_of_consumption(b, supply, carbon);
  const int arrives = arriving(b, place);
  for (const GridFactor& g : kGridFactors) {
    const bool own_water = std::string_view(g.code) == "WU" && supply.water;
    const int parameter = own_water
                              ? b.input("water:" + activity, fmt::format("water of the power stations of {}", activity),
                                        *supply.water, "L/kWh", "input", supply.where)
                              : b.try_factor(g.key, "", place);
    if (parameter < 0) {
      b.warn(fmt::format("{}: the catalogue has no {} of electricity in {}; it is left out", g.code, g.what, place));
      continue;
    }
    Terms terms = {{parameter, 1.0}};
    if (arrives >= 0 && consumption && !own_water) terms.push_back({arrives, -1.0});
    if (arrives >= 0 && !consumption && own_water) terms.push_back({arrives, 1.0});  // stated per kWh used
    b.cause(process, g.code, 1.0, std::move(terms));
    if (!own_water) note_stand_in(b, parameter, g.what, place);
  }
  b.flow("electricity:" + place, fmt::format("electricity generated in {}", place), "kWh");
  b.cause(process, "electricity:" + place, 1.0);
  return process;
}

}  // namespace

std::string place_code(const Supply& supply) {
  if (supply.place.empty()) return "WORLD";
  try {
    return catalog::resolve_place(supply.place).code;
  } catch (const base::Error& e) {
    base::fail("{}: 'place': {}", supply.where, e.what());
  }
}

int grid_electricity(Builder& b, const Supply& supply, const std::string& activity, const YearShares& years) {
  const std::string place = place_code(supply);
  std::string id = supply.place.empty() ? activity : place;
  if (supply.carbon || supply.water) id = fmt::format("{} of {}", place, activity);
  if (b.study().grid_decline && years.size() > 1) id += fmt::format(" over {} years", years.size());
  if (const int known = b.find_process("electricity:" + id); known >= 0) return known;
  const int carbon = carbon_of(b, supply, place, activity);
  const int generated = generation(b, supply, carbon, id, place, activity, years);
  const int process = b.process("electricity:" + id, fmt::format("electricity at the meter, {}", id), "kWh");
  const int arrives = is_of_consumption(b, supply, carbon) ? -1 : arriving(b, place);
  b.consume(process, generated, 1.0, arrives < 0 ? Terms{} : Terms{{arrives, -1.0}});
  b.cause(process, kFacilityEnergy, 1.0);
  return process;
}

int pue_of(Builder& b, const Supply& supply, const std::string& activity) {
  if (supply.pue)
    return b.input("pue:" + activity, fmt::format("PUE of {}", activity), *supply.pue, "1", "input", supply.where);
  if (!supply.facility.empty()) return b.factor("pue." + supply.facility, "", "", supply.where);
  const std::string place = place_code(supply);
  if (is_region(place)) {
    if (const int region = b.try_factor("pue.region", "", place); region >= 0) return region;
    const std::string provider = place.substr(0, place.find(':'));
    if (const int of_provider = b.try_factor("pue.provider", provider, "", false); of_provider >= 0) return of_provider;
  }
  b.assume(
      fmt::format("{}: facility not stated, the world's mean PUE is used (facility = \"local\" or \"hyperscale\", "
                  "or pue = …, changes it)",
                  activity));
  return b.factor("pue.world", "", "", supply.where);
}

int node_electricity(Builder& b, const Supply& supply, const std::string& activity, const YearShares& years,
                     const std::string& stated_for) {
  const std::string id = "node-electricity:" + activity;
  if (const int known = b.find_process(id); known >= 0) return known;
  const int grid = grid_electricity(b, supply, stated_for.empty() ? activity : stated_for, years);
  const int process = b.process(id, fmt::format("electricity of {} at the computer", activity), "kWh");
  b.consume(process, grid, 1.0, {{pue_of(b, supply, activity), 1.0}});
  b.cause(process, kNodeEnergy, 1.0);
  // Water evaporated on site is defined per kWh at the node (ISO/IEC 30134-9), so it is not multiplied by PUE;
  // that of power stations is per kWh of the grid and comes with the grid's electricity.
  int wue = -1;
  if (supply.wue) {
    wue = b.input("wue:" + activity, fmt::format("water on site of {}", activity), *supply.wue, "L/kWh", "input",
                  supply.where);
  } else if (in_data_centre(supply)) {
    const std::string place = place_code(supply);
    if (is_region(place) && supply.facility.empty()) {
      wue = b.try_factor("wue.region", "", place);
      if (wue < 0) wue = b.try_factor("wue.provider", place.substr(0, place.find(':')), "", false);
    }
    if (wue < 0) wue = b.factor("wue.onsite", "", "", supply.where);
  }
  if (wue >= 0) b.cause(process, "WU", 1.0, {{wue, 1.0}});
  return process;
}

}  // namespace cradle::life
