// The tree under each total.
#include "cradle/life/tree.h"

#include <fmt/format.h>

#include <map>

#include "cradle/lca/reach.h"
#include "cradle/life/builder.h"

namespace cradle::life {
namespace {

/// Walks from the functional unit along its inputs; a study's inventory has no loops, so the walk ends.
class Walk {
 public:
  Walk(const Model& model, const lca::System& system, const lca::Adjoint& adjoint, int criterion)
      : model_(model),
        system_(system),
        adjoint_(adjoint),
        criterion_(criterion),
        code_(system.method.criteria[static_cast<std::size_t>(criterion)].code),
        known_(lca::reached(system, criterion)),
        inputs_of_(system.inventory.processes.size()),
        outputs_of_(system.inventory.processes.size()),
        factor_of_(system.inventory.flows.size(), -1) {
    const auto& in = system.inventory.inputs;
    for (std::size_t e = 0; e < in.size(); ++e) inputs_of_[static_cast<std::size_t>(in[e].process)].push_back(e);
    const auto& out = system.inventory.outputs_to_nature;
    for (std::size_t e = 0; e < out.size(); ++e) outputs_of_[static_cast<std::size_t>(out[e].process)].push_back(e);
    for (std::size_t f = 0; f < system.method.factors.size(); ++f)
      if (system.method.factors[f].criterion == criterion && system.factor_flow[f] >= 0)
        factor_of_[static_cast<std::size_t>(system.factor_flow[f])] = static_cast<int>(f);
  }

  std::vector<TreeNode> run() {
    visit(model_.functional_unit, 1.0, code_, "", "process", {}, 1.0);
    return std::move(nodes_);
  }

 private:
  void visit(int process, double amount, const std::string& id, const std::string& parent, const std::string& kind,
             const Terms& terms, double number) {
    const auto& p = system_.inventory.processes[static_cast<std::size_t>(process)];
    if (!known_[static_cast<std::size_t>(process)]) return;
    const double value = amount * adjoint_.score(criterion_, process);
    nodes_.push_back({id, parent, p.name, kind, code_, value, "", number, amount, p.unit});
    add_factors(id, terms);
    for (const std::size_t e : inputs_of_[static_cast<std::size_t>(process)]) {
      const lca::Exchange& exchange = system_.inventory.inputs[e];
      const std::string& product_id =
          system_.inventory.processes[static_cast<std::size_t>(exchange.product_or_flow)].id;
      visit(exchange.product_or_flow, amount * system_.amounts.inputs[e],
            fmt::format("{}/{}", id, unique(id, product_id)), id,
            product_id.starts_with("phase: ") ? "phase" : "process", exchange.terms, exchange.amount.value);
    }
    for (const std::size_t e : outputs_of_[static_cast<std::size_t>(process)]) visit_exchange(e, amount, id);
  }

  /// What a process gives to nature and this criterion characterises.
  void visit_exchange(std::size_t e, double amount, const std::string& id) {
    const lca::Exchange& exchange = system_.inventory.outputs_to_nature[e];
    const int f = factor_of_[static_cast<std::size_t>(exchange.product_or_flow)];
    if (f < 0) return;
    const double per_unit = system_.amounts.outputs_to_nature[e] * system_.amounts.factors[static_cast<std::size_t>(f)];
    const double score = amount * per_unit;
    const lca::Flow& flow = system_.inventory.flows[static_cast<std::size_t>(exchange.product_or_flow)];
    const std::string leaf = fmt::format("{}/{}", id, unique(id, "emission"));
    nodes_.push_back({leaf, id, flow.name, "exchange", code_, score, "", exchange.amount.value, per_unit,
                      system_.method.criteria[static_cast<std::size_t>(criterion_)].unit});
    add_factors(leaf, exchange.terms);
    add_factors(leaf, system_.method.factors[static_cast<std::size_t>(f)].terms);
  }

  void add_factors(const std::string& parent, const Terms& terms) {
    for (const lca::Term& term : terms) {
      const UsedFactor& f = model_.factors[static_cast<std::size_t>(term.parameter)];
      const std::string power = term.exponent == 1.0 ? "" : fmt::format("^{:g}", term.exponent);
      nodes_.push_back({fmt::format("{}/{}", parent, unique(parent, f.id)), parent,
                        fmt::format("× ({}){}", f.name, power), "factor", code_, f.value, f.id, term.exponent, 0,
                        f.unit});
    }
  }

  /// Two exchanges of one process with one product get different ids.
  std::string unique(const std::string& parent, const std::string& child) {
    const int n = seen_[parent + "/" + child]++;
    return n == 0 ? child : fmt::format("{} ({})", child, n + 1);
  }

  const Model& model_;
  const lca::System& system_;
  const lca::Adjoint& adjoint_;
  int criterion_;
  std::string code_;
  std::vector<bool> known_;  // by process: whether the criterion says something of it
  std::vector<std::vector<std::size_t>> inputs_of_, outputs_of_;
  std::vector<int> factor_of_;  // of this criterion, by flow
  std::vector<TreeNode> nodes_;
  std::map<std::string, int> seen_;
};

}  // namespace

std::vector<TreeNode> tree_of(const Model& model, const lca::System& system, const lca::Adjoint& adjoint) {
  std::vector<TreeNode> all;
  for (const int k : model.criterion_index) {
    auto one = Walk(model, system, adjoint, k).run();
    all.insert(all.end(), std::make_move_iterator(one.begin()), std::make_move_iterator(one.end()));
  }
  return all;
}

}  // namespace cradle::life
