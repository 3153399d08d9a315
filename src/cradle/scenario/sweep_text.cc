// A sweep as a table and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"
#include "cradle/scenario/sweep.h"
#include "cradle/study/result_json.h"

namespace cradle::scenario {
namespace {

/// The largest central figure of a criterion, by which its column's unit is chosen.
double largest(const Sweep& s, const std::string& code) {
  double most = 0;
  for (const Combination& c : s.combinations)
    for (const auto& total : c.totals)
      if (total.criterion == code) most = std::max(most, total.figure.value);
  return most;
}

std::string cell_of(const Combination& c, const study::CriterionInfo& criterion, const base::Scaled& scaled) {
  for (const auto& total : c.totals) {
    if (total.criterion != criterion.code) continue;
    const bool best = std::find(c.best_in.begin(), c.best_in.end(), criterion.code) != c.best_in.end();
    return fmt::format("{}{} ({}–{})", best ? "▾" : "", base::format_number(total.figure.value * scaled.factor),
                       base::format_number(total.figure.p5 * scaled.factor, 2),
                       base::format_number(total.figure.p95 * scaled.factor, 2));
  }
  return "–";
}

}  // namespace

std::string text(const Sweep& s) {
  std::string out =
      fmt::format("{}\nfor {}; each figure with its P5–P95; all by the same {} random draws (seed {})\n\n", s.study,
                  s.functional_unit.text, s.samples, s.seed);
  std::vector<std::string> header;
  for (const Axis& axis : s.axes) header.push_back(axis.name);
  std::vector<base::Scaled> scales;
  for (const auto& criterion : s.criteria) {
    scales.push_back(base::scale_for(largest(s, criterion.code), criterion.unit));
    header.push_back(fmt::format("{}{} {}", criterion.code, criterion.note.empty() ? "" : "*", scales.back().unit));
  }
  header.emplace_back("front");
  base::Table table(header);
  std::string faults;
  std::size_t failed = 0;
  for (const Combination& c : s.combinations) {
    std::vector<std::string> row = c.values;
    for (std::size_t k = 0; k < s.criteria.size(); ++k) row.push_back(cell_of(c, s.criteria[k], scales[k]));
    row.emplace_back(!c.fault.empty() ? fmt::format("failed [{}]", ++failed) : c.on_front ? "front" : "");
    table.row(std::move(row));
    if (!c.fault.empty()) faults += fmt::format("[{}] {}\n", failed, c.fault);
  }
  out += table.text();
  if (!s.front_criteria.empty())
    out += fmt::format("\n▾ least of its column; front: no other is as good in all of {} and better in one\n",
                       fmt::join(s.front_criteria, ", "));
  for (const auto& criterion : s.criteria)
    if (!criterion.note.empty()) out += fmt::format("* {}: {}\n", criterion.code, criterion.note);
  for (const std::string& note : s.notes) out += fmt::format("note: {}\n", note);
  if (s.front_criteria.size() < s.criteria.size() && failed < s.combinations.size())
    out += "a criterion in which some combination has no figure is not part of the front\n";
  return out + faults;
}

base::Json to_json(const Sweep& s) {
  base::Json json = {
      {"schema", kSweepSchema}, {"study", s.study}, {"functional_unit", study::unit_json(s.functional_unit)}};
  json["criteria"] = base::Json::array();
  for (const auto& c : s.criteria) json["criteria"].push_back({{"code", c.code}, {"name", c.name}, {"unit", c.unit}});
  json["front_criteria"] = s.front_criteria;
  json["axes"] = base::Json::array();
  for (const Axis& axis : s.axes) json["axes"].push_back({{"name", axis.name}, {"values", axis.values}});
  json["combinations"] = base::Json::array();
  for (const Combination& c : s.combinations) {
    base::Json one = {{"values", c.values}};
    one["totals"] = base::Json::array();
    for (const auto& t : c.totals) one["totals"].push_back(study::figure_json({{"criterion", t.criterion}}, t.figure));
    one["best_in"] = c.best_in;
    one["on_front"] = c.on_front;
    one["fault"] = c.fault.empty() ? base::Json(nullptr) : base::Json(c.fault);
    json["combinations"].push_back(std::move(one));
  }
  json["notes"] = s.notes;
  json["seed"] = s.seed;
  json["samples"] = s.samples;
  return json;
}

}  // namespace cradle::scenario
