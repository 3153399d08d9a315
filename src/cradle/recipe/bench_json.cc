// A bench as JSON: hyperfine's fields by hyperfine's names, and joules beside them.
#include <algorithm>

#include "cradle/base/json.h"
#include "cradle/recipe/bench_result.h"

namespace cradle::recipe {
namespace {

using base::Json;

Json to_json(const base::Interval& i) { return {{"value", i.value}, {"low", i.low}, {"high", i.high}}; }

Json or_null(const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); }

/// Mean over the runs of what only commands have; null for models.
Json mean_or_null(const std::vector<BenchRun>& runs, std::optional<double> BenchRun::*figure) {
  double sum = 0;
  for (const BenchRun& run : runs) {
    if (!(run.*figure)) return nullptr;
    sum += *(run.*figure);
  }
  return sum / static_cast<double>(runs.size());
}

/// One figure of each run, in their order.
template <class Figure>
Json of_each(const std::vector<BenchRun>& runs, Figure figure) {
  Json list = Json::array();
  for (const BenchRun& run : runs) list.push_back(figure(run));
  return list;
}

void put_times(Json& item, const Benched& b) {
  std::vector<double> times;
  for (const BenchRun& run : b.runs) times.push_back(run.sample.s);
  std::sort(times.begin(), times.end());
  item["mean"] = b.seconds.value;
  item["stddev"] = times.size() < 2 ? Json(nullptr) : Json(base::standard_deviation_of(times));
  item["median"] = base::sample_quantile(times, 0.5);
  item["user"] = mean_or_null(b.runs, &BenchRun::user_s);
  item["system"] = mean_or_null(b.runs, &BenchRun::system_s);
  item["min"] = times.front();
  item["max"] = times.back();
  item["times"] = of_each(b.runs, [](const BenchRun& r) { return Json(r.sample.s); });
  item["exit_codes"] = of_each(b.runs, [](const BenchRun& r) { return Json(r.record.exit_code); });
}

void put_joules(Json& item, const Benched& b) {
  item["j_mean"] = b.joules.value;
  item["j_low"] = b.joules.low;
  item["j_high"] = b.joules.high;
  item["joules"] = of_each(b.runs, [](const BenchRun& r) { return Json(r.sample.j); });
  item["machine_joules"] = of_each(b.runs, [](const BenchRun& r) { return or_null(r.machine_j); });
  item["above_idle_j"] = b.above_idle_j ? to_json(*b.above_idle_j) : Json(nullptr);
  item["watts"] = b.joules.value / b.seconds.value;
  item["basis"] = b.modelled ? "modelled" : "measured";
  item["basis_text"] = record::basis_text(b.runs.front().record);
  item["meter_error"] = to_json(b.meter_error);
}

void put_model(Json& item, const Benched& b) {
  item["model"] = b.model.string();
  item["precision"] = b.info.precision;
  item["engine"] = b.engine;
  item["peak_rss_bytes"] = or_null(b.peak_rss_bytes);
  item["size_bytes"] = b.info.size_bytes;
  item["joules_per_image"] = to_json(b.joules);
  item["seconds_per_image"] = to_json(b.seconds);
  item["latency_ms"] = {{"min", b.latency.min_ms}, {"median", b.latency.median_ms}, {"p95", b.latency.p95_ms}};
  item["throughput_per_s"] = 1.0 / b.seconds.value;
  item["task"] = b.task;
  item["qualities"] = Json::array();
  for (const record::Quality& q : b.qualities) {
    item["qualities"].push_back(to_json(q.value));
    item["qualities"].back()["metric"] = q.metric;
  }
}

/// Against the first: nothing where there is no ratio, or of one run only.
void put_ratios(Json& item, const Benched& first, const Benched& b) {
  if (const auto agreement = agreement_of(first.right, b.right))
    item["against_first"] = {
        {"only_first", agreement->only_a}, {"only_this", agreement->only_b}, {"mcnemar_p", agreement->p}};
  if (b.runs.size() < 2) return;
  const auto put = [&](const char* name, const std::optional<Ratio>& ratio) {
    if (ratio) item[std::string(name) + "_ratio_to_first"] = to_json(ratio->value);
    item[std::string(name) + "_ratio_decided"] = ratio && ratio->decided;
  };
  put("energy", energy_ratio(first, b));
  put("time", time_ratio(first, b));
}

void put_runs(Json& item, const Benched& b) {
  item["records"] = of_each(b.runs, [](const BenchRun& r) { return Json(r.file.string()); });
  item["runs"] = item["records"];
  item["cpu"] = of_each(b.runs, [](const BenchRun& r) {
    return Json{{"temperature_c", or_null(r.cpu.temperature_c)}, {"mhz", or_null(r.cpu.mhz)}};
  });
  item["discarded"] = {
      {"times", of_each(b.discarded, [](const BenchRun& r) { return Json(r.sample.s); })},
      {"joules", of_each(b.discarded, [](const BenchRun& r) { return Json(r.sample.j); })},
      {"records", of_each(b.discarded, [](const BenchRun& r) { return Json(r.file.string()); })},
  };
}

Json idle_json(const std::optional<Idle>& idle) {
  if (!idle) return nullptr;
  return {{"watts", to_json(idle->watts)},
          {"basis", idle->modelled ? "modelled" : "measured"},
          {"basis_text", idle->basis},
          {"seconds", idle->seconds}};
}

}  // namespace

Json to_json(const Bench& bench) {
  const Benched& first = bench.results.front();
  Json j;
  j["schema"] = "cradle.bench/1";
  j["unit"] = bench.unit;
  j["results"] = Json::array();
  for (const Benched& b : bench.results) {
    Json item;
    item["command"] = b.command.empty() ? b.model.string() : b.command;
    item["name"] = b.name;
    put_times(item, b);
    put_joules(item, b);
    if (!b.model.empty()) put_model(item, b);
    if (&b != &first) put_ratios(item, first, b);
    put_runs(item, b);
    j["results"].push_back(std::move(item));
  }
  j["idle"] = idle_json(bench.idle);
  j["nothing"] = bench.nothing ? Json{{"s", bench.nothing->s}, {"j", bench.nothing->j}} : Json(nullptr);
  j["rounds"] = {{"counted", first.runs.size()},
                 {"discarded", bench.settling.discarded},
                 {"settled", bench.settling.settled},
                 {"stopped", bench.stopped}};
  const measure::CpuState& cpu = first.runs.front().cpu;
  j["cpu_missing"] = {{"temperature", cpu.temperature_missing}, {"frequency", cpu.mhz_missing}};
  j["warnings"] = warnings_of(bench);
  return j;
}

}  // namespace cradle::recipe
