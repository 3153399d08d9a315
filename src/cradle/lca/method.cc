// Filling a method, and what it does not cover.
#include "cradle/lca/method.h"

#include <unordered_set>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::lca {

int add_criterion(Method& method, Criterion criterion) {
  for (const Criterion& other : method.criteria)
    if (other.code == criterion.code) base::fail("method '{}' has two criteria '{}'", method.name, criterion.code);
  method.criteria.push_back(std::move(criterion));
  return static_cast<int>(method.criteria.size()) - 1;
}

int add_factor(Method& method, CharacterisationFactor factor) {
  if (factor.criterion < 0 || static_cast<std::size_t>(factor.criterion) >= method.criteria.size())
    base::fail("a factor of method '{}' for flow '{}' names criterion {}, but there are {} of them", method.name,
               factor.flow, factor.criterion, method.criteria.size());
  if (factor.id.empty())
    factor.id = method.criteria[static_cast<std::size_t>(factor.criterion)].code + ":" + factor.flow;
  method.factors.push_back(std::move(factor));
  return static_cast<int>(method.factors.size()) - 1;
}

int criterion_named(const Method& method, std::string_view code) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < method.criteria.size(); ++i) {
    if (method.criteria[i].code == code) return static_cast<int>(i);
    known.push_back(method.criteria[i].code);
  }
  base::fail("method '{}' has no criterion '{}'{}", method.name, code, base::suggestion(code, known));
}

std::vector<int> uncharacterised_flows(const Inventory& inventory, const Method& method) {
  std::unordered_set<std::string> covered;
  for (const CharacterisationFactor& factor : method.factors) covered.insert(factor.flow);
  std::vector<bool> exchanged(inventory.flows.size(), false);
  for (const Exchange& exchange : inventory.outputs_to_nature)
    exchanged[static_cast<std::size_t>(exchange.product_or_flow)] = true;
  std::vector<int> missing;
  for (std::size_t flow = 0; flow < inventory.flows.size(); ++flow)
    if (exchanged[flow] && !covered.contains(inventory.flows[flow].id)) missing.push_back(static_cast<int>(flow));
  return missing;
}

}  // namespace cradle::lca
