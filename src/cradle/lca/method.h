// Criteria and characterisation factors: the matrix C, with doubt.
#pragma once

#include <string>
#include <vector>

#include "cradle/base/distribution.h"
#include "cradle/lca/inventory.h"

namespace cradle::lca {

/// What is judged: "GWP", "Global warming (100 years)", "kgCO2e".
struct Criterion {
  std::string code;
  std::string name;
  std::string unit;
};

/// What one unit of a flow to nature adds to a criterion. Flows are named by id, so that one method serves many
/// inventories; a factor for a flow that the inventory does not have is without effect.
struct CharacterisationFactor {
  int criterion = 0;
  std::string flow;
  base::Distribution value;
  std::string id;           ///< key of its draws; empty: add_factor makes "<code>:<flow>"
  std::vector<Term> terms;  ///< parameters of the inventory it is compiled with
};

struct Method {
  std::string name;
  std::vector<Criterion> criteria;
  std::vector<CharacterisationFactor> factors;
};

/// Both return the index. Throw Error on a code that is taken, and on a criterion that does not exist.
int add_criterion(Method& method, Criterion criterion);
int add_factor(Method& method, CharacterisationFactor factor);

/// Index of a criterion by its code; throws Error that suggests the nearest.
int criterion_named(const Method& method, std::string_view code);

/// Flows that some process exchanges with nature and that no criterion characterises: what the scores leave out.
std::vector<int> uncharacterised_flows(const Inventory& inventory, const Method& method);

}  // namespace cradle::lca
