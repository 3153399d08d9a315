// Measuring models against each other.
#include "cradle/recipe/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {
namespace {

/// Mean with the 90 % interval of the mean by Student's t; one value has no interval of its own.
base::Interval mean_interval(const std::vector<double>& values) {
  const double mean = base::mean_of(values);
  if (values.size() < 2) return {mean, mean, mean};
  const double half = base::student_t95(static_cast<int>(values.size()) - 1) * base::standard_deviation_of(values) /
                      std::sqrt(static_cast<double>(values.size()));
  return {mean, std::max(0.0, mean - half), mean + half};
}

double median_of(std::vector<double> values) { return base::summary_of(std::move(values)).value; }

void run_once(const Workspace& workspace, const BenchRequest& request, int repeat, Benched& b) {
  const std::string where = "answer of cradle-deploy";
  Done done = run_job(workspace, "deploy", "infer", "bench " + b.name,
                      {{"model", b.model.string()},
                       {"threads", workspace.threads},
                       {"seconds", request.seconds},
                       {"split", "test"},
                       {"task", b.task},
                       {"engine", request.engine},
                       {"precision", request.precision},
                       {"quality_images", repeat == 0 ? request.images : 0}});
  record::RunRecord& r = done.record;
  r.work = record::Work{"image", base::json_number(done.answer, "images", where)};
  r.latency = latency_from(base::json_member(done.answer, "latency_ms", where), where);
  if (repeat == 0) {
    const base::Json& engine = base::json_member(done.answer, "engine", where);
    b.engine = base::json_string(engine, "name", where) + " " + base::json_string(engine, "version", where);
    b.note = base::json_string_or(engine, "note", "", where);
    b.qualities = qualities_from(done.answer, where);
    b.quality = b.qualities.front();
    b.right = base::json_string_or(done.answer, "right", "", where);
  }
  r.quality = b.quality;
  r.model = b.info;
  b.record_files.push_back(keep(workspace, r, fmt::format("bench-{}-{}", b.model.stem().string(), repeat + 1)));
  b.runs.push_back(std::move(r));
}

void summarise(Benched& b) {
  std::vector<double> joules, seconds, least, median, p95;
  for (const auto& r : b.runs) {
    const record::Window w = record::between(r, "window-begin", "window-end");
    joules.push_back(w.j / r.work->amount);
    seconds.push_back(w.s / r.work->amount);
    least.push_back(r.latency->min_ms);
    median.push_back(r.latency->median_ms);
    p95.push_back(r.latency->p95_ms);
    b.modelled = b.modelled || record::is_modelled(r);
  }
  b.joules_per_image = mean_interval(joules);
  b.seconds_per_image = mean_interval(seconds);
  b.latency = {*std::min_element(least.begin(), least.end()), median_of(median), median_of(p95)};
  b.throughput_per_s = 1.0 / b.seconds_per_image.value;
  const auto& j = b.runs.front().billed.j;
  b.meter_error = {1.0, j.low / j.value, j.high / j.value};
}

}  // namespace

std::vector<Benched> bench(const Workspace& workspace, const BenchRequest& request) {
  if (request.models.empty()) base::fail_usage("bench needs at least one model");
  if (request.repeats < 1) base::fail_usage("--runs must be at least 1, found {}", request.repeats);
  std::vector<Benched> all;
  for (const auto& model : request.models) {
    Benched b;
    b.model = model;
    b.name = model.stem().string();
    b.info = inspect(workspace, model);
    if (request.precision != "as-model") b.info.precision = request.precision;
    b.task = task_of(workspace, model, request.task);
    if (!all.empty() && all.front().task != b.task)
      base::fail_usage("{} is a model of {}, {} one of {}: they are not measured against each other",
                       all.front().model.string(), all.front().task, model.string(), b.task);
    all.push_back(std::move(b));
  }
  for (int repeat = 0; repeat < request.repeats; ++repeat)
    for (Benched& b : all) run_once(workspace, request, repeat, b);
  for (Benched& b : all) summarise(b);
  return all;
}

Ratio ratio_of(const Benched& a, const Benched& b) {
  // Repeats are neighbours in time, so their ratios are paired; logarithms make the mean symmetric in A and B.
  std::vector<double> logs;
  for (std::size_t i = 0; i < std::min(a.runs.size(), b.runs.size()); ++i) {
    const auto per_image = [&](const record::RunRecord& r) {
      return record::between(r, "window-begin", "window-end").j / r.work->amount;
    };
    logs.push_back(std::log(per_image(b.runs[i]) / per_image(a.runs[i])));
  }
  Ratio ratio;
  const double mean = base::mean_of(logs);
  if (logs.size() < 2) {
    ratio.joules = {std::exp(mean), 0.0, std::numeric_limits<double>::infinity()};
    return ratio;
  }
  const double half = base::student_t95(static_cast<int>(logs.size()) - 1) * base::standard_deviation_of(logs) /
                      std::sqrt(static_cast<double>(logs.size()));
  ratio.joules = {std::exp(mean), std::exp(mean - half), std::exp(mean + half)};
  ratio.decided = ratio.joules.low > 1.0 || ratio.joules.high < 1.0;
  return ratio;
}

std::optional<Agreement> agreement_of(const Benched& a, const Benched& b) {
  if (a.right.empty() || a.right.size() != b.right.size()) return std::nullopt;
  Agreement agreement;
  for (std::size_t i = 0; i < a.right.size(); ++i) {
    agreement.only_a += a.right[i] == '1' && b.right[i] == '0';
    agreement.only_b += a.right[i] == '0' && b.right[i] == '1';
  }
  agreement.p = base::mcnemar_p(agreement.only_a, agreement.only_b);
  return agreement;
}

std::string agreement_text(const std::vector<Benched>& benched) {
  constexpr double kDecided = 0.05;
  std::string text;
  for (std::size_t i = 1; i < benched.size(); ++i)
    if (const auto agreement = agreement_of(benched.front(), benched[i]))
      text += fmt::format("{} against {}: {} images only the one has right, {} only the other; p {} (McNemar){}\n",
                          benched[i].name, benched.front().name, agreement->only_b, agreement->only_a,
                          base::format_number(agreement->p, 2), agreement->p < kDecided ? "" : ", undecided");
  return text;
}

std::string engine_text(const std::vector<Benched>& benched) {
  const Benched& b = benched.front();
  return fmt::format("Engine: {}{}\n", b.engine, b.note.empty() ? "" : "; " + b.note);
}

std::string bench_table(const std::vector<Benched>& benched, bool markdown) {
  base::Table table({"model", "precision", "J/image", "±", "ms median", "ms p95", "images/s", "size",
                     benched.front().quality.metric, "energy ratio"});
  for (const Benched& b : benched) {
    const auto& j = b.joules_per_image;
    const base::Scaled scaled = base::scale_for(j.value, "J");
    std::string ratio = "1.00";
    if (&b != &benched.front()) {
      const Ratio r = ratio_of(benched.front(), b);
      ratio = b.runs.size() < 2
                  ? base::format_number(r.joules.value)
                  : fmt::format("{} ({}–{}){}", base::format_number(r.joules.value), base::format_number(r.joules.low),
                                base::format_number(r.joules.high), r.decided ? "" : " undecided");
    }
    table.row({b.name, b.info.precision,
               fmt::format("{} {}", base::format_number(j.value * scaled.factor), scaled.unit),
               base::format_number((j.high - j.value) * scaled.factor), base::format_number(b.latency.median_ms),
               base::format_number(b.latency.p95_ms), base::format_number(b.throughput_per_s),
               base::format_bytes(b.info.size_bytes),
               fmt::format("{:.3f} ({:.3f}–{:.3f})", b.quality.value.value, b.quality.value.low, b.quality.value.high),
               ratio});
  }
  return markdown ? table.markdown() : table.text();
}

base::Json to_json(const std::vector<Benched>& benched) {
  base::Json j;
  j["schema"] = "cradle.bench/1";
  j["results"] = base::Json::array();
  const auto interval = [](const base::Interval& i) {
    return base::Json{{"value", i.value}, {"low", i.low}, {"high", i.high}};
  };
  for (const Benched& b : benched) {
    base::Json item;
    item["model"] = b.model.string();
    item["precision"] = b.info.precision;
    item["engine"] = b.engine;
    item["size_bytes"] = b.info.size_bytes;
    item["basis"] = b.modelled ? "modelled" : "measured";
    item["joules_per_image"] = interval(b.joules_per_image);
    item["meter_error"] = interval(b.meter_error);
    item["seconds_per_image"] = interval(b.seconds_per_image);
    item["latency_ms"] = {{"min", b.latency.min_ms}, {"median", b.latency.median_ms}, {"p95", b.latency.p95_ms}};
    item["throughput_per_s"] = b.throughput_per_s;
    item["task"] = b.task;
    item["qualities"] = base::Json::array();
    for (const record::Quality& q : b.qualities) {
      item["qualities"].push_back(interval(q.value));
      item["qualities"].back()["metric"] = q.metric;
    }
    if (const auto agreement = agreement_of(benched.front(), b); agreement && &b != &benched.front())
      item["against_first"] = {
          {"only_first", agreement->only_a}, {"only_this", agreement->only_b}, {"mcnemar_p", agreement->p}};
    item["runs"] = base::Json::array();
    for (const auto& file : b.record_files) item["runs"].push_back(file.string());
    if (&b != &benched.front() && b.runs.size() > 1) {
      const Ratio r = ratio_of(benched.front(), b);
      item["energy_ratio_to_first"] = interval(r.joules);
      item["energy_ratio_decided"] = r.decided;
    }
    j["results"].push_back(std::move(item));
  }
  return j;
}

}  // namespace cradle::recipe
