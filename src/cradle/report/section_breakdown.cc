// The page's sensitivity (what moves the totals) and breakdown (the tree under each total, down to factors).
#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/markup.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

using study::CriterionInfo;
using study::Figure;
using study::Result;
using study::Sensitivity;
using study::TreeNode;

std::string sensitivity_table(const Result& result, const CriterionInfo& criterion, bool open) {
  const std::vector<Sensitivity> inputs = by_swing(result, criterion.code);
  if (inputs.empty()) return "";
  const base::Scaled scale = scale_of(result, criterion);
  const Figure* total = total_of(result, criterion.code);
  const double largest = swing_of(inputs.front());
  std::string rows;
  for (const Sensitivity& s : inputs) {
    const bool relative = total && total->value > 0;
    const double share = relative ? swing_of(s) / total->value : 0.0;
    rows += fmt::format(
        "<tr data-input=\"{}\" data-criterion=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td><span "
        "class=\"share\">{}<span>{}</span></span></td></tr>\n",
        html_text(s.input), html_text(s.criterion), html_text(s.name), data_html(s.at_p5, scale.factor),
        data_html(s.at_p95, scale.factor), largest > 0 ? bar_html(swing_of(s) / largest, "swing") : "",
        relative ? html_text(percent_text(share)) : "–");
  }
  return fmt::format(
      "<details class=\"fold\"{}><summary>{} <span class=\"unit\">{}, {}</span></summary>\n"
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Sensitivity of {}, table\">"
      "<table class=\"numbers plain\"><thead><tr><th scope=\"col\">Input</th><th scope=\"col\">Total at its P5</th>"
      "<th scope=\"col\">Total at its P95</th><th scope=\"col\">Swing, share of the total</th></tr></thead>\n"
      "<tbody>\n{}</tbody></table></div></details>\n",
      open ? " open" : "", html_text(capitalised(criterion.name)), html_text(marked(criterion)), unit_html(scale.unit),
      html_text(criterion.name), rows);
}

/// Walks the tree of one criterion and writes nested lists.
class TreeWriter {
 public:
  TreeWriter(const Result& result, const CriterionInfo& criterion)
      : result_(result), scale_(scale_of(result, criterion)) {
    const Figure* total = total_of(result, criterion.code);
    total_ = total ? total->value : 0.0;
    for (const TreeNode& n : result.tree)
      if (n.criterion == criterion.code) nodes_.push_back(&n);
    for (std::size_t i = 0; i < result.factors.size(); ++i) factor_rows_.emplace(result.factors[i].id, i);
  }

  std::string write() {
    std::set<std::string> ids;
    for (const TreeNode* n : nodes_) ids.insert(n->id);
    for (const TreeNode* n : nodes_) children_[ids.contains(n->parent) ? n->parent : ""].push_back(n);
    std::string out;
    for (const TreeNode* root : children_[""]) out += node(*root);
    // A circle of parents has no root; its nodes are shown rather than lost.
    for (const TreeNode* n : nodes_)
      if (!written_.contains(n)) out += node(*n);
    return out;
  }

 private:
  std::string node(const TreeNode& n) {
    if (!written_.insert(&n).second) return "";
    const auto found = children_.find(n.id);
    std::string below;
    if (found != children_.end())
      for (const TreeNode* child : found->second) below += node(*child);
    const std::string line = n.kind == "factor" ? factor_line(n) : impact_line(n);
    if (below.empty()) return fmt::format("<li class=\"{}\">{}</li>\n", html_text(n.kind), line);
    // A single root says nothing yet: it is open, so that the phases are seen at once.
    const bool open = n.parent.empty() && n.kind != "phase";
    return fmt::format("<li class=\"{}\"><details{}><summary>{}</summary>\n<ul>\n{}</ul></details></li>\n",
                       html_text(n.kind), open ? " open" : "", line, below);
  }

  std::string impact_line(const TreeNode& n) const {
    std::string out = "<span class=\"line\"><span class=\"name\">";
    if (n.kind == "phase") {
      // "use: 1 functional unit": the phase stands before its amount.
      const std::string phase = n.name.substr(0, n.name.find(':'));
      out += fmt::format(
          "<svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" "
          "width=\"10\" height=\"10\"/></svg>{}",
          phase_class(phase), html_text(phase_label(phase)));
    } else {
      out += prose_html(n.name);
    }
    if (!n.factor.empty()) out += factor_link(n.factor);
    out += fmt::format("</span><span class=\"amount\">{} {}</span>", data_html(n.value, scale_.factor),
                       unit_html(scale_.unit));
    if (total_ > 0) {
      const double share = n.value / total_;
      out += fmt::format("<span class=\"share\">{}<span>{}</span></span>", bar_html(share, "swing"),
                         html_text(percent_text(share)));
    }
    return out + "</span>";
  }

  std::string factor_line(const TreeNode& n) const {
    const auto row = factor_rows_.find(n.factor);
    const std::string unit = row == factor_rows_.end() ? "" : unit_html(result_.factors[row->second].unit);
    return fmt::format(
        "<span class=\"line\"><span class=\"name\">{}{}</span><span class=\"amount\">{} {}</span></span>",
        html_text(n.name), factor_link(n.factor), data_html(n.value, 1.0), unit);
  }

  std::string factor_link(const std::string& id) const {
    const auto row = factor_rows_.find(id);
    if (row == factor_rows_.end()) return "";
    const study::UsedFactor& f = result_.factors[row->second];
    return fmt::format(" {}{} <a href=\"#factor-{}\">{}</a>", status_html(f.status), grade_html(f.grade),
                       row->second + 1, f.source.empty() ? "source" : html_text(f.source));
  }

  const Result& result_;
  base::Scaled scale_;
  double total_ = 0;
  std::vector<const TreeNode*> nodes_;
  std::unordered_map<std::string, std::vector<const TreeNode*>> children_;
  std::unordered_map<std::string, std::size_t> factor_rows_;
  std::set<const TreeNode*> written_;
};

}  // namespace

std::string sensitivity_section(const Result& result) {
  std::string tables;
  for (const CriterionInfo& c : result.criteria) tables += sensitivity_table(result, c, tables.empty());
  if (tables.empty()) return "";
  return section_html(
      "sensitivity", "What moves the result",
      "<p>One input at a time goes from its P5 to its P95 while all others keep their central figure.</p>\n" +
          chart_html("chart-sensitivity", "Change of the total by each input; the tables below have the figures",
                     "Change of the total when one input goes to its P5 and to its P95, the ten largest first.") +
          tables);
}

std::string breakdown_section(const Result& result) {
  std::string trees;
  for (const CriterionInfo& c : result.criteria) {
    const std::string tree = TreeWriter(result, c).write();
    if (tree.empty()) continue;
    trees += fmt::format(
        "<details class=\"fold\"{}><summary>{} <span class=\"unit\">{}</span></summary>\n"
        "<ul class=\"tree\">\n{}</ul></details>\n",
        trees.empty() ? " open" : "", html_text(capitalised(c.name)), html_text(marked(c)), tree);
  }
  if (trees.empty()) return "";
  return section_html("breakdown", "Where each figure comes from",
                      "<p>Each phase and each process is the sum of the lines below it; at the ends stand the factors "
                      "with their sources. Open a line to go down.</p>\n" +
                          trees);
}

}  // namespace cradle::report
