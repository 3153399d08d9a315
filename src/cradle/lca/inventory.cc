// Filling an inventory: every id once, every index known.
#include "cradle/lca/inventory.h"

#include <cmath>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::lca {
namespace {

using Ids = std::unordered_map<std::string, int>;

template <class Thing>
int add_thing(std::vector<Thing>& things, Ids& ids, Thing thing, const char* what) {
  if (thing.id.empty()) base::fail("a {} needs an id (its name is '{}')", what, thing.name);
  const int index = static_cast<int>(things.size());
  if (!ids.emplace(thing.id, index).second)
    base::fail("the inventory has two {}s with the id '{}'; ids must be unique", what, thing.id);
  things.push_back(std::move(thing));
  return index;
}

std::optional<int> find_in(const Ids& ids, std::string_view id) {
  const auto found = ids.find(std::string(id));
  if (found == ids.end()) return std::nullopt;
  return found->second;
}

template <class Thing>
int named_in(const std::vector<Thing>& things, const Ids& ids, std::string_view id, const char* what) {
  if (const auto index = find_in(ids, id)) return *index;
  std::vector<std::string> known;
  for (const Thing& thing : things) known.push_back(thing.id);
  base::fail("the inventory has no {} '{}'{}", what, id, base::suggestion(id, known));
}

void require_index(int index, std::size_t size, const char* what, const std::string& id) {
  if (index < 0 || static_cast<std::size_t>(index) >= size)
    base::fail("exchange '{}' names {} {}, but the inventory has {} of them", id, what, index, size);
}

int add_exchange(Inventory& inventory, std::vector<Exchange>& list, Exchange exchange, const std::string& other,
                 const char* arrow) {
  if (exchange.id.empty())
    exchange.id = inventory.processes[static_cast<std::size_t>(exchange.process)].id + arrow + other;
  for (const Term& term : exchange.terms) {
    require_index(term.parameter, inventory.parameters.size(), "parameter", exchange.id);
    if (!std::isfinite(term.exponent)) base::fail("exchange '{}' has an exponent that is not finite", exchange.id);
  }
  if (!inventory.exchange_ids.insert(exchange.id).second)
    base::fail("the inventory has two exchanges with the id '{}'; ids must be unique, they are the keys of the draws",
               exchange.id);
  list.push_back(std::move(exchange));
  return static_cast<int>(list.size()) - 1;
}

}  // namespace

int add_process(Inventory& inventory, Process process) {
  if (!std::isfinite(process.output) || process.output == 0.0 || !(process.yield.value > 0.0))
    base::fail("process '{}' needs an output that is not 0 and a yield above 0, found {} and {}", process.id,
               process.output, process.yield.value);
  return add_thing(inventory.processes, inventory.process_by_id, std::move(process), "process");
}

int add_flow(Inventory& inventory, Flow flow) {
  return add_thing(inventory.flows, inventory.flow_by_id, std::move(flow), "flow");
}

int add_parameter(Inventory& inventory, Parameter parameter) {
  return add_thing(inventory.parameters, inventory.parameter_by_id, std::move(parameter), "parameter");
}

int add_input(Inventory& inventory, Exchange exchange) {
  require_index(exchange.process, inventory.processes.size(), "process", exchange.id);
  require_index(exchange.product_or_flow, inventory.processes.size(), "product", exchange.id);
  const std::string other = inventory.processes[static_cast<std::size_t>(exchange.product_or_flow)].id;
  return add_exchange(inventory, inventory.inputs, std::move(exchange), other, " <- ");
}

int add_output_to_nature(Inventory& inventory, Exchange exchange) {
  require_index(exchange.process, inventory.processes.size(), "process", exchange.id);
  require_index(exchange.product_or_flow, inventory.flows.size(), "flow", exchange.id);
  const std::string other = inventory.flows[static_cast<std::size_t>(exchange.product_or_flow)].id;
  return add_exchange(inventory, inventory.outputs_to_nature, std::move(exchange), other, " -> ");
}

std::optional<int> find_process(const Inventory& inventory, std::string_view id) {
  return find_in(inventory.process_by_id, id);
}

std::optional<int> find_flow(const Inventory& inventory, std::string_view id) {
  return find_in(inventory.flow_by_id, id);
}

std::optional<int> find_parameter(const Inventory& inventory, std::string_view id) {
  return find_in(inventory.parameter_by_id, id);
}

int process_named(const Inventory& inventory, std::string_view id) {
  return named_in(inventory.processes, inventory.process_by_id, id, "process");
}

int parameter_named(const Inventory& inventory, std::string_view id) {
  return named_in(inventory.parameters, inventory.parameter_by_id, id, "parameter");
}

}  // namespace cradle::lca
