// Small steps of building a model.
#include "cradle/life/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/life/pedigree.h"
#include "cradle/life/words.h"

namespace cradle::life {

const std::vector<CriterionInfo>& criteria() {
  static const std::vector<CriterionInfo> all = {
      {"GWP", "climate change (AR6 GWP100)", "kgCO2e", ""},
      {"ADPe", "use of metals and minerals", "kgSb", "grid factors have one source of 2011; grade D"},
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

int Builder::parameter_of(const catalog::Factor& f) {
  const std::string id = catalog::id_of(f);
  if (const auto known = parameters_.find(id); known != parameters_.end()) return known->second;
  UsedFactor used;
  used.id = id;
  used.name = words_for(f);
  used.value = f.distribution.value;
  const base::Distribution d = widened(f);
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
  const int index = lca::add_parameter(model_.inventory, {id, used.name, d, f.unit});
  model_.factors.push_back(std::move(used));
  parameters_[id] = index;
  return index;
}

int Builder::factor(std::string_view key, std::string_view name, std::string_view place, std::string_view where) {
  catalog::Query query{std::string(key), std::string(name), std::string(place), study_.electricity_year,
                       study_.electricity_set};
  try {
    return parameter_of(catalog::find(catalog_, query));
  } catch (const base::Error& e) {
    base::fail("{}: {}", where, e.what());
  }
}

int Builder::try_factor(std::string_view key, std::string_view name, std::string_view place, bool any) {
  const catalog::Query query{std::string(key), std::string(name), std::string(place), study_.electricity_year,
                             study_.electricity_set};
  try {
    const auto found = catalog::try_find(catalog_, query);
    return found && (any || !(*found)->name.empty()) ? parameter_of(**found) : -1;
  } catch (const base::Error& e) {
    base::fail("{}: {}", study_.file, e.what());
  }
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

void Builder::assume(std::string text) {
  auto& list = model_.assumptions;
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

void Builder::warn(std::string text) {
  auto& list = model_.warnings;
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

}  // namespace cradle::life
