// Small steps of building a model.
#include "cradle/life/builder.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "cradle/base/error.h"

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

namespace {

/// What a key of the catalogue is in words; a key without words stands for itself.
std::string words_for(const catalog::Factor& f) {
  static const std::map<std::string, std::string> words = {
      {"grid.gwp", "carbon intensity of electricity"},
      {"grid.adpe", "metals used by electricity"},
      {"grid.pe", "primary energy of electricity"},
      {"grid.water", "water of power stations"},
      {"pue.world", "PUE, world"},
      {"pue.hyperscale", "PUE, hyperscale"},
      {"pue.local", "PUE, local"},
      {"wue.onsite", "water on site (WUE)"},
      {"net.fixed", "network energy per GB"},
      {"eol.weee", "treatment of electronic waste"},
      {"device.gwp", "climate impact of making"},
      {"device.adpe", "metals used by making"},
      {"device.pe", "primary energy of making"},
      {"device.mass", "mass of"},
      {"gpu.gwp", "climate impact of making"},
      {"gpu.adpe", "metals used by making"},
      {"gpu.pe", "primary energy of making"},
      {"gpu.mass", "mass of"},
      {"gpu.tdp", "rated power of"},
      {"life.gpu_y", "lifetime of a GPU"},
      {"life.cpu_server_y", "lifetime of a server"},
      {"life.smartphone_y", "lifetime of a phone"},
      {"life.edge_board_y", "lifetime of an edge device"},
      {"util.datacentre_gpu", "share of its life in use, data centre"},
      {"util.local_workstation", "share of its life in use, workstation"},
      {"util.edge_camera_24_7", "share of its life in use, camera"},
      {"power.gpu_load_fraction", "GPU power per rated power"},
      {"power.node_to_gpu_ratio", "power of the node per power of its GPUs"}};
  const auto at = words.find(f.key);
  std::string text = at == words.end() ? f.key : at->second;
  if (!f.name.empty()) text += (at == words.end() ? " of " : " ") + f.name;
  if (!f.place.empty()) text += ", " + f.place;
  return text;
}

}  // namespace

Builder::Builder(const Study& study, const catalog::Catalog& catalog) : study_(study), catalog_(catalog) {
  // One aggregated flow for each criterion, already in the criterion's unit.
  model_.method.name = "cradle, five criteria";
  for (const CriterionInfo& c : criteria()) {
    lca::add_flow(model_.inventory, {c.code, c.name, c.unit});
    const int criterion = lca::add_criterion(model_.method, {c.code, c.name, c.unit});
    lca::add_factor(model_.method, {criterion, c.code, base::fixed(1.0), "", {}});
  }
}

int Builder::parameter_of(const catalog::Factor& f) {
  const std::string id = catalog::id_of(f);
  if (const auto known = parameters_.find(id); known != parameters_.end()) return known->second;
  UsedFactor used;
  used.id = id;
  used.name = words_for(f);
  used.value = f.distribution.value;
  used.low = f.low;
  used.high = f.high;
  used.distribution = std::string(base::name_of(f.distribution.shape));
  used.unit = f.unit;
  used.place = f.place;
  used.year = f.year;
  used.licence = f.licence;
  used.grade = std::string(catalog::name_of(f.grade));
  used.source = f.source;
  used.note = f.note;
  used.status = "catalogue";
  const int index = lca::add_parameter(model_.inventory, {id, used.name, f.distribution, f.unit});
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

int Builder::try_factor(std::string_view key, std::string_view name, std::string_view place) {
  const catalog::Query query{std::string(key), std::string(name), std::string(place), study_.electricity_year,
                             study_.electricity_set};
  const auto found = catalog::try_find(catalog_, query);
  return found ? parameter_of(**found) : -1;
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
  // The study's name is enough: the folder it lay in says nothing to a reader elsewhere.
  const std::string folder = std::filesystem::path(study_.file).parent_path().string();
  if (!folder.empty() && source.starts_with(folder + "/")) source.erase(0, folder.size() + 1);
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

void Builder::consume(int process, int product, double coefficient, std::vector<lca::Term> terms) {
  const std::string id = next_exchange_id(process, model_.inventory.processes[product].id);
  lca::add_input(model_.inventory, {id, process, product, base::fixed(coefficient), std::move(terms)});
}

void Builder::cause(int process, std::string_view code, double coefficient, std::vector<lca::Term> terms) {
  const auto& all = criteria();
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.code == code; });
  const std::string id = next_exchange_id(process, code);
  lca::add_output_to_nature(
      model_.inventory, {id, process, static_cast<int>(at - all.begin()), base::fixed(coefficient), std::move(terms)});
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
