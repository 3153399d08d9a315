// The tree under each total.
#include "cradle/life/tree.h"

#include <fmt/format.h>

#include <cmath>

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
        code_(system.method.criteria[static_cast<std::size_t>(criterion)].code) {}

  std::vector<TreeNode> run() {
    visit(model_.functional_unit, 1.0, code_, "", "process", {});
    return std::move(nodes_);
  }

 private:
  void visit(int process, double amount, const std::string& id, const std::string& parent, const std::string& kind,
             const std::vector<lca::Term>& terms) {
    const auto& p = system_.inventory.processes[static_cast<std::size_t>(process)];
    const double value = amount * adjoint_.score(criterion_, process);
    if (value == 0.0) return;
    nodes_.push_back({id, parent, fmt::format("{}: {:.6g} {}", p.name, amount, p.unit), kind, code_, value, ""});
    add_factors(id, terms);
    const auto& inputs = system_.inventory.inputs;
    for (std::size_t e = 0; e < inputs.size(); ++e) {
      if (inputs[e].process != process) continue;
      const int product = inputs[e].product_or_flow;
      const std::string& product_id = system_.inventory.processes[static_cast<std::size_t>(product)].id;
      visit(product, amount * system_.amounts.inputs[e], fmt::format("{}/{}", id, unique(id, product_id)), id,
            product_id.starts_with("phase: ") ? "phase" : "process", inputs[e].terms);
    }
    const auto& outputs = system_.inventory.outputs_to_nature;
    for (std::size_t e = 0; e < outputs.size(); ++e) {
      if (outputs[e].process != process || outputs[e].product_or_flow != criterion_) continue;
      const double score = amount * system_.amounts.outputs_to_nature[e];
      if (score == 0.0) continue;
      const std::string leaf = fmt::format("{}/{}", id, unique(id, "emission"));
      nodes_.push_back({leaf, id,
                        fmt::format("{:.6g} {} × {:.6g}", amount, p.unit, system_.amounts.outputs_to_nature[e]),
                        "exchange", code_, score, ""});
      add_factors(leaf, outputs[e].terms);
    }
  }

  void add_factors(const std::string& parent, const std::vector<lca::Term>& terms) {
    for (const lca::Term& term : terms) {
      const UsedFactor& f = model_.factors[static_cast<std::size_t>(term.parameter)];
      const std::string power = term.exponent == 1.0 ? "" : fmt::format("^{:g}", term.exponent);
      nodes_.push_back({fmt::format("{}/{}", parent, unique(parent, f.id)), parent,
                        fmt::format("× ({}){}", f.name, power), "factor", code_, f.value, f.id});
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
  std::vector<TreeNode> nodes_;
  std::map<std::string, int> seen_;
};

}  // namespace

std::vector<TreeNode> tree_of(const Model& model, const lca::System& system, const lca::Adjoint& adjoint) {
  std::vector<TreeNode> all;
  for (int k = 0; k < lca::criterion_count(system); ++k) {
    auto one = Walk(model, system, adjoint, k).run();
    all.insert(all.end(), std::make_move_iterator(one.begin()), std::make_move_iterator(one.end()));
  }
  return all;
}

}  // namespace cradle::life
