// Processes, what they take from each other and what they exchange with nature: the matrices A and B, with doubt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cradle/base/distribution.h"

namespace cradle::lca {

/// An uncertain input that several exchanges share (a carbon intensity, a PUE, a lifetime). It is drawn once per
/// sample by its id, so all that depends on it moves together.
struct Parameter {
  std::string id;
  std::string name;
  base::Distribution distribution;
  std::string unit;
};

/// An amount is multiplied by parameter^exponent. Amounts are therefore posynomials and their derivatives are exact.
struct Term {
  int parameter = 0;
  double exponent = 1.0;
};

/// What one unit of activity of `process` takes or gives.
/// Sampled amount = draw(amount, seed, stable_id(id), sample) · Π draw(parameter)^exponent.
struct Exchange {
  std::string id;             ///< unique; the key of its random draws; empty: add_* makes it from the ids it joins
  int process = 0;            ///< whose exchange it is
  int product_or_flow = 0;    ///< the process whose product it is (inputs), or the flow (outputs_to_nature)
  base::Distribution amount;  ///< inputs: > 0 consumption, < 0 credit; outputs to nature: > 0 emission, < 0 uptake
  std::vector<Term> terms;
};

/// A process makes one product, `output` units of it per unit of activity; the product has the process's index.
struct Process {
  std::string id;
  std::string name;
  std::string unit;                             ///< of the product
  double output = 1.0;                          ///< not 0; negative for a treatment that takes its product in
  base::Distribution yield = base::fixed(1.0);  ///< doubt about `output`, as a factor; drawn by "<id>/output"
};

/// An elementary flow (or an aggregated one: "kg CO2e of this kind"), to or from nature.
struct Flow {
  std::string id;
  std::string name;
  std::string unit;
};

/// Fill it with the add_* functions, which keep the index by id and refuse what does not fit; then compile() it.
struct Inventory {
  std::vector<Process> processes;
  std::vector<Flow> flows;
  std::vector<Parameter> parameters;
  std::vector<Exchange> inputs;             ///< process takes product_or_flow's product
  std::vector<Exchange> outputs_to_nature;  ///< process emits product_or_flow

  std::unordered_map<std::string, int> process_by_id;
  std::unordered_map<std::string, int> flow_by_id;
  std::unordered_map<std::string, int> parameter_by_id;
  std::unordered_set<std::string> exchange_ids;
};

/// Each returns the index of what it added. Each throws Error on an id that is taken or empty (an exchange's may be
/// empty, see above), on an index that does not exist, and on a process without output.
int add_process(Inventory& inventory, Process process);
int add_flow(Inventory& inventory, Flow flow);
int add_parameter(Inventory& inventory, Parameter parameter);
int add_input(Inventory& inventory, Exchange exchange);
int add_output_to_nature(Inventory& inventory, Exchange exchange);

std::optional<int> find_process(const Inventory& inventory, std::string_view id);
std::optional<int> find_flow(const Inventory& inventory, std::string_view id);
std::optional<int> find_parameter(const Inventory& inventory, std::string_view id);
/// The same, but an unknown id is an Error that suggests the nearest one.
int process_named(const Inventory& inventory, std::string_view id);
int parameter_named(const Inventory& inventory, std::string_view id);

}  // namespace cradle::lca
