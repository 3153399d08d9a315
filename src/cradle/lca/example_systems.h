// What several tests of this room share: a system from the literature, random ones, a dense second way. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/lca/dense.h"
#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// An inventory and a method before they are compiled, so that a test can change them.
struct Model {
  Inventory inventory;
  Method method;
};

/// Heijungs and Suh, "The computational structure of life cycle assessment" (2002), chapter 2: electricity and fuel.
/// All amounts of A and B that touch CO2 are normal with this coefficient of variation (Groen et al. 2014 take 5 %).
inline Model heijungs_suh(double cv = 0.0) {
  Model m;
  const auto figure = [cv](double x) { return base::normal(x, cv * x); };
  const int electricity = add_process(
      m.inventory, {.id = "electricity", .name = "Electricity", .unit = "kWh", .output = 10, .yield = figure(1)});
  const int fuel =
      add_process(m.inventory, {.id = "fuel", .name = "Fuel", .unit = "l", .output = 100, .yield = figure(1)});
  const int co2 = add_flow(m.inventory, {"co2", "Carbon dioxide", "kg"});
  const int so2 = add_flow(m.inventory, {"so2", "Sulphur dioxide", "kg"});
  const int crude = add_flow(m.inventory, {"crude", "Crude oil", "l"});
  add_input(m.inventory, {"a21", electricity, fuel, figure(2), {}});
  add_output_to_nature(m.inventory, {"b1", electricity, co2, figure(1), {}});
  add_output_to_nature(m.inventory, {"s1", electricity, so2, base::fixed(0.1), {}});
  add_output_to_nature(m.inventory, {"b2", fuel, co2, figure(10), {}});
  add_output_to_nature(m.inventory, {"s2", fuel, so2, base::fixed(2), {}});
  add_output_to_nature(m.inventory, {"r2", fuel, crude, base::fixed(-50), {}});
  m.method.name = "one flow each";
  add_factor(m.method, {add_criterion(m.method, {"CO2", "Carbon dioxide", "kg"}), "co2", base::fixed(1), "", {}});
  add_factor(m.method, {add_criterion(m.method, {"SO2", "Sulphur dioxide", "kg"}), "so2", base::fixed(1), "", {}});
  return m;
}

struct RandomOptions {
  int processes = 12;
  int inputs = 40;
  int outputs_to_nature = 30;
  int criteria = 3;
  bool loops = true;
  bool uncertain = false;
  double fill = 0.8;  ///< what a process takes, as a share of what it makes, valued alike: below 1 is productive
};

/// A random productive system with units that differ by orders of magnitude, credits, own use and parameters.
inline Model random_model(std::uint64_t seed, const RandomOptions& o = {}) {
  base::Stream r(seed, base::stable_id("random_model"));
  Model m;
  const auto index = [&r](int n) { return static_cast<int>(r.below(static_cast<std::uint64_t>(n))); };
  const auto figure = [&](double x) {
    if (!o.uncertain) return base::fixed(x);
    switch (index(4)) {
      case 0: return base::lognormal_from_range(x / 1.4, x, x * 1.4);
      case 1: return base::normal(x, 0.05 * x);
      case 2: return base::triangular(0.8 * x, x, 1.1 * x);
      default: return base::fixed(x);
    }
  };
  for (int p = 0; p < 3; ++p) add_parameter(m.inventory, {"p" + std::to_string(p), "", figure(0.5 + r.uniform()), ""});
  std::vector<double> unit;
  for (int i = 0; i < o.processes; ++i) {
    unit.push_back(std::pow(10.0, 6.0 * r.uniform() - 3.0));
    add_process(
        m.inventory,
        {.id = "process" + std::to_string(i), .name = "", .unit = "u", .output = unit.back(), .yield = figure(1)});
  }
  for (int e = 0; e < o.inputs; ++e) {
    int process = index(o.processes), product = index(o.processes);
    if (!o.loops && process < product) std::swap(process, product);
    if (!o.loops && process == product) continue;
    const int parameter = index(3);
    const bool with_term = r.uniform() < 0.3;
    // What a process takes, in all: fill · output on average 1/2 of it, so that column sums stay below fill.
    double share = o.fill * r.uniform() * o.processes / o.inputs * 0.7;
    if (with_term) share /= m.inventory.parameters[static_cast<std::size_t>(parameter)].distribution.value;
    Exchange exchange{
        "in" + std::to_string(e), process, product, figure(share * unit[static_cast<std::size_t>(product)]), {}};
    if (with_term) exchange.terms = {{parameter, 1.0}};
    add_input(m.inventory, std::move(exchange));
  }
  for (int f = 0; f < 6; ++f) add_flow(m.inventory, {"flow" + std::to_string(f), "", "kg"});
  for (int e = 0; e < o.outputs_to_nature; ++e) {
    Exchange exchange{"out" + std::to_string(e), index(o.processes), index(6), figure(0.1 + r.uniform()), {}};
    if (r.uniform() < 0.3) exchange.terms = {{index(3), -0.5}, {index(3), 2.0}};
    add_output_to_nature(m.inventory, std::move(exchange));
  }
  m.method.name = "random";
  for (int k = 0; k < o.criteria; ++k) {
    add_criterion(m.method, {"K" + std::to_string(k), "", "kg"});
    for (int f = 0; f < 6; ++f)
      if (index(3) > 0) add_factor(m.method, {k, "flow" + std::to_string(f), figure(0.2 + r.uniform()), "", {}});
  }
  return m;
}

/// The message of the Error that `act` throws; fails the test if it throws none.
template <class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const base::Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return "";
}

inline System compile(Model model) { return compile(std::move(model.inventory), std::move(model.method)); }

/// s = A^-1 f by dense elimination, straight from the inventory: a second way that shares no order and no sparsity.
inline std::vector<double> dense_scaling(const System& system, const Demand& demand) {
  const int n = process_count(system);
  std::vector<double> a(static_cast<std::size_t>(n * n), 0.0), f(static_cast<std::size_t>(n), 0.0);
  for (int j = 0; j < n; ++j)
    a[static_cast<std::size_t>(j * n + j)] += system.amounts.outputs[static_cast<std::size_t>(j)];
  for (std::size_t e = 0; e < system.inventory.inputs.size(); ++e) {
    const Exchange& x = system.inventory.inputs[e];
    a[static_cast<std::size_t>(x.product_or_flow * n + x.process)] -= system.amounts.inputs[e];
  }
  for (const Demanded& item : demand) f[static_cast<std::size_t>(item.process)] += item.amount;
  solve_dense(a, f, n, 1);
  return f;
}

}  // namespace cradle::lca
