// The ISO 14044-style report: goal, functional unit and reference flow, boundary, cut-off, allocation, criteria.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/iso14044.h"
#include "cradle/report/paper.h"

namespace cradle::report {
namespace {

using study::Result;

/// What flows from phase to phase; an edge is drawn where both ends are counted.
struct Edge {
  std::string_view from, to, what;
};
constexpr Edge kEdges[] = {{"design", "production", "hardware design"},
                           {"design", "training", "experiments"},
                           {"production", "training", "hardware"},
                           {"production", "use", "hardware"},
                           {"data", "training", "images"},
                           {"training", "deployment", "model"},
                           {"deployment", "use", "model"},
                           {"use", "end-of-life", "devices"},
                           {"production", "end-of-life", "devices"}};

/// Whether the edge stands for something: development of a model alone designs no hardware.
bool flows(const Result& result, const Edge& edge) {
  if (edge.from != "design" || edge.to != "production") return true;
  return std::any_of(result.tree.begin(), result.tree.end(),
                     [&](const study::TreeNode& n) { return n.kind == "process" && bare_name(n.name) == edge.what; });
}

/// A name that Mermaid takes for a node: letters, digits and underscores.
std::string node_id(std::string_view phase) {
  std::string id = "p_";
  for (const char c : phase) id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  return id;
}

/// Text inside Mermaid's quoted label: no quote, no angle bracket, no code fence can end it.
std::string label(std::string_view text) {
  std::string out, worded(text);
  for (const auto& [from, to] : {std::pair{">=", "≥"}, std::pair{"<=", "≤"}})
    for (std::size_t at; (at = worded.find(from)) != std::string::npos;) worded.replace(at, 2, to);
  for (const char c : worded) {
    if (c == '"' || c == '<' || c == '>' || c == '`' || c == '\n')
      out += ' ';
    else if (c == '&' || c == '#')
      out += '+';
    else
      out += c;
  }
  return out;
}

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// The phase that delivers the functional unit.
std::string_view delivering_phase(const Result& result) {
  if (result.functional_unit.kind == "training") return "training";
  return result.functional_unit.kind == "device" ? "production" : "use";
}

std::string mermaid(const Result& result) {
  const std::vector<std::string> counted = counted_phases(result);
  std::string out = "```mermaid\nflowchart LR\n  subgraph counted [\"inside the boundary\"]\n";
  for (const std::string& phase : counted)
    out += fmt::format("    {}[\"{}\"]\n", node_id(phase), label(phase_label(phase)));
  out += "  end\n";
  const auto missing = uncounted_phases(result);
  if (!missing.empty()) {
    out += "  subgraph missing [\"no data: not counted\"]\n";
    for (const study::MissingPhase& m : missing)
      out += fmt::format("    {}[\"{}\"]:::missing\n", node_id(m.phase), label(phase_label(m.phase)));
    out += "  end\n";
  }
  for (const Edge& e : kEdges)
    if (holds(counted, e.from) && holds(counted, e.to) && flows(result, e))
      out += fmt::format("  {} -->|{}| {}\n", node_id(e.from), e.what, node_id(e.to));
  if (const auto phase = delivering_phase(result); holds(counted, phase))
    out += fmt::format("  {} ==> unit([\"{}\"])\n", node_id(phase), label(result.functional_unit.text));
  return out + "  classDef missing stroke-dasharray: 5 5\n```\n\n";
}

std::string plain_diagram(const Result& result) {
  const auto joined = [](const auto& names, std::string_view between) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? std::string() : std::string(between)) + name;
    return out.empty() ? std::string("none") : out;
  };
  std::vector<std::string> counted, missing;
  for (const std::string& phase : counted_phases(result)) counted.push_back(label(phase_words(phase)));
  for (const study::MissingPhase& m : uncounted_phases(result)) missing.push_back(label(phase_words(m.phase)));
  return fmt::format(
      "```text\ninside the boundary:    {}\n                        => {}\nno data, not counted:   {}\n```\n\n",
      joined(counted, " -> "), label(result.functional_unit.text), joined(missing, ", "));
}

std::string included_table(const Result& result) {
  base::Table table({"phase", "processes inside the boundary"});
  for (const std::string& phase : counted_phases(result)) {
    std::vector<std::string> names;
    for (const study::CriterionInfo& c : result.criteria)
      for (const Leaf& leaf : leaves_of(result, c.code))
        if (leaf.phase == phase && !holds(names, leaf.process)) names.push_back(leaf.process);
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : "; ") + markdown_cell(name);
    table.row({markdown_cell(phase), text.empty() ? "not itemised in the result" : text});
  }
  return table.markdown() + '\n';
}

std::string excluded_list(const Result& result) {
  std::vector<std::string> lines;
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(
        fmt::format("**{}**, not zero and not in the totals: {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  for (const study::MissingPhase& m : partly_counted_phases(result))
    lines.push_back(fmt::format("**{}**, in part: {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  std::string out = lines.empty() ? paragraph("No phase is left out for want of data.")
                                  : paragraph("Left out for want of data:") + bullets(lines);
  std::vector<std::string> outside;
  for (const study::MissingPhase& m : phases_outside(result))
    outside.push_back(fmt::format("{}: {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  if (!outside.empty()) out += paragraph("Not part of what is studied:") + bullets(outside);
  return out;
}

/// What of each phase one functional unit takes, as the tree counts it.
std::string reference_flow(const Result& result) {
  base::Table table({"reference flow", "amount", "unit"});
  std::vector<std::string> seen;
  bool any = false;
  for (const study::TreeNode& phase : result.tree) {
    if (phase.kind != "phase") continue;
    for (const study::TreeNode& n : result.tree) {
      if (n.parent != phase.id || n.kind != "process" || n.unit.empty() || !(n.amount > 0)) continue;
      const std::string name = fmt::format("{}: {}", bare_name(phase.name), bare_name(n.name));
      if (holds(seen, name)) continue;
      seen.push_back(name);
      table.row({markdown_cell(name), number_text(n.amount), markdown_cell(n.unit)});
      any = true;
    }
  }
  if (const study::Energy* total = energy_of(result, "")) {
    table.row({"electricity at the facility's meter", energy_text(total->facility_kwh), ""});
    any = true;
  }
  if (result.images > 0) {
    table.row({"images of the model's whole life, for comparison", number_text(result.images), "image"});
    any = true;
  }
  return any ? table.markdown() + '\n' : paragraph("The result does not itemise it.");
}

std::string cut_off(const Result& result) {
  const auto missing = uncounted_phases(result);
  std::string out = paragraph(
      fmt::format("No percentage of mass, energy or impact is cut off: every exchange for which there is a figure is "
                  "counted. {} What the parts without data would add is not known and not estimated.",
                  missing.empty() ? "No phase is without data."
                                  : fmt::format("{} of {} phases are without data.", missing.size(),
                                                missing.size() + counted_phases(result).size())));
  return out;
}

std::string allocation(const Result& result) {
  std::string out = paragraph(
      fmt::format("Hardware is charged to what uses it by the rule {}; the treatment of the end of life is {}.",
                  stated(chosen_of(result, "allocation")), stated(chosen_of(result, "end-of-life"))));
  const std::string table = alternatives_table(result, "allocation");
  if (table.empty()) return out + paragraph("The result holds no total under another rule.");
  return out + paragraph("Totals under the other rules:") + table;
}

std::string criteria_table(const Result& result) {
  base::Table table({"criterion", "name", "unit", "note"});
  for (const study::CriterionInfo& c : result.criteria)
    table.row({marked_markdown(c), markdown_cell(c.name), markdown_cell(c.unit), markdown_cell(c.note)});
  return table.markdown() + '\n' +
         paragraph(result.methods.empty()
                       ? "There is no normalisation, no weighting and no single score."
                       : "The built-in criteria have no normalisation, no weighting and no single score; whether a "
                         "further method (named at the head) has them is for its table to say.");
}

}  // namespace

std::string iso_boundary(const Result& result) {
  return mermaid(result) + paragraph("The same in plain text:") + plain_diagram(result);
}

std::string iso_goal(const Result& result) {
  base::Table table({"item", "stated"});
  table.row({"reason: the question", stated(result.question)});
  table.row({"intended application", stated(result.application)});
  table.row({"audience", stated(result.audience)});
  table.row({"comparative assertion disclosed to the public", result.comparison_to_public ? "yes" : stated("")});
  return heading(2, "1. Goal") + table.markdown() + '\n';
}

std::string iso_scope(const Result& result) {
  const study::FunctionalUnit& unit = result.functional_unit;
  std::string out = heading(2, "2. Scope") + heading(3, "2.1 Functional unit and reference flow");
  base::Table table({"item", "stated"});
  table.row({"functional unit", stated(unit.text)});
  table.row({"amount, kind", fmt::format("{} {}", number_text(unit.amount), markdown_cell(unit.kind))});
  table.row({"quality", stated(unit.quality)});
  out += table.markdown() + '\n' + reference_flow(result);
  out += heading(3, "2.2 System boundary") + iso_boundary(result) + included_table(result) + excluded_list(result);
  out += heading(3, "2.3 Cut-off") + cut_off(result);
  out += heading(3, "2.4 Allocation") + allocation(result);
  out += heading(3, "2.5 Electricity") +
         paragraph(fmt::format("View: {}. Other views stand in section 5.", stated(chosen_of(result, "electricity"))));
  return out + heading(3, "2.6 Criteria") + criteria_table(result);
}

}  // namespace cradle::report
