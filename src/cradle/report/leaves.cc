// The ends of the tree under a total, and what the total rests on by grade, year and source.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "cradle/report/facts.h"

namespace cradle::report {
namespace {

using study::Result;
using study::TreeNode;
using study::UsedFactor;

/// Walks the tree of one criterion from its roots to its leaves.
class LeafWalk {
 public:
  LeafWalk(const Result& result, std::string_view criterion) {
    for (const UsedFactor& f : result.factors) factors_.emplace(f.id, &f);
    std::set<std::string_view> ids;
    for (const TreeNode& n : result.tree)
      if (n.criterion == criterion) ids.insert(n.id);
    for (const TreeNode& n : result.tree) {
      if (n.criterion != criterion) continue;
      if (n.parent.empty() || !ids.contains(n.parent))
        roots_.push_back(&n);
      else
        children_[n.parent].push_back(&n);
    }
  }

  std::vector<Leaf> run() {
    for (const TreeNode* root : roots_)
      if (root->kind != "factor") visit(*root, Leaf{});
    return std::move(leaves_);
  }

 private:
  /// `above` holds phase, process and factors of the way to this node. False if the node lies on its own way: a circle
  /// is cut there, and the node before it ends the branch.
  bool visit(const TreeNode& node, Leaf above) {
    if (way_.contains(&node)) return false;
    if (!visited_.insert(&node).second) return true;
    way_.insert(&node);
    if (node.kind == "phase") above.phase = bare_name(node.name);
    if (node.kind == "process") above.process = bare_name(node.name);
    const std::vector<const TreeNode*>& below = children_[node.id];
    add_factor(node.factor, above);
    for (const TreeNode* child : below)
      if (child->kind == "factor") add_factor(child->factor, above);
    bool leaf = true;
    for (const TreeNode* child : below) {
      if (child->kind == "factor") continue;
      if (visit(*child, above)) leaf = false;
    }
    way_.erase(&node);
    if (leaf) add_leaf(node, std::move(above));
    return true;
  }

  void add_leaf(const TreeNode& node, Leaf leaf) {
    leaf.value = node.value;
    if (leaf.process.empty()) leaf.process = bare_name(node.name);
    leaves_.push_back(std::move(leaf));
  }

  void add_factor(const std::string& id, Leaf& leaf) const {
    const auto found = factors_.find(id);
    if (found == factors_.end()) return;
    if (std::find(leaf.factors.begin(), leaf.factors.end(), found->second) == leaf.factors.end())
      leaf.factors.push_back(found->second);
  }

  std::unordered_map<std::string_view, const UsedFactor*> factors_;
  std::unordered_map<std::string, std::vector<const TreeNode*>> children_;
  std::vector<const TreeNode*> roots_;
  std::set<const TreeNode*> visited_, way_;
  std::vector<Leaf> leaves_;
};

/// The weakest grade among the factors: "" if none has one.
std::string weakest_grade(const Leaf& leaf) {
  std::string weakest;
  for (const UsedFactor* f : leaf.factors) weakest = std::max(weakest, f->grade);
  return weakest;
}

double& share_of_grade(Evidence& e, const Leaf& leaf) {
  const std::string grade = weakest_grade(leaf);
  if (grade == "A") return e.grade_a;
  if (grade == "B") return e.grade_b;
  if (grade == "C") return e.grade_c;
  if (grade == "D") return e.grade_d;
  return leaf.factors.empty() ? e.unexplained : e.ungraded;
}

}  // namespace

std::vector<Leaf> leaves_of(const Result& result, std::string_view criterion) {
  return LeafWalk(result, criterion).run();
}

std::optional<Evidence> evidence_of(const Result& result, std::string_view criterion) {
  const std::vector<Leaf> leaves = leaves_of(result, criterion);
  double sum = 0;
  for (const Leaf& leaf : leaves) sum += std::abs(leaf.value);
  if (!(sum > 0)) return std::nullopt;
  Evidence e;
  std::map<std::string_view, double> by_source;
  for (const Leaf& leaf : leaves) {
    const double share = std::abs(leaf.value) / sum;
    share_of_grade(e, leaf) += share;
    std::set<std::string_view> here;
    for (const UsedFactor* f : leaf.factors) {
      if (f->year != 0) {
        e.oldest = e.oldest == 0 ? f->year : std::min(e.oldest, f->year);
        e.newest = std::max(e.newest, f->year);
      }
      if (f->status == "catalogue" && !f->source.empty()) here.insert(f->source);
    }
    for (const std::string_view source : here) by_source[source] += share;
  }
  e.sources = static_cast<int>(by_source.size());
  for (const auto& [source, share] : by_source) {
    if (share <= e.source_share) continue;
    e.source = source;
    e.source_share = share;
  }
  return e;
}

}  // namespace cradle::report
