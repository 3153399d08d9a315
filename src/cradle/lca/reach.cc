// A walk from the characterised exchanges down to all consumers.
#include "cradle/lca/reach.h"

namespace cradle::lca {

std::vector<bool> reached(const System& system, int criterion) {
  const Inventory& inventory = system.inventory;
  std::vector<bool> characterised(inventory.flows.size(), false), out(inventory.processes.size(), false);
  for (std::size_t f = 0; f < system.method.factors.size(); ++f)
    if (system.method.factors[f].criterion == criterion && system.factor_flow[f] >= 0)
      characterised[static_cast<std::size_t>(system.factor_flow[f])] = true;
  std::vector<int> found;
  const auto reach = [&](int process) {
    if (out[static_cast<std::size_t>(process)]) return;
    out[static_cast<std::size_t>(process)] = true;
    found.push_back(process);
  };
  for (const Exchange& e : inventory.outputs_to_nature)
    if (characterised[static_cast<std::size_t>(e.product_or_flow)]) reach(e.process);
  std::vector<std::vector<int>> consumers(inventory.processes.size());
  for (const Exchange& e : inventory.inputs)
    consumers[static_cast<std::size_t>(e.product_or_flow)].push_back(e.process);
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const int consumer : consumers[static_cast<std::size_t>(found[i])]) reach(consumer);
  return out;
}

}  // namespace cradle::lca
