// A search as tables and as JSON.
#include <fmt/format.h>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/search.h"

namespace cradle::recipe {
namespace {

constexpr int kColumns = 120;

std::vector<std::string> row_of(const std::string& name, const Standing& s, const Standing& before) {
  return {name,
          base::format_bytes(s.info.size_bytes),
          base::format_number(s.median_ms),
          base::format_joules(s.joules),
          fmt::format("{:.3f}", s.quality.value.value),
          fmt::format("{:+.2f}", 100 * (s.quality.value.value - before.quality.value.value))};
}

}  // namespace

std::string search_text(const Search& s, const Target& target) {
  base::Table table({"on the front", "size", "ms", "per image", s.before.quality.metric, "points"});
  table.row(row_of("the model", s.before, s.before));
  for (const std::size_t i : s.front) {
    const Candidate& c = s.candidates[i];
    table.row(row_of((s.best == i ? "→ " : "") + base::cut(c.recipe, 50), *c.trained, s.before));
  }
  std::string text = table.text();
  std::size_t trained = 0, measured = 0;
  for (const Candidate& c : s.candidates) {
    trained += c.trained.has_value();
    measured += !c.cost.info.sha256.empty();
  }
  text += base::wrapped(
      fmt::format(
          "{} combinations were measured, {} trained; stopped: {}. Validation images; the search took {} ({}) and {} "
          "beside the one that is taken.",
          measured, trained, s.stopped, base::format_joules(s.joules.value),
          s.before.modelled ? "modelled" : "measured", base::format_seconds(s.seconds)),
      kColumns);
  if (!s.best) text += base::wrapped(fmt::format("none of them meets the target {}.", target.text), kColumns);
  return text;
}

base::Json to_json(const Search& s) {
  base::Json json = {{"before", to_json(s.before)},
                     {"candidates", base::Json::array()},
                     {"front", s.front},
                     {"best", s.best ? base::Json(*s.best) : base::Json(nullptr)},
                     {"stopped", s.stopped},
                     {"joules", s.joules.value},
                     {"seconds", s.seconds}};
  for (const Candidate& c : s.candidates) {
    base::Json one = {{"recipe", c.recipe}, {"left_out", c.left_out}};
    if (!c.cost.info.sha256.empty()) one["cost"] = to_json(c.cost);
    if (c.trained) one["trained"] = to_json(*c.trained);
    json["candidates"].push_back(std::move(one));
  }
  return json;
}

}  // namespace cradle::recipe
