// Small steps of building a model.
#include "cradle/life/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/lca/figure.h"
#include "cradle/life/pedigree.h"
#include "cradle/life/words.h"

namespace cradle::life {

const std::vector<CriterionInfo>& criteria() {
  static const std::vector<CriterionInfo> all = {
      {"GWP", "climate change (AR6 GWP100)", "kgCO2e", ""},
      {"ADPe", "use of metals and minerals", "kgSb", ""},
      {"PE", "primary energy", "MJ", ""},
      {"WU", "water use", "L", ""},
      {"EW", "electronic waste", "kg", "mass of devices that become waste, allocated by time"}};
  return all;
}

const std::vector<Indicator>& indicators() {
  static const std::vector<Indicator> all = {{kNodeEnergy, "electricity at the computer"},
                                             {kFacilityEnergy, "electricity at the facility's meter"}};
  return all;
}

Terms joined(Terms a, const Terms& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Builder::Builder(const Study& study, const catalog::Catalog& catalog) : study_(study), catalog_(catalog) {
  // One aggregated flow for each criterion, already in the criterion's unit; one for each indicator, in kWh.
  model_.method.name = "cradle, five criteria";
  model_.criteria = criteria();
  const auto aggregated = [&](const std::string& code, const std::string& name, const std::string& unit) {
    lca::add_flow(model_.inventory, {code, name, unit});
    const int criterion = lca::add_criterion(model_.method, {code, name, unit});
    lca::add_factor(model_.method, {criterion, code, base::fixed(1.0), "", {}});
  };
  for (const CriterionInfo& c : model_.criteria) {
    model_.criterion_index.push_back(static_cast<int>(model_.method.criteria.size()));
    aggregated(c.code, c.name, c.unit);
  }
  for (const Indicator& i : indicators()) aggregated(i.code, i.name, "kWh");
  model_.own_criteria = static_cast<int>(model_.method.criteria.size());
}

std::string Builder::source(std::string_view table) const {
  return fmt::format("{} [{}]", std::filesystem::path(study_.file).filename().string(), table);
}

namespace {

/// A factor as a result lists it; `d` is its distribution after widening.
UsedFactor used_factor(const catalog::Factor& f, const base::Distribution& d) {
  UsedFactor used;
  used.id = catalog::id_of(f);
  used.name = words_for(f);
  used.value = f.distribution.value;
  used.low = d == f.distribution ? f.low : base::quantile(d, 0.05);
  used.high = d == f.distribution ? f.high : base::quantile(d, 0.95);
  used.distribution = std::string(base::name_of(d.shape));
  used.unit = f.unit;
  used.place = f.place;
  used.year = f.year;
  used.licence = f.licence;
  used.grade = std::string(catalog::name_of(f.grade));
  used.source = f.source;
  used.note = f.note;
  if (d != f.distribution)
    used.note +=
        fmt::format("{}interval widened by grade {}", used.note.empty() ? "" : "; ", catalog::name_of(f.grade));
  used.status = "catalogue";
  return used;
}

}  // namespace

int Builder::add(UsedFactor used, const base::Distribution& d) {
  if (const auto known = parameters_.find(used.id); known != parameters_.end()) return known->second;
  const int index = lca::add_parameter(model_.inventory, {used.id, used.name, d, used.unit});
  parameters_[used.id] = index;
  model_.factors.push_back(std::move(used));
  return index;
}

catalog::Query Builder::query(std::string_view key, std::string_view name, std::string_view place) const {
  // The study's year is that of its electricity; a board's die area has no other year.
  const bool electricity = key.starts_with("grid.") || key.starts_with("pue.") || key.starts_with("wue.");
  return {std::string(key), std::string(name), std::string(place), electricity ? study_.electricity_year : std::nullopt,
          study_.electricity_set};
}

const catalog::Factor* Builder::try_find(const catalog::Query& query) const {
  try {
    return catalog::try_find(catalog_, query).value_or(nullptr);
  } catch (const base::Error& e) {  // an unknown place or set is a slip of the study
    base::fail("{}: {}", study_.file, e.what());
  }
}

int Builder::parameter_of(const catalog::Factor& f) {
  const base::Distribution d = widened(f);
  return add(used_factor(f, d), d);
}

int Builder::complement(std::string_view key, std::string_view place, std::string_view name) {
  const catalog::Factor* found = try_find(query(key, "", place));
  if (!found) return -1;
  const base::Distribution d = widened(*found);
  UsedFactor used = used_factor(*found, d);
  used.note = fmt::format("1 − {} = 1 − {:g}{}{}", key, used.value, used.note.empty() ? "" : "; ", used.note);
  used.id = "1-" + used.id;
  used.name = fmt::format("{}, {}", name, used.place);
  used.value = 1 - used.value;
  used.low = 1 - std::exchange(used.high, 1 - used.low);
  return add(std::move(used), base::complement(d));
}

int Builder::factor(std::string_view key, std::string_view name, std::string_view place, std::string_view where) {
  try {
    return parameter_of(catalog::find(catalog_, query(key, name, place)));
  } catch (const base::Error& e) {
    base::fail("{}: {}", where, e.what());
  }
}

int Builder::try_factor(std::string_view key, std::string_view name, std::string_view place, bool any) {
  const auto found = try_find(query(key, name, place));
  return found && (any || !found->name.empty()) ? parameter_of(*found) : -1;
}

int Builder::input(std::string id, std::string name, const base::Distribution& d, std::string unit, std::string status,
                   std::string source) {
  if (const auto known = parameters_.find(id); known != parameters_.end()) return known->second;
  UsedFactor used;
  used.id = id;
  used.name = name;
  used.value = d.value;
  used.low = base::quantile(d, 0.05);
  used.high = base::quantile(d, 0.95);
  used.distribution = std::string(base::name_of(d.shape));
  used.unit = unit;
  used.source = std::move(source);
  used.status = std::move(status);
  const int index = lca::add_parameter(model_.inventory, {id, std::move(name), d, std::move(unit)});
  model_.factors.push_back(std::move(used));
  parameters_[std::move(id)] = index;
  return index;
}

int Builder::stated(const study::Stated& stated, std::string_view key, std::string id, std::string name,
                    std::string_view table) {
  return stated.from_catalogue ? factor(key, "", "", source(table))
                               : input(std::move(id), std::move(name), stated.figure, "1", "input", source(table));
}

double Builder::central(double coefficient, const Terms& terms) const {
  for (const lca::Term& term : terms)
    coefficient *= lca::power(model_.inventory.parameters[static_cast<std::size_t>(term.parameter)].distribution.value,
                              term.exponent);
  return coefficient;
}

std::string Builder::names_like(const std::string& text) const {
  constexpr std::size_t kMost = 6;
  std::vector<std::string> names;
  for (const char* key : {"gpu.tdp", "device.gwp"}) {
    const std::vector<std::string> known = catalog::keys(catalog_);
    if (std::find(known.begin(), known.end(), key) == known.end()) continue;
    catalog::Filter filter;
    filter.key = key;
    filter.name = text;
    for (const catalog::Factor* f : catalog::matching(catalog_, filter))
      if (std::find(names.begin(), names.end(), f->name) == names.end()) names.push_back(f->name);
  }
  const std::size_t more = names.size() > kMost ? names.size() - kMost : 0;
  names.resize(names.size() - more);
  return names.empty() ? ""
                       : fmt::format("'{}'{}", fmt::join(names, "', '"), more ? fmt::format(" and {} more", more) : "");
}

int Builder::process(std::string id, std::string name, std::string unit) {
  const int index = lca::add_process(model_.inventory, {id, std::move(name), std::move(unit)});
  processes_[std::move(id)] = index;
  return index;
}

int Builder::find_process(std::string_view id) const {
  const auto at = processes_.find(id);
  return at == processes_.end() ? -1 : at->second;
}

std::string Builder::next_exchange_id(int process, std::string_view what) {
  const std::string id = fmt::format("{} > {}", model_.inventory.processes[process].id, what);
  const int n = exchange_ids_[id]++;
  return n == 0 ? id : fmt::format("{} ({})", id, n + 1);
}

void Builder::consume(int process, int product, double coefficient, Terms terms) {
  const std::string id = next_exchange_id(process, model_.inventory.processes[product].id);
  lca::add_input(model_.inventory, {id, process, product, base::fixed(coefficient), std::move(terms)});
}

void Builder::cause(int process, std::string_view id, double coefficient, Terms terms) {
  const auto flow = lca::find_flow(model_.inventory, id);
  assert(flow);
  lca::add_output_to_nature(
      model_.inventory, {next_exchange_id(process, id), process, *flow, base::fixed(coefficient), std::move(terms)});
}

void Builder::flow(std::string id, std::string name, std::string unit) {
  if (!lca::find_flow(model_.inventory, id))
    lca::add_flow(model_.inventory, {std::move(id), std::move(name), std::move(unit)});
}

namespace {

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

}  // namespace

void Builder::assume(std::string text) { add_once(model_.assumptions, std::move(text)); }

void Builder::stand_in(std::string text) {
  add_once(model_.stand_ins, text);
  assume(std::move(text));
}

void Builder::warn(std::string text) { add_once(model_.warnings, std::move(text)); }

}  // namespace cradle::life
