// `cradle explain RESULT [PHASE[.PROCESS]] [CRITERION]`: the tree under any figure, down to sources.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/assess_command.h"
#include "cradle/study/result.h"

namespace cradle::cli {
namespace {

using study::Result;
using study::TreeNode;

/// The nodes of one criterion's tree.
struct Tree {
  const Result& result;
  std::string unit;
  std::multimap<std::string, const TreeNode*> children;
  std::vector<const TreeNode*> nodes;  // in the order of the file: parents before children
};

/// Digits enough to compute with: a reviewer rebuilds the value from them.
std::string digits(double x) { return fmt::format("{:.6g}", x); }

const study::UsedFactor* factor_of(const Result& result, const std::string& id) {
  const auto at = std::find_if(result.factors.begin(), result.factors.end(), [&](const auto& f) { return f.id == id; });
  return at == result.factors.end() ? nullptr : &*at;
}

std::string factor_text(const study::UsedFactor& f) {
  std::string text = fmt::format("{} {}", digits(f.value), f.unit);
  if (f.low != f.high)
    text += fmt::format(" ({}–{}, {})", base::format_number(f.low), base::format_number(f.high), f.distribution);
  text += fmt::format(" [{}: {}{}{}{}]", f.status, f.id, f.grade.empty() ? "" : ", grade " + f.grade,
                      f.year ? fmt::format(", {}", f.year) : "", f.licence.empty() ? "" : ", " + f.licence);
  if (!f.source.empty()) text += " from " + f.source;
  return f.note.empty() ? text : fmt::format("{}; {}", text, f.note);
}

/// "= 1 × 365.25 × 86400": how a node's amount follows from its parent's.
std::string calculation(const Tree& tree, const TreeNode& node, const TreeNode* parent) {
  std::string text;
  const auto times = [&](const std::string& what) { text += (text.empty() ? "" : " × ") + what; };
  if (node.kind != "exchange" && parent) times(digits(parent->amount));
  if (node.number != 1) times(digits(node.number));
  const auto [begin, end] = tree.children.equal_range(node.id);
  for (auto child = begin; child != end; ++child)
    if (const TreeNode& f = *child->second; f.kind == "factor")
      times(digits(f.value) + (f.number == 1 ? "" : fmt::format("^{:g}", f.number)));
  return text;
}

void print_node(const Tree& tree, const TreeNode& node, const TreeNode* parent, int depth) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  const std::string how = calculation(tree, node, parent);
  if (node.kind == "exchange")
    fmt::print("{}{}  {}: {} {} each = {}\n", indent, base::format_value(node.value, tree.unit), node.name,
               digits(node.amount), node.unit, how);
  else
    fmt::print("{}{}  {}: {} {}{}\n", indent, base::format_value(node.value, tree.unit), node.name, digits(node.amount),
               node.unit, how.empty() || how == digits(node.amount) ? "" : " = " + how);
  const auto [begin, end] = tree.children.equal_range(node.id);
  for (auto child = begin; child != end; ++child)
    if (child->second->kind == "factor")
      if (const study::UsedFactor* f = factor_of(tree.result, child->second->factor))
        fmt::print("{}  {} = {}\n", indent, child->second->name, factor_text(*f));
  for (auto child = begin; child != end; ++child)
    if (child->second->kind != "factor") print_node(tree, *child->second, &node, depth + 1);
}

/// Criterion by its code without regard to case, or nullptr.
const study::CriterionInfo* criterion_named(const Result& result, const std::string& code) {
  for (const auto& c : result.criteria)
    if (base::lower(c.code) == base::lower(code)) return &c;
  return nullptr;
}

Tree tree_of(const Result& result, const study::CriterionInfo& criterion) {
  Tree tree{result, criterion.unit, {}, {}};
  for (const TreeNode& node : result.tree)
    if (node.criterion == criterion.code) {
      tree.children.emplace(node.parent, &node);
      tree.nodes.push_back(&node);
    }
  return tree;
}

/// Whether a process's name or the last part of its id has these words in it.
bool is_meant(const TreeNode& node, const std::string& text) {
  const std::string last = node.id.substr(node.id.rfind('/') + 1), wanted = base::lower(text);
  return base::lower(node.name).find(wanted) != std::string::npos ||
         base::lower(last).find(wanted) != std::string::npos;
}

/// The roots to print: the total, a phase, or the processes of a phase that are meant.
std::vector<const TreeNode*> roots_of(const Tree& tree, const std::string& path, const std::string& code) {
  if (tree.nodes.empty()) base::fail("no phase of this result has a figure in {}", code);
  if (path.empty()) return {tree.nodes.front()};
  const std::size_t dot = path.find('.');
  const std::string phase = path.substr(0, dot), process = dot == std::string::npos ? "" : path.substr(dot + 1);
  std::vector<std::string> phases, processes;
  std::vector<const TreeNode*> roots;
  for (const TreeNode* node : tree.nodes) {
    if (node->kind == "phase") phases.push_back(node->name);
    if (node->kind == "phase" && base::lower(node->name) == base::lower(phase) && process.empty()) return {node};
    if (process.empty() || node->kind != "process") continue;
    const std::string prefix = fmt::format("{}/phase: {}/", tree.nodes.front()->id, phase);
    if (!base::starts_with_ignoring_case(node->id, prefix)) continue;
    if (std::find(processes.begin(), processes.end(), node->name) == processes.end()) processes.push_back(node->name);
    const bool inside = std::any_of(roots.begin(), roots.end(),
                                    [&](const TreeNode* root) { return node->id.starts_with(root->id + "/"); });
    if (is_meant(*node, process) && !inside) roots.push_back(node);
  }
  if (roots.empty() && !process.empty() && !processes.empty()) {
    std::vector<std::string> words;  // a word of a name suffices, so a slip is compared with words
    for (const std::string& name : processes)
      for (const std::string& word : base::split(name, ' ')) words.push_back(word);
    base::fail_usage("the phase '{}' has no process '{}'{}; it has: {}", phase, process,
                     base::suggestion(process, words), fmt::join(processes, "; "));
  }
  for (const auto& missing : tree.result.missing_phases)
    if (roots.empty() && base::lower(missing.phase) == base::lower(phase))
      base::fail("the phase '{}' has no figure: {}", phase, missing.reason);
  if (roots.empty())
    base::fail_usage("no phase '{}' with a figure in {}{}; it has: {}", phase, code, base::suggestion(phase, phases),
                     fmt::join(phases, ", "));
  return roots;
}

void print_json(const Tree& tree, const std::vector<const TreeNode*>& roots) {
  base::Json list = base::Json::array();
  const base::Json whole = study::to_json(tree.result);  // named, so that it outlives the loop
  for (const base::Json& node : whole["tree"]) {
    const std::string id = node["id"];
    const bool below = node["criterion"] == roots.front()->criterion &&
                       std::any_of(roots.begin(), roots.end(), [&](const TreeNode* root) {
                         return id == root->id || id.starts_with(root->id + "/");
                       });
    if (!below) continue;
    base::Json item = node;
    if (const auto* f = factor_of(tree.result, node["factor"].get<std::string>()))
      item["source"] = {{"source", f->source},
                        {"year", f->year},
                        {"licence", f->licence},
                        {"grade", f->grade},
                        {"status", f->status}};
    list.push_back(std::move(item));
  }
  fmt::print("{}\n", base::dump_json(list));
}

void explain(const Result& result, std::vector<std::string> words, bool json) {
  std::string path;
  const study::CriterionInfo* criterion = nullptr;
  for (std::string word : words) {
    if (word.ends_with('*')) word.pop_back();  // as tables mark it
    if (base::lower(word) == "total") continue;
    if (const auto* meant = criterion_named(result, word); meant && !criterion)
      criterion = meant;
    else if (path.empty())
      path = word;
    else {
      std::vector<std::string> codes;
      for (const auto& known : result.criteria) codes.push_back(known.code);
      base::fail_usage("the result has no criterion '{}'{}", word, base::suggestion(word, codes));
    }
  }
  if (!criterion) criterion = criterion_named(result, "GWP");
  if (!criterion) criterion = &result.criteria.front();
  const Tree tree = tree_of(result, *criterion);
  const auto roots = roots_of(tree, path, criterion->code);
  if (json) return print_json(tree, roots);
  for (const TreeNode* root : roots) {
    const auto parent =
        std::find_if(tree.nodes.begin(), tree.nodes.end(), [&](const TreeNode* n) { return n->id == root->parent; });
    print_node(tree, *root, parent == tree.nodes.end() ? nullptr : *parent, 0);
  }
  if (!criterion->note.empty()) fmt::print("{}: {}\n", criterion->code, criterion->note);
  for (const auto& missing : result.missing_phases)
    if (!missing.outside) fmt::print("missing: {} ({})\n", missing.phase, missing.reason);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  struct Arguments {
    std::string result;
    std::vector<std::string> words;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("explain", "The tree under a figure of a result, down to its sources");
  command->add_option("RESULT", a->result, "result.json of cradle assess")->required();
  command
      ->add_option("WHAT", a->words, "PHASE or PHASE.PROCESS (use, production.jetson), and a criterion (GWP, ADPe, …)")
      ->expected(0, 2);
  command->add_flag("--json", a->json, "Print the nodes as JSON");
  command->footer(
      "Each line: value, name, amount = amount above × number × figures; an exchange: value = amount × figure each.\n"
      "Example: cradle explain report/result.json use GWP");
  command->callback([a] { explain(study::read_result(a->result), a->words, a->json); });
}

}  // namespace cradle::cli
