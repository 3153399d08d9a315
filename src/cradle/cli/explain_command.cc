// `cradle explain RESULT [CRITERION] [PHASE]`: the tree under any figure, down to sources.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/cli/assess_command.h"
#include "cradle/study/result.h"

namespace cradle::cli {
namespace {

using study::Result;
using study::TreeNode;

std::string factor_text(const Result& result, const std::string& id) {
  const auto at = std::find_if(result.factors.begin(), result.factors.end(), [&](const auto& f) { return f.id == id; });
  if (at == result.factors.end()) return "";
  std::string text = fmt::format("{} {}", base::format_number(at->value, 5), at->unit);
  if (at->low != at->high)
    text += fmt::format(" ({}–{}, {})", base::format_number(at->low), base::format_number(at->high), at->distribution);
  text += fmt::format(" [{}: {}{}{}]", at->status, at->id, at->grade.empty() ? "" : ", grade " + at->grade,
                      at->year ? fmt::format(", {}", at->year) : "");
  return text + (at->source.empty() ? "" : " from " + at->source);
}

void print_node(const Result& result, const std::multimap<std::string, const TreeNode*>& children, const TreeNode& node,
                const std::string& unit, int depth) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  if (node.kind == "factor")
    fmt::print("{}{} = {}\n", indent, node.name, factor_text(result, node.factor));
  else
    fmt::print("{}{}  {}\n", indent, base::format_value(node.value, unit), node.name);
  const auto [begin, end] = children.equal_range(node.id);
  for (auto child = begin; child != end; ++child) print_node(result, children, *child->second, unit, depth + 1);
}

void explain(const Result& result, const std::string& code, const std::string& phase) {
  std::vector<std::string> codes, phases;
  std::string unit;
  for (const auto& c : result.criteria) {
    codes.push_back(c.code);
    if (base::lower(c.code) == base::lower(code)) unit = c.unit;
  }
  if (unit.empty()) base::fail_usage("the result has no criterion '{}'{}", code, base::suggestion(code, codes));
  std::multimap<std::string, const TreeNode*> children;
  const TreeNode* root = nullptr;
  for (const TreeNode& node : result.tree) {
    if (base::lower(node.criterion) != base::lower(code)) continue;
    children.emplace(node.parent, &node);
    const std::string name =
        node.id.substr(node.id.rfind("phase: ") == std::string::npos ? 0 : node.id.rfind("phase: ") + 7);
    if (node.kind == "phase") phases.push_back(name);
    if ((phase.empty() && node.parent.empty()) || (node.kind == "phase" && name == phase)) root = &node;
  }
  if (!root && phase.empty()) base::fail("no phase of this result has a figure in {}", code);
  if (!root) base::fail_usage("no phase '{}' with a figure in {}{}", phase, code, base::suggestion(phase, phases));
  print_node(result, children, *root, unit, 0);
  for (const auto& missing : result.missing_phases) fmt::print("missing: {} ({})\n", missing.phase, missing.reason);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  struct Arguments {
    std::string result, criterion = "GWP", phase;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("explain", "The tree under a figure of a result, down to its sources");
  command->add_option("RESULT", a->result, "result.json of cradle assess")->required();
  command->add_option("CRITERION", a->criterion, "GWP, ADPe, PE, WU or EW")->capture_default_str();
  command->add_option("PHASE", a->phase, "One phase only, e.g. use");
  command->callback([a] { explain(study::read_result(a->result), a->criterion, a->phase); });
}

}  // namespace cradle::cli
