// Central figures with a few replaced, solved.
#include "cradle/lca/what_if.h"

#include <cmath>

#include "cradle/base/error.h"

namespace cradle::lca {

std::vector<double> scores_with(const System& system, const Demand& demand,
                                std::span<const std::pair<int, double>> parameters) {
  Figures figures = system.central;
  std::vector<bool> named(figures.parameters.size(), false);
  for (const auto& [parameter, value] : parameters) {
    const auto index = static_cast<std::size_t>(parameter);
    if (parameter < 0 || index >= named.size())
      base::fail("parameter {} is to have another value, but the inventory has {} of them", parameter, named.size());
    const std::string& id = system.inventory.parameters[index].id;
    if (named[index]) base::fail("parameter '{}' is given two values; give it one", id);
    if (!std::isfinite(value)) base::fail("the value of parameter '{}' must be a finite number, found {}", id, value);
    named[index] = true;
    figures.parameters[index] = value;
  }
  return solve(system, figures, demand).scores;
}

}  // namespace cradle::lca
