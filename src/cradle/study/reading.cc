// Small steps of reading a study's tables: figures with their bounds, words, cited files, electricity, hardware.
#include "cradle/study/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"

namespace cradle::study {

using base::Distribution;
using base::TomlTable;

namespace {

double least_of(const Distribution& d) { return base::quantile(d, 1e-9); }
double greatest_of(const Distribution& d) { return base::quantile(d, 1 - 1e-9); }

/// No facility spends a hundred times what its computers take.
constexpr double kMostPue = 100;

/// Says which bound is left, what was found, and what to look at.
void fault_of_bounds(TomlTable& table, std::string_view key, double low, double high, double least, double greatest) {
  if (greatest < kGreatest)
    table.fault(key, fmt::format("must lie between {} and {}, found {}", least, greatest,
                                 base::format_number(low < least ? low : high)));
  else if (low < least)
    table.fault(key, fmt::format("must be at least {}, found down to {}", least, base::format_number(low)));
  else
    table.fault(key, fmt::format("must be at most {}, found up to {}; is its unit that of the key?", greatest, high));
}

}  // namespace

std::optional<Distribution> figure(TomlTable& table, std::string_view key, double least, double greatest) {
  auto d = table.distribution(key);
  if (!d) return d;
  const double low = least_of(*d), high = greatest_of(*d);
  if (low >= least && high <= greatest) return d;  // false for a figure so wide that its ends are no numbers
  fault_of_bounds(table, key, low, high, least, greatest);
  return std::nullopt;
}

std::optional<double> number(TomlTable& table, std::string_view key, double least, double greatest) {
  const auto value = table.number(key);
  if (!value || (*value >= least && *value <= greatest)) return value;
  fault_of_bounds(table, key, *value, *value, least, greatest);
  return std::nullopt;
}

double count_of(TomlTable& table) {
  const auto count = table.number("count");
  if (count && !(*count > 0)) table.fault("count", fmt::format("must be above 0, found {}", *count));
  if (count && *count > 1e12) table.fault("count", fmt::format("must be at most 1e12, found {}", *count));
  return count && *count > 0 ? *count : 1;
}

std::optional<Stated> stated(TomlTable& table, std::string_view key, double least) {
  if (table.is_text(key)) {
    if (const auto text = table.text(key); text && *text != "default")
      table.fault(key, fmt::format("expected a figure, or \"default\" for the catalogue's, found \"{}\"", *text));
    return Stated{true, base::fixed(0)};
  }
  if (auto d = figure(table, key, least)) return Stated{false, *d};
  return std::nullopt;
}

std::optional<std::string> name_in(TomlTable& table, std::string_view key) {
  constexpr std::size_t kLongest = 200;
  const auto text = table.text(key);
  if (!text || text->size() <= kLongest) return text;
  table.fault(key, fmt::format("a name has at most {} characters, found {}", kLongest, text->size()));
  return text->substr(0, kLongest);
}

std::string word(TomlTable& table, std::string_view key, const std::vector<std::string>& words, std::string fallback) {
  const auto text = name_in(table, key);
  if (!text) return fallback;
  if (std::find(words.begin(), words.end(), *text) == words.end()) {
    std::string list;
    for (const std::string& w : words) list += (list.empty() ? "" : &w == &words.back() ? " or " : ", ") + w;
    table.fault(key, fmt::format("expected {}, found '{}'{}", list, *text, base::suggestion(*text, words)));
    return fallback;
  }
  return *text;
}

std::vector<Cited> cited(TomlTable& table, std::string_view key, const std::filesystem::path& folder) {
  std::vector<Cited> out;
  if (!table.has(key)) return out;
  const std::string where = table.where(key);
  if (const auto names = table.text_or_texts(key))
    for (const std::string& name : *names) {
      const std::filesystem::path path(name);
      out.push_back({path.is_absolute() ? path : folder / path, where});
    }
  return out;
}

Supply supply_of(TomlTable& table, PlaceIs place) {
  Supply supply;
  supply.where = table.where("place");
  supply.place = name_in(table, "place").value_or("");
  supply.carbon = figure(table, "carbon_kg_per_kwh");
  supply.water = figure(table, "water_l_per_kwh");
  supply.wue = figure(table, "wue");
  if (supply.place.empty() && !supply.carbon && place == PlaceIs::kNeeded)
    table.fault("place", "is missing: where the electricity was drawn, e.g. place = \"FR\"");
  if (supply.carbon && greatest_of(*supply.carbon) > 5)
    table.fault("carbon_kg_per_kwh",
                fmt::format("{} kg CO2e per kWh is more than any grid has (oil and coal come to about 1); was it "
                            "grams? 429 g/kWh is written 0.429",
                            base::format_number(greatest_of(*supply.carbon))));
  supply.facility = word(table, "facility", {"local", "hyperscale", "world"}, "");
  supply.pue = table.distribution("pue");
  if (supply.pue && least_of(*supply.pue) < 1.0)
    table.fault("pue", fmt::format("power usage effectiveness is facility energy over node energy and cannot be below "
                                   "1, found down to {}",
                                   base::format_number(least_of(*supply.pue))));
  else if (supply.pue && !(greatest_of(*supply.pue) <= kMostPue))
    table.fault("pue", fmt::format("must be at most {}, found up to {}", kMostPue, greatest_of(*supply.pue)));
  return supply;
}

std::optional<Hardware> hardware_of(TomlTable& table, std::string_view key) {
  Hardware hardware;
  hardware.where = table.where(key);
  const auto device = name_in(table, key);
  const auto share = figure(table, "share", 0.0, 1.0);
  hardware.lifetime_years = figure(table, "lifetime_years", 0.01, kMostYears);
  hardware.utilisation = figure(table, "utilisation", 1e-6, 1.0);
  hardware.count = count_of(table);
  hardware.parametric = table.boolean("parametric").value_or(false);
  hardware.infrastructure = table.boolean("infrastructure").value_or(true);
  if (!device) {
    for (const char* needless : {"share", "lifetime_years", "utilisation", "parametric", "infrastructure"})
      if (table.has(needless)) table.fault(needless, fmt::format("stands without '{}'", key));
    return std::nullopt;
  }
  hardware.device = *device;
  if (share) hardware.share = *share;
  return hardware;
}

std::vector<Device> devices_of(TomlTable table) {
  std::vector<Device> out;
  for (const std::string& name : table.keys()) {
    TomlTable t = table.table(name);
    if (!t.present()) continue;
    Device d;
    d.name = name;
    d.where = t.where();
    d.gwp_kg = figure(t, "gwp_kg");
    d.adpe_kg = figure(t, "adpe_kg");
    d.pe_mj = figure(t, "pe_mj");
    d.water_l = figure(t, "water_l");
    d.mass_kg = figure(t, "mass_kg");
    d.tdp_w = figure(t, "tdp_w");
    for (TomlTable& p : t.tables("part")) {
      PartOfDevice part;
      part.where = p.where();
      part.kind = name_in(p, "kind").value_or("");
      if (part.kind.empty()) p.fault("kind", "is missing: die, hbm, pcb, psu, … or other");
      part.name = name_in(p, "name").value_or("");
      if (auto amount = figure(p, "amount")) part.amount = *amount;
      part.gwp_kg = figure(p, "gwp_kg");
      part.adpe_kg = figure(p, "adpe_kg");
      part.pe_mj = figure(p, "pe_mj");
      part.water_l = figure(p, "water_l");
      d.parts.push_back(std::move(part));
    }
    if (d.parts.empty() && !d.gwp_kg && !d.tdp_w && !d.mass_kg)
      t.fault("gwp_kg", "is missing: give the device a figure (gwp_kg, …) or parts ([[device.NAME.part]])");
    out.push_back(std::move(d));
  }
  return out;
}

std::vector<Expected> expected_of(std::vector<TomlTable> tables, const std::filesystem::path& folder) {
  std::vector<Expected> out;
  for (TomlTable& t : tables) {
    Expected e;
    e.where = t.where();
    e.id = t.text("id").value_or("");
    if (e.id.empty()) t.fault("id", "is missing");
    e.quantity = t.text("quantity").value_or("");
    if (e.quantity.empty()) t.fault("quantity", "is missing: a criterion (GWP), node-energy or facility-energy");
    e.phase = t.text("phase").value_or("");
    e.process = t.text("process").value_or("");
    if (const auto against = t.text("against")) e.against = (folder / *against).string();
    if (const auto value = t.number("value")) {
      e.value = *value;
      if (*value == 0) t.fault("value", "must not be 0: the error of what is computed is relative to it");
    } else {
      t.fault("value", "is missing: the published figure");
    }
    e.unit = t.text("unit").value_or("");
    if (e.unit.empty()) t.fault("unit", "is missing: kg, t, lb, kWh, MWh, L, ML, … or 1 for a ratio");
    e.tolerance = t.number("tolerance").value_or(0.01);
    if (!(e.tolerance > 0)) t.fault("tolerance", "must be above 0 (relative: 0.02 is 2 %)");
    e.reproduces = t.boolean("reproduces").value_or(true);
    e.reason = t.text("reason").value_or("");
    if (!e.reproduces && e.reason.empty()) t.fault("reason", "is missing: why the figure does not reproduce");
    e.source = t.text("source").value_or("");
    if (e.source.empty()) t.fault("source", "is missing: who published the figure");
    e.independence = t.text("independence").value_or("");
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace cradle::study
