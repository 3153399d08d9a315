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
          measured, trained, s.stopped, base::format_joules(s.ledger.joules.value),
          s.ledger.modelled ? "modelled" : "measured", base::format_seconds(s.ledger.seconds)),
      kColumns);
  for (const Candidate& c : s.candidates)
    if (!c.trained) text += base::cut(fmt::format("  left out: {}: {}", c.recipe, c.left_out), kColumns) + "\n";
  if (!s.best) text += base::wrapped(fmt::format("none of them meets the target {}.", target.text), kColumns);
  return text;
}

std::string target_text(const Target& target, const Compression& c) {
  const Benched& after = c.bench.results.at(1);
  const auto verdict = [](bool met, bool missed) { return met ? "met" : missed ? "missed" : "undecided"; };
  std::vector<std::string> parts;
  if (target.most_ms)
    parts.push_back(fmt::format("latency {}: {} ms", verdict(after.latency.median_ms <= *target.most_ms, true),
                                base::format_number(after.latency.median_ms)));
  if (target.most_j)
    parts.push_back(fmt::format("energy {}: {}",
                                verdict(after.joules.high <= *target.most_j, after.joules.low > *target.most_j),
                                base::format_interval(after.joules, "J")));
  if (target.least_change && !c.accuracy.at(0).by_seed.empty()) {
    const base::Interval d = over_seeds(c.accuracy[0].by_seed);
    parts.push_back(fmt::format("accuracy {}: {:+.2f} points ({:+.2f} to {:+.2f})",
                                verdict(d.low >= *target.least_change, d.high < *target.least_change), 100 * d.value,
                                100 * d.low, 100 * d.high));
  }
  return base::wrapped(fmt::format("target {} on test images: {}.", target.text, fmt::join(parts, "; ")), kColumns);
}

base::Json to_json(const Search& s) {
  base::Json json = {{"before", to_json(s.before)},
                     {"candidates", base::Json::array()},
                     {"front", s.front},
                     {"best", s.best ? base::Json(*s.best) : base::Json(nullptr)},
                     {"stopped", s.stopped},
                     {"joules", s.ledger.joules.value},
                     {"seconds", s.ledger.seconds}};
  for (const Candidate& c : s.candidates) {
    base::Json one = {{"recipe", c.recipe}, {"left_out", c.left_out}};
    if (!c.cost.info.sha256.empty()) one["cost"] = to_json(c.cost);
    if (c.trained) one["trained"] = to_json(*c.trained);
    json["candidates"].push_back(std::move(one));
  }
  return json;
}

}  // namespace cradle::recipe
