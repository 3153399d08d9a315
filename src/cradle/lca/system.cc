// Checks, order and coefficients.
#include "cradle/lca/system.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/lca/order.h"

namespace cradle::lca {
namespace {

/// An own use that eats up the output to this relative precision leaves no output: the difference is rounding.
constexpr double kRounding = 1e-14;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

void check_indices(const Inventory& inventory, const Method& method) {
  const auto check = [](int index, std::size_t size, const std::string& id, const char* what) {
    if (index < 0 || at(index) >= size) base::fail("'{}' names {} {}, but there are {} of them", id, what, index, size);
  };
  const auto check_terms = [&](const std::vector<Term>& terms, const std::string& id) {
    for (const Term& term : terms) check(term.parameter, inventory.parameters.size(), id, "parameter");
  };
  for (const Exchange& e : inventory.inputs) {
    check(e.process, inventory.processes.size(), e.id, "process");
    check(e.product_or_flow, inventory.processes.size(), e.id, "product");
    check_terms(e.terms, e.id);
  }
  for (const Exchange& e : inventory.outputs_to_nature) {
    check(e.process, inventory.processes.size(), e.id, "process");
    check(e.product_or_flow, inventory.flows.size(), e.id, "flow");
    check_terms(e.terms, e.id);
  }
  for (const CharacterisationFactor& f : method.factors) {
    check(f.criterion, method.criteria.size(), f.id, "criterion");
    check_terms(f.terms, f.id);
  }
}

/// Two figures with one key would move together without anyone having said so; a Parameter is the way to say so.
void check_draw_keys(const Inventory& inventory, const Method& method) {
  std::unordered_map<std::uint64_t, std::string> taken;
  for (const Figure figure : all_figures(inventory, method)) {
    if (base::is_fixed(distribution_of(inventory, method, figure))) continue;
    const std::string id = draw_id(inventory, method, figure);
    const auto [found, is_new] = taken.emplace(base::stable_id(id), id);
    if (!is_new)
      base::fail(
          "two uncertain figures ('{}' and '{}') would share their random draws; give one another id, or make "
          "what they share a parameter",
          found->second, id);
  }
}

std::vector<int> find_factor_flows(const Inventory& inventory, const Method& method) {
  std::vector<int> flows;
  std::unordered_map<std::uint64_t, const CharacterisationFactor*> seen;
  for (const CharacterisationFactor& f : method.factors) {
    const int flow = find_flow(inventory, f.flow).value_or(-1);
    flows.push_back(flow);
    if (flow < 0) continue;
    const auto cell = static_cast<std::uint64_t>(flow) * method.criteria.size() + at(f.criterion);
    if (!seen.emplace(cell, &f).second)
      base::fail("method '{}' has two factors of flow '{}' for criterion '{}'", method.name, f.flow,
                 method.criteria[at(f.criterion)].code);
  }
  return flows;
}

/// A list of lists from pairs (row, entry), by counting; entries of one row keep their order.
std::vector<int> group(const std::vector<int>& row_of, int rows, std::vector<int>& start) {
  start.assign(at(rows) + 1, 0);
  for (const int row : row_of) ++start[at(row) + 1];
  for (int i = 0; i < rows; ++i) start[at(i) + 1] += start[at(i)];
  std::vector<int> place(start.begin(), start.end() - 1), entry(row_of.size());
  for (std::size_t e = 0; e < row_of.size(); ++e) entry[at(place[at(row_of[e])]++)] = static_cast<int>(e);
  return entry;
}

void order_processes(System& system) {
  const Inventory& inventory = system.inventory;
  const int n = process_count(system);
  std::vector<int> consumer, input;
  for (std::size_t e = 0; e < inventory.inputs.size(); ++e) {
    if (inventory.inputs[e].process == inventory.inputs[e].product_or_flow) {
      system.self_inputs.push_back(static_cast<int>(e));
    } else {
      consumer.push_back(inventory.inputs[e].process);
      input.push_back(static_cast<int>(e));
    }
  }
  Digraph graph;
  for (const int e : group(consumer, n, graph.start))
    graph.target.push_back(inventory.inputs[at(input[at(e)])].product_or_flow);
  SolvingOrder order = solving_order(graph);
  system.process_at = std::move(order.vertex);
  system.position.resize(at(n));
  for (int p = 0; p < n; ++p) system.position[at(system.process_at[at(p)])] = p;

  for (int& c : consumer) c = system.position[at(c)];
  std::vector<int> supplier_unknown;
  for (const int e : group(consumer, n, system.columns.start)) {
    const Exchange& exchange = inventory.inputs[at(input[at(e)])];
    system.column_input.push_back(input[at(e)]);
    system.columns.other.push_back(system.position[at(exchange.product_or_flow)]);
    supplier_unknown.push_back(n - 1 - system.position[at(exchange.product_or_flow)]);
  }
  system.row_entry = group(supplier_unknown, n, system.rows.start);
  for (const int entry : system.row_entry)
    system.rows.other.push_back(n - 1 -
                                system.position[at(inventory.inputs[at(system.column_input[at(entry)])].process)]);
  system.columns.block = std::move(order.block);
  for (auto b = system.columns.block.rbegin(); b != system.columns.block.rend(); ++b)
    system.rows.block.push_back(n - *b);
}

}  // namespace

System compile(Inventory inventory, Method method) {
  check_indices(inventory, method);
  check_draw_keys(inventory, method);
  System system;
  system.factor_flow = find_factor_flows(inventory, method);
  system.inventory = std::move(inventory);
  system.method = std::move(method);
  order_processes(system);
  system.central = central_figures(system.inventory, system.method);
  system.amounts = effective_amounts(system.inventory, system.method, system.central);
  system.coefficients = assemble(system, system.amounts);
  return system;
}

Coefficients assemble(const System& system, const Figures& amounts) {
  const Inventory& inventory = system.inventory;
  const std::size_t criteria = system.method.criteria.size();
  Coefficients c;
  std::vector<double> own_use(system.process_at.size(), 0.0);
  for (const int e : system.self_inputs) own_use[at(inventory.inputs[at(e)].process)] += amounts.inputs[at(e)];
  for (const int process : system.process_at) {
    const double output = amounts.outputs[at(process)], net = output - own_use[at(process)];
    c.diagonal.push_back(std::abs(net) <= kRounding * std::abs(output) ? 0.0 : net);
  }
  for (const int e : system.column_input) c.column.push_back(amounts.inputs[at(e)]);
  c.characterisation.assign(inventory.flows.size() * criteria, 0.0);
  for (std::size_t f = 0; f < system.factor_flow.size(); ++f)
    if (system.factor_flow[f] >= 0)
      c.characterisation[at(system.factor_flow[f]) * criteria + at(system.method.factors[f].criterion)] =
          amounts.factors[f];
  c.direct.assign(system.process_at.size() * criteria, 0.0);
  for (std::size_t e = 0; e < inventory.outputs_to_nature.size(); ++e) {
    const Exchange& exchange = inventory.outputs_to_nature[e];
    double* direct = c.direct.data() + at(system.position[at(exchange.process)]) * criteria;
    const double* factor = c.characterisation.data() + at(exchange.product_or_flow) * criteria;
    for (std::size_t k = 0; k < criteria; ++k) direct[k] += amounts.outputs_to_nature[e] * factor[k];
  }
  return c;
}

std::string names_at(const System& system, int begin, int end) {
  constexpr int kShown = 4;
  std::string text;
  for (int p = begin; p < std::min(end, begin + kShown); ++p) {
    if (p > begin) text += p + 1 == end ? " and " : ", ";
    text += "'" + system.inventory.processes[at(system.process_at[at(p)])].id + "'";
  }
  if (end - begin > kShown) text += fmt::format(" and {} more", end - begin - kShown);
  return text;
}

}  // namespace cradle::lca
