// The leaves of a tree with their paths.
#include "cradle/scenario/leaves.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace cradle::scenario {
namespace {

using study::TreeNode;
using study::UsedFactor;

/// The nodes of one criterion by id, and the factor nodes below each.
struct Tree {
  std::map<std::string, const TreeNode*> nodes;
  std::multimap<std::string, const TreeNode*> factors_of;
  std::map<std::string, const UsedFactor*> used;
};

Tree tree_of(const study::Result& result, const std::string& criterion) {
  Tree tree;
  for (const TreeNode& node : result.tree) {
    if (node.criterion != criterion) continue;
    if (node.kind == "factor")
      tree.factors_of.emplace(node.parent, &node);
    else
      tree.nodes.emplace(node.id, &node);
  }
  for (const UsedFactor& f : result.factors) tree.used.emplace(f.id, &f);
  return tree;
}

Step step_of(const Tree& tree, const TreeNode& node) {
  Step step;
  step.name = node.name;
  const std::string segment = node.parent.empty() ? node.id : node.id.substr(node.parent.size() + 1);
  step.kind_id = kind_of_segment(segment);
  step.number = node.number;
  const auto [begin, end] = tree.factors_of.equal_range(node.id);
  for (auto at = begin; at != end; ++at) {
    const auto used = tree.used.find(at->second->factor);
    if (used != tree.used.end()) step.factors.push_back({used->second, at->second->value, at->second->number});
  }
  return step;
}

double product_of(const std::vector<Step>& steps) {
  double product = 1;
  for (const Step& step : steps) {
    product *= step.number;
    for (const FactorUse& f : step.factors) product *= std::pow(f.value, f.power);
  }
  return product;
}

}  // namespace

std::string kind_of_segment(const std::string& segment) {
  std::size_t colon = segment.find(':');
  while (colon != std::string::npos && colon + 1 < segment.size() && segment[colon + 1] == ' ')
    colon = segment.find(':', colon + 1);
  if (colon == std::string::npos) return segment;
  // " (2)" tells two equal exchanges of one process apart, and stays.
  const std::size_t bracket = segment.rfind(" (");
  const bool numbered = bracket != std::string::npos && bracket > colon && segment.back() == ')' &&
                        std::all_of(segment.begin() + static_cast<std::ptrdiff_t>(bracket) + 2, segment.end() - 1,
                                    [](char c) { return c >= '0' && c <= '9'; });
  return segment.substr(0, colon) + (numbered ? segment.substr(bracket) : "");
}

std::string kind_of_factor(const std::string& id) { return id.substr(0, id.find_first_of("/@#:")); }

std::vector<Leaf> leaves_of(const study::Result& result, const std::string& criterion) {
  const Tree tree = tree_of(result, criterion);
  std::vector<Leaf> out;
  for (const TreeNode& node : result.tree) {
    if (node.criterion != criterion || node.kind != "exchange" || node.value == 0.0) continue;
    Leaf leaf;
    leaf.id = node.id;
    leaf.value = node.value;
    for (const TreeNode* at = &node; at;) {
      if (at->kind == "phase") leaf.phase = at->id.substr(at->id.rfind("phase: ") + 7);
      leaf.steps.push_back(step_of(tree, *at));
      const auto above = tree.nodes.find(at->parent);
      at = above == tree.nodes.end() ? nullptr : above->second;
    }
    std::reverse(leaf.steps.begin(), leaf.steps.end());
    for (const Step& step : leaf.steps) leaf.kind_path += "/" + step.kind_id;
    const double product = product_of(leaf.steps);
    if (product != 0.0 && std::isfinite(product)) leaf.steps.back().number *= leaf.value / product;
    out.push_back(std::move(leaf));
  }
  return out;
}

}  // namespace cradle::scenario
