// A difference as text and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/text.h"
#include "cradle/scenario/difference.h"

namespace cradle::scenario {
namespace {

std::string side_text(const std::optional<CauseSide>& side) {
  if (!side) return "–";
  return side->unit.empty() || side->unit == "1"
             ? base::format_number(side->value, 4)
             : fmt::format("{} {}", base::format_number(side->value, 4), side->unit);
}

/// Where a cause's figures come from, once if both sides have one source.
std::string source_text(const Cause& c) {
  const auto of = [](const std::optional<CauseSide>& side) -> std::string {
    if (!side || side->source.empty()) return "";
    return side->source + (side->year ? fmt::format(", {}", side->year) : "") +
           (side->place.empty() ? "" : fmt::format(", {}", side->place));
  };
  const std::string before = of(c.before), after = of(c.after);
  return before == after || before.empty() ? after : after.empty() ? before : before + " → " + after;
}

std::string label_of(const Cause& c) {
  if (c.kind == "new" || c.kind == "gone") return fmt::format("{} in {}: {}", c.kind, c.phase, c.name);
  if (c.kind == "structure") return fmt::format("structure of {}: {}", c.phase, c.name);
  if (c.kind == "number") return fmt::format("number: {}", c.name);
  return c.name;
}

std::string text_of(const CriterionDifference& d) {
  const double change = d.after - d.before;
  const base::Scaled scaled = base::scale_for(std::max(std::abs(d.before), std::abs(d.after)), d.unit);
  const auto number = [&](double x) { return base::format_number(x * scaled.factor, 4); };
  std::string out = fmt::format("\n{}{}: {} → {} {} ({}{})\n", d.criterion, d.note.empty() ? "" : "*", number(d.before),
                                number(d.after), scaled.unit, change > 0 ? "+" : "", number(change));
  if (d.before != 0.0) out.insert(out.size() - 2, fmt::format(", {:+.1f} %", 100 * change / d.before));
  if (!d.note.empty()) out += fmt::format("  * {}\n", d.note);
  if (d.causes.empty()) return out + "  nothing that counts in it changed\n";
  base::Table table({"cause", fmt::format("change {}", scaled.unit), "before", "after"});
  std::string sources;
  for (const Cause& c : d.causes) {
    table.row({label_of(c), (c.change > 0 ? "+" : "") + number(c.change), side_text(c.before), side_text(c.after)});
    if (const std::string source = source_text(c); !source.empty())
      sources += fmt::format("    {}: {}\n", c.name, source);
  }
  if (d.smaller_count > 0)
    table.row(
        {fmt::format("{} smaller causes", d.smaller_count), (d.smaller > 0 ? "+" : "") + number(d.smaller), "", ""});
  out += table.text("  ");
  if (!sources.empty()) out += "  sources\n" + sources;
  return out;
}

base::Json json_of(const std::optional<CauseSide>& side) {
  if (!side) return nullptr;
  return {{"id", side->id},       {"value", side->value}, {"unit", side->unit},
          {"place", side->place}, {"year", side->year},   {"source", side->source}};
}

}  // namespace

std::string text(const Difference& d) {
  std::string out = fmt::format("before: {}\nafter:  {}\n", d.before, d.after);
  for (const Setting& s : d.settings) out += fmt::format("differs: {}: {} → {}\n", s.what, s.before, s.after);
  const bool units_differ =
      std::any_of(d.settings.begin(), d.settings.end(), [](const Setting& s) { return s.what == "functional unit"; });
  if (units_differ) out += "the functional units differ: the totals are not of the same service\n";
  for (const CriterionDifference& c : d.criteria)
    if (c.before != 0.0 || c.after != 0.0) out += text_of(c);
  return out;
}

base::Json to_json(const Difference& d) {
  base::Json json = {{"schema", kDifferenceSchema}, {"a", d.before}, {"b", d.after}};
  json["settings"] = base::Json::array();
  for (const Setting& s : d.settings) json["settings"].push_back({{"what", s.what}, {"a", s.before}, {"b", s.after}});
  json["criteria"] = base::Json::array();
  for (const CriterionDifference& c : d.criteria) {
    base::Json one = {
        {"criterion", c.criterion},        {"unit", c.unit}, {"note", c.note}, {"a", c.before}, {"b", c.after},
        {"difference", c.after - c.before}};
    one["causes"] = base::Json::array();
    for (const Cause& cause : c.causes)
      one["causes"].push_back({{"kind", cause.kind},
                               {"name", cause.name},
                               {"phase", cause.phase},
                               {"change", cause.change},
                               {"a", json_of(cause.before)},
                               {"b", json_of(cause.after)}});
    one["smaller"] = {{"count", c.smaller_count}, {"change", c.smaller}};
    json["criteria"].push_back(std::move(one));
  }
  return json;
}

}  // namespace cradle::scenario
