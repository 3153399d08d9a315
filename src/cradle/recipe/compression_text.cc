// A compression as a table, as sentences and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/bench_table.h"
#include "cradle/recipe/compression.h"

namespace cradle::recipe {
namespace {

constexpr int kColumns = 120;

std::vector<std::string> row_of(const std::string& name, const Standing& s, const std::string& cost) {
  if (s.info.sha256.empty()) return {name, "–", "–", "–", "–", "–", "–", cost};
  const base::Scaled joules = base::scale_for(s.joules, "J");
  return {name,
          base::format_bytes(s.info.size_bytes),
          base::format_count(s.info.parameters),
          base::format_count(s.info.macs),
          s.quality.metric.empty() ? "–" : fmt::format("{:.3f}", s.quality.value.value),
          base::format_number(s.median_ms),
          base::format_number(s.joules * joules.factor) + " " + joules.unit,
          cost};
}

base::Json interval_json(const base::Interval& i) {
  const auto or_null = [](double x) { return std::isfinite(x) ? base::Json(x) : base::Json(nullptr); };
  return {{"value", or_null(i.value)}, {"low", or_null(i.low)}, {"high", or_null(i.high)}};
}

std::string signed_points(const base::Interval& i) {
  return fmt::format("{:+.2f} points ({:+.2f} to {:+.2f})", 100 * i.value, 100 * i.low, 100 * i.high);
}

/// "a loss", "a gain", or that neither can be told.
std::string judged(const base::Interval& i) {
  return i.high < 0 ? "a loss" : i.low > 0 ? "a gain" : "undecided: the interval holds 0";
}

std::string accuracy_line(const Compression& c, const Compared& to) {
  if (to.by_seed.empty()) return "";
  const Benched& output = c.bench.results[1];
  const base::Interval d = over_seeds(to.by_seed);
  const std::string seeds = to.by_seed.size() == 1 ? "" : fmt::format(" over {} seeds", to.by_seed.size());
  return fmt::format("{} of {} less that of {}{}: {}, {}", output.quality.metric, output.name, to.less, seeds,
                     signed_points(d), judged(d));
}

base::Json to_json(const Ledger& ledger) {
  base::Json records = base::Json::array();
  for (const auto& record : ledger.records) records.push_back(record.string());
  return {{"joules", interval_json(ledger.joules)},
          {"seconds", ledger.seconds},
          {"modelled", ledger.modelled},
          {"records", std::move(records)}};
}

base::Json step_json(const StepDone& s) {
  base::Json json = to_json(s.ledger);
  json.update({{"step", text_of(s.step)}, {"model", s.model.string()}, {"reused", s.reused}, {"details", s.details}});
  if (!s.after.info.sha256.empty()) json["after"] = to_json(s.after);
  return json;
}

}  // namespace

std::string steps_table(const Compressed& compressed) {
  const std::string metric = compressed.before.quality.metric;
  base::Table table(
      {"step", "size", "weights", "MACs", metric.empty() ? "accuracy" : metric, "ms", "per image", "the step took"});
  table.row(row_of("as it is", compressed.before, ""));
  for (std::size_t i = 0; i < compressed.steps.size(); ++i) {
    const StepDone& s = compressed.steps[i];
    table.row(row_of(
        fmt::format("{} {}", i + 1, base::cut(text_of(s.step), 40)), s.after,
        fmt::format("{} {}", base::format_joules(s.ledger.joules.value), base::format_seconds(s.ledger.seconds))));
  }
  return table.text();
}

std::string outcome_text(const Compression& c) {
  std::string text;
  for (const Compared& to : c.accuracy)
    if (const std::string line = accuracy_line(c, to); !line.empty()) text += base::wrapped(line, kColumns);
  const bool trained = std::any_of(c.compressed.steps.begin(), c.compressed.steps.end(),
                                   [](const StepDone& s) { return trains(s.step); });
  if (trained && !c.accuracy.empty() && c.accuracy[0].by_seed.size() == 1)
    text += base::wrapped(
        "one seed: the interval is that of other images; another training may fall otherwise (--seeds 3).", kColumns);
  for (const Control& control : c.controls)
    text += base::wrapped(
        !control.failed.empty()
            ? fmt::format("{}, a control, could not be had: {}", control.name, control.failed)
            : fmt::format("{} is a control: {}; it took {} and {}, which are not charged to the compression.",
                          control.name, control.what, base::format_joules(control.ledger.joules.value),
                          base::format_seconds(control.ledger.seconds)),
        kColumns);
  text +=
      base::wrapped(fmt::format("making it took {} ({}), {}: {} records.", base::format_interval(c.ledger.joules, "J"),
                                c.ledger.modelled ? "modelled, not measured" : "measured",
                                base::format_seconds(c.ledger.seconds), c.ledger.records.size()),
                    kColumns);
  if (c.pay_back) text += base::wrapped("energy is paid back " + text_of(*c.pay_back) + ".", kColumns);
  for (const std::string& warning : c.warnings) text += base::wrapped("warning: " + warning, kColumns);
  return text;
}

base::Json to_json(const Compression& c) {
  base::Json json = {{"schema", "cradle.compression/1"},
                     {"before", to_json(c.compressed.before)},
                     {"steps", base::Json::array()},
                     {"controls", base::Json::array()},
                     {"ledger", to_json(c.ledger)},
                     {"accuracy", base::Json::array()},
                     {"pay_back", nullptr},
                     {"bench", to_json(c.bench)},
                     {"warnings", c.warnings}};
  for (const StepDone& s : c.compressed.steps) json["steps"].push_back(step_json(s));
  for (const Control& control : c.controls)
    json["controls"].push_back({{"name", control.name},
                                {"what", control.what},
                                {"model", control.model.string()},
                                {"joules", interval_json(control.ledger.joules)},
                                {"seconds", control.ledger.seconds},
                                {"failed", control.failed}});
  for (const Compared& to : c.accuracy)
    json["accuracy"].push_back(
        {{"less", to.less},
         {"seeds", to.by_seed.size()},
         {"difference", to.by_seed.empty() ? base::Json(nullptr) : interval_json(over_seeds(to.by_seed))}});
  if (c.pay_back)
    json["pay_back"] = {{"inferences", interval_json(c.pay_back->inferences)}, {"decided", c.pay_back->decided}};
  return json;
}

}  // namespace cradle::recipe
