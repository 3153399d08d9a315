// The run record to and from JSON (cradle.run/1), with the checks that make a record believable.
#include "cradle/record/run_json.h"

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::record {
namespace {

using base::Interval;
using base::Json;
using base::json_member;
using base::json_number;
using base::json_number_or;
using base::json_string;
using base::json_string_or;

Json joules_json(const Interval& i) { return Json{{"j", i.value}, {"low", i.low}, {"high", i.high}}; }
Json value_json(const Interval& i) { return Json{{"value", i.value}, {"low", i.low}, {"high", i.high}}; }

/// Reads {key low high}; refuses an interval that is out of order.
Interval interval_of(const Json& json, std::string_view key, const std::string& where) {
  const Interval i{json_number(json, key, where), json_number(json, "low", where), json_number(json, "high", where)};
  if (!(i.low <= i.value && i.value <= i.high))
    base::fail("{}: the interval is out of order: low {}, {} {}, high {}; expected low <= {} <= high", where, i.low,
               key, i.value, i.high, key);
  return i;
}

Json part_json(const PartEnergy& p) {
  Json json{{"part", p.part}, {"kind", p.kind}, {"basis", name_of(p.basis)}, {"sensor", p.sensor}};
  json.update(joules_json(p.j));
  json["coverage"] = p.coverage;
  return json;
}

PartEnergy part_of(const Json& json, const std::string& where) {
  PartEnergy p;
  p.part = json_string(json, "part", where);
  p.kind = json_string(json, "kind", where);
  p.basis = basis_named(json_string(json, "basis", where), where + ": 'basis'");
  p.sensor = json_string(json, "sensor", where);
  p.j = interval_of(json, "j", where);
  p.coverage = json_number(json, "coverage", where);
  if (p.coverage < 0 || p.coverage > 1)
    base::fail("{}: 'coverage' is {}; expected a share between 0 and 1", where, p.coverage);
  return p;
}

Json emissions_json(const Emissions& e) {
  return Json{{"co2e_g", value_json(e.co2e_g)},
              {"factor",
               {{"id", e.factor_id},
                {"kg_per_kwh", e.factor_kg_per_kwh},
                {"place", e.factor_place},
                {"year", e.factor_year},
                {"source", e.factor_source}}}};
}

Emissions emissions_of(const Json& json, const std::string& where) {
  Emissions e;
  e.co2e_g = interval_of(json_member(json, "co2e_g", where), "value", where + ": co2e_g");
  const Json& factor = json_member(json, "factor", where);
  e.factor_id = json_string(factor, "id", where);
  e.factor_kg_per_kwh = json_number(factor, "kg_per_kwh", where);
  e.factor_place = json_string(factor, "place", where);
  e.factor_year = json_int_or(factor, "year", 0, where);
  e.factor_source = json_string(factor, "source", where);
  return e;
}

Json energy_json(const RunRecord& r) {
  Json parts = Json::array();
  for (const PartEnergy& p : r.parts) parts.push_back(part_json(p));
  Json billed = joules_json(r.billed.j);
  billed["rule"] = r.billed.rule;
  Json split{{"mine_j", r.split.mine_j}, {"others_j", r.split.others_j}, {"idle_j", r.split.idle_j}};
  if (!r.split.method.empty()) split["method"] = r.split.method;
  return Json{{"total", joules_json(r.total)},
              {"parts", std::move(parts)},
              {"split", std::move(split)},
              {"billed", std::move(billed)}};
}

/// Sums of doubles written by other programs agree to a part in a million, or to a microjoule.
bool agree(double a, double b) { return std::abs(a - b) <= 1e-6 + 1e-6 * std::max(std::abs(a), std::abs(b)); }

void energy_of(const Json& energy, const std::string& where, RunRecord& r) {
  r.total = interval_of(json_member(energy, "total", where), "j", where + ": energy.total");
  double sum = 0;
  for (const Json& part : array_or_empty(energy, "parts", where + ": energy")) {
    r.parts.push_back(part_of(part, fmt::format("{}: energy.parts[{}]", where, r.parts.size())));
    sum += r.parts.back().j.value;
  }
  if (!agree(sum, r.total.value))
    base::fail("{}: the parts add up to {} J but energy.total is {} J; they must agree", where, sum, r.total.value);
  const Json& split = json_member(energy, "split", where + ": energy");
  r.split.mine_j = json_number(split, "mine_j", where + ": energy.split");
  r.split.others_j = json_number(split, "others_j", where + ": energy.split");
  r.split.idle_j = json_number(split, "idle_j", where + ": energy.split");
  r.split.method = json_string_or(split, "method", "", where + ": energy.split");
  const double whole = r.split.mine_j + r.split.others_j + r.split.idle_j;
  if (!agree(whole, r.total.value))
    base::fail("{}: energy.split adds up to {} J but energy.total is {} J; they must agree", where, whole,
               r.total.value);
  const Json& billed = json_member(energy, "billed", where + ": energy");
  r.billed.j = interval_of(billed, "j", where + ": energy.billed");
  r.billed.rule = json_string(billed, "rule", where + ": energy.billed");
}

/// What a worker's answer adds to the record: work, latency, quality, model, data.
void write_outcome(const RunRecord& r, Json& json) {
  if (r.work) json["work"] = Json{{"unit", r.work->unit}, {"amount", r.work->amount}};
  if (r.latency)
    json["latency_ms"] = Json{{"min", r.latency->min_ms}, {"median", r.latency->median_ms}, {"p95", r.latency->p95_ms}};
  if (r.quality) {
    json["quality"] = Json{{"metric", r.quality->metric}};
    json["quality"].update(value_json(r.quality->value));
  }
  if (r.model)
    json["model"] = Json{{"file", r.model->file},
                         {"sha256", r.model->sha256},
                         {"size_bytes", r.model->size_bytes},
                         {"parameters", r.model->parameters},
                         {"macs", r.model->macs},
                         {"precision", r.model->precision}};
  if (r.data) json["data"] = Json{{"name", r.data->name}, {"images", r.data->images}};
}

bool given(const Json& json, std::string_view key) {
  const auto at = json.find(key);
  return at != json.end() && !at->is_null();
}

void read_outcome(const Json& json, const std::string& where, RunRecord& r) {
  if (given(json, "work")) {
    const std::string at = where + ": work";
    r.work = Work{json_string(json.at("work"), "unit", at), json_number(json.at("work"), "amount", at)};
  }
  if (given(json, "latency_ms")) {
    const std::string at = where + ": latency_ms";
    const Json& l = json.at("latency_ms");
    r.latency = Latency{json_number(l, "min", at), json_number(l, "median", at), json_number(l, "p95", at)};
  }
  if (given(json, "quality")) {
    const std::string at = where + ": quality";
    r.quality = Quality{json_string(json.at("quality"), "metric", at), interval_of(json.at("quality"), "value", at)};
  }
  if (given(json, "model")) {
    const std::string at = where + ": model";
    const Json& m = json.at("model");
    r.model = Model{json_string(m, "file", at),
                    json_string(m, "sha256", at),
                    json_number_or(m, "size_bytes", 0, at),
                    json_number_or(m, "parameters", 0, at),
                    json_number_or(m, "macs", 0, at),
                    json_string_or(m, "precision", "", at)};
  }
  if (given(json, "data")) {
    const std::string at = where + ": data";
    r.data = DataSet{json_string(json.at("data"), "name", at), json_number_or(json.at("data"), "images", 0, at)};
  }
}

bool json_bool_or(const Json& json, std::string_view key, bool fallback, const std::string& where) {
  if (!given(json, key)) return fallback;
  const Json& member = json_member(json, key, where);
  if (!member.is_boolean()) base::fail("{}: '{}': expected true or false, found {}", where, key, member.type_name());
  return member.get<bool>();
}

}  // namespace

int json_int_or(const Json& json, std::string_view key, int fallback, std::string_view where) {
  const double number = json_number_or(json, key, fallback, where);
  if (number != std::floor(number) || std::abs(number) > 2e9)
    base::fail("{}: '{}' is {}; expected a whole number", where, key, number);
  return static_cast<int>(number);
}

Json array_or_empty(const Json& json, std::string_view key, std::string_view where) {
  if (!json.is_object() || !given(json, key)) return Json::array();
  const Json& member = json_member(json, key, where);
  if (!member.is_array()) base::fail("{}: '{}': expected a list, found {}", where, key, member.type_name());
  return member;
}

Json machine_json(const Machine& m) {
  return Json{{"host_id", m.host_id},           {"cpu", m.cpu},
              {"logical_cpus", m.logical_cpus}, {"memory_gb", m.memory_gb},
              {"virtualised", m.virtualised},   {"kernel", m.kernel}};
}

Machine machine_of(const Json& json, std::string_view where) {
  Machine m;
  m.host_id = json_string_or(json, "host_id", "", where);
  m.cpu = json_string_or(json, "cpu", "", where);
  m.logical_cpus = json_int_or(json, "logical_cpus", 0, where);
  m.memory_gb = json_number_or(json, "memory_gb", 0, where);
  m.virtualised = json_string_or(json, "virtualised", "", where);
  m.kernel = json_string_or(json, "kernel", "", where);
  return m;
}

Json event_json(const Event& e) {
  return Json{{"t_s", e.t_s}, {"kind", e.kind}, {"part", e.part}, {"detail", e.detail}};
}

Event event_of(const Json& json, std::string_view where) {
  return {json_number(json, "t_s", where), json_string(json, "kind", where), json_string_or(json, "part", "", where),
          json_string_or(json, "detail", "", where)};
}

Json mark_json(const Mark& m) { return Json{{"name", m.name}, {"t_s", m.t_s}, {"j", m.j}}; }

Mark mark_of(const Json& json, std::string_view where) {
  return {json_string(json, "name", where), json_number(json, "t_s", where), json_number(json, "j", where)};
}

Json forecast_json(const Forecast& f) {
  const auto quantiles = [](const base::Interval& i) {
    return Json{{"p10", i.low}, {"p50", i.value}, {"p90", i.high}};
  };
  return Json{{"at_s", f.at_s}, {"total_j", quantiles(f.total_j)}, {"total_s", quantiles(f.total_s)}};
}

Forecast forecast_of(const Json& json, std::string_view where) {
  const auto quantiles = [&](std::string_view key) {
    const Json& q = json_member(json, key, where);
    const base::Interval i{json_number(q, "p50", where), json_number(q, "p10", where), json_number(q, "p90", where)};
    if (i.low > i.value || i.value > i.high)
      base::fail("{}: '{}': expected p10 <= p50 <= p90, found {}, {}, {}", where, key, i.low, i.value, i.high);
    return i;
  };
  return {json_number(json, "at_s", where), quantiles("total_j"), quantiles("total_s")};
}

std::vector<std::string> command_of(const Json& json, std::string_view where) {
  std::vector<std::string> command;
  for (const Json& word : array_or_empty(json, "command", where)) {
    if (!word.is_string()) base::fail("{}: 'command': expected a list of words, found {}", where, word.type_name());
    command.push_back(word.get<std::string>());
  }
  return command;
}

Json to_json(const RunRecord& r) {
  Json json{{"schema", kRunSchema},
            {"id", r.id},
            {"name", r.name},
            {"started", r.started},
            {"finished", r.finished},
            {"duration_s", r.duration_s},
            {"command", r.command},
            {"exit_code", r.exit_code},
            {"complete", r.complete},
            {"place", r.place},
            {"machine", machine_json(r.machine)},
            {"energy", energy_json(r)},
            {"events", Json::array()},
            {"marks", Json::array()}};
  for (const Event& e : r.events) json["events"].push_back(event_json(e));
  for (const Mark& m : r.marks) json["marks"].push_back(mark_json(m));
  if (!r.forecasts.empty()) {
    json["forecast"] = Json::array();
    for (const Forecast& f : r.forecasts) json["forecast"].push_back(forecast_json(f));
  }
  write_outcome(r, json);
  json["self"] = Json{{"cpu_s", r.self.cpu_s}, {"rss_bytes", r.self.rss_bytes}, {"j", r.self.j}};
  if (r.emissions) json["emissions"] = emissions_json(*r.emissions);
  return json;
}

RunRecord from_json(const Json& json, std::string_view name) {
  const std::string where(name);
  const std::string schema = json_string(json, "schema", where);
  if (schema != kRunSchema)
    base::fail("{}: 'schema' is '{}'; expected '{}': this is not a run record that this cradle reads", where, schema,
               kRunSchema);
  RunRecord r;
  r.id = json_string(json, "id", where);
  r.name = json_string_or(json, "name", "", where);
  r.started = json_string(json, "started", where);
  r.finished = json_string_or(json, "finished", "", where);
  r.duration_s = json_number(json, "duration_s", where);
  r.command = command_of(json, where);
  r.exit_code = json_int_or(json, "exit_code", 0, where);
  r.complete = json_bool_or(json, "complete", true, where);
  r.place = json_string_or(json, "place", "", where);
  if (given(json, "machine")) r.machine = machine_of(json.at("machine"), where + ": machine");
  energy_of(json_member(json, "energy", where), where, r);
  for (const Json& e : array_or_empty(json, "events", where))
    r.events.push_back(event_of(e, fmt::format("{}: events[{}]", where, r.events.size())));
  for (const Json& m : array_or_empty(json, "marks", where))
    r.marks.push_back(mark_of(m, fmt::format("{}: marks[{}]", where, r.marks.size())));
  for (const Json& f : array_or_empty(json, "forecast", where))
    r.forecasts.push_back(forecast_of(f, fmt::format("{}: forecast[{}]", where, r.forecasts.size())));
  read_outcome(json, where, r);
  if (given(json, "self")) {
    const Json& self = json.at("self");
    r.self = {json_number_or(self, "cpu_s", 0, where + ": self"),
              json_number_or(self, "rss_bytes", 0, where + ": self"), json_number_or(self, "j", 0, where + ": self")};
  }
  if (given(json, "emissions")) r.emissions = emissions_of(json.at("emissions"), where + ": emissions");
  return r;
}

}  // namespace cradle::record
