// cradle.result/1 and cradle.comparison/1 as JSON.
#include "cradle/study/result.h"

#include <cmath>

#include "cradle/base/error.h"

namespace cradle::study {
namespace {

using base::Json;

Json figure_json(Json object, const Figure& f) {
  object["value"] = f.value;
  object["p5"] = f.p5;
  object["p50"] = f.p50;
  object["p95"] = f.p95;
  return object;
}

Figure figure_from(const Json& j, std::string_view where) {
  return {base::json_number(j, "value", where), base::json_number(j, "p5", where), base::json_number(j, "p50", where),
          base::json_number(j, "p95", where)};
}

Json finite_or_null(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json unit_json(const FunctionalUnit& u) {
  return Json{{"kind", u.kind}, {"amount", u.amount}, {"quality", u.quality}, {"text", u.text}};
}

template <class F>
void each(const Json& parent, const char* key, std::string_view where, F read) {
  const Json& list = base::json_member(parent, key, where);
  if (!list.is_array()) base::fail("{}: '{}': expected an array, found {}", where, key, list.type_name());
  for (const Json& item : list) read(item);
}

}  // namespace

Json to_json(const Result& r) {
  Json j;
  j["schema"] = kResultSchema;
  j["name"] = r.name;
  j["goal"] = {{"question", r.question}, {"audience", r.audience}};
  j["study"] = {{"file", r.study_file}, {"sha256", r.study_sha256}};
  j["functional_unit"] = unit_json(r.functional_unit);
  j["criteria"] = Json::array();
  for (const auto& c : r.criteria)
    j["criteria"].push_back({{"code", c.code}, {"name", c.name}, {"unit", c.unit}, {"note", c.note}});
  j["impacts"] = Json::array();
  for (const auto& i : r.impacts)
    j["impacts"].push_back(figure_json({{"phase", i.phase}, {"criterion", i.criterion}}, i.figure));
  j["per_unit"] = Json::array();
  for (const auto& t : r.per_unit) j["per_unit"].push_back(figure_json({{"criterion", t.criterion}}, t.figure));
  j["tree"] = Json::array();
  for (const auto& n : r.tree)
    j["tree"].push_back({{"id", n.id},
                         {"parent", n.parent},
                         {"name", n.name},
                         {"kind", n.kind},
                         {"criterion", n.criterion},
                         {"value", n.value},
                         {"factor", n.factor}});
  j["sensitivity"] = Json::array();
  for (const auto& s : r.sensitivity)
    j["sensitivity"].push_back(
        {{"input", s.input}, {"name", s.name}, {"criterion", s.criterion}, {"at_p5", s.at_p5}, {"at_p95", s.at_p95}});
  j["missing_phases"] = Json::array();
  for (const auto& m : r.missing_phases) j["missing_phases"].push_back({{"phase", m.phase}, {"reason", m.reason}});
  j["factors"] = Json::array();
  for (const auto& f : r.factors)
    j["factors"].push_back({{"id", f.id},
                            {"name", f.name},
                            {"value", f.value},
                            {"low", f.low},
                            {"high", f.high},
                            {"distribution", f.distribution},
                            {"unit", f.unit},
                            {"place", f.place},
                            {"year", f.year},
                            {"licence", f.licence},
                            {"grade", f.grade},
                            {"source", f.source},
                            {"note", f.note},
                            {"status", f.status}});
  j["warnings"] = r.warnings;
  j["assumptions"] = r.assumptions;
  j["seed"] = r.seed;
  j["samples"] = r.samples;
  j["convention"] = r.convention;
  j["energy_basis"] = r.energy_basis;
  return j;
}

Result result_from_json(const Json& j, std::string_view where) {
  using base::json_member;
  using base::json_number;
  using base::json_string;
  if (json_string(j, "schema", where) != kResultSchema)
    base::fail("{}: expected schema {}, found {}", where, kResultSchema, json_string(j, "schema", where));
  Result r;
  r.name = json_string(j, "name", where);
  const Json& goal = json_member(j, "goal", where);
  r.question = json_string(goal, "question", where);
  r.audience = json_string(goal, "audience", where);
  const Json& study = json_member(j, "study", where);
  r.study_file = json_string(study, "file", where);
  r.study_sha256 = json_string(study, "sha256", where);
  const Json& unit = json_member(j, "functional_unit", where);
  r.functional_unit = {json_string(unit, "kind", where), json_number(unit, "amount", where),
                       json_string(unit, "quality", where), json_string(unit, "text", where)};
  each(j, "criteria", where, [&](const Json& c) {
    r.criteria.push_back({json_string(c, "code", where), json_string(c, "name", where), json_string(c, "unit", where),
                          json_string(c, "note", where)});
  });
  each(j, "impacts", where, [&](const Json& i) {
    r.impacts.push_back({json_string(i, "phase", where), json_string(i, "criterion", where), figure_from(i, where)});
  });
  each(j, "per_unit", where, [&](const Json& t) {
    r.per_unit.push_back({json_string(t, "criterion", where), figure_from(t, where)});
  });
  each(j, "tree", where, [&](const Json& n) {
    r.tree.push_back({json_string(n, "id", where), json_string(n, "parent", where), json_string(n, "name", where),
                      json_string(n, "kind", where), json_string(n, "criterion", where), json_number(n, "value", where),
                      json_string(n, "factor", where)});
  });
  each(j, "sensitivity", where, [&](const Json& s) {
    r.sensitivity.push_back({json_string(s, "input", where), json_string(s, "name", where),
                             json_string(s, "criterion", where), json_number(s, "at_p5", where),
                             json_number(s, "at_p95", where)});
  });
  each(j, "missing_phases", where, [&](const Json& m) {
    r.missing_phases.push_back({json_string(m, "phase", where), json_string(m, "reason", where)});
  });
  each(j, "factors", where, [&](const Json& f) {
    UsedFactor u;
    u.id = json_string(f, "id", where);
    u.name = json_string(f, "name", where);
    u.value = json_number(f, "value", where);
    u.low = json_number(f, "low", where);
    u.high = json_number(f, "high", where);
    u.distribution = json_string(f, "distribution", where);
    u.unit = json_string(f, "unit", where);
    u.place = json_string(f, "place", where);
    u.year = static_cast<int>(json_number(f, "year", where));
    u.licence = json_string(f, "licence", where);
    u.grade = json_string(f, "grade", where);
    u.source = json_string(f, "source", where);
    u.note = json_string(f, "note", where);
    u.status = json_string(f, "status", where);
    r.factors.push_back(std::move(u));
  });
  const auto texts = [&](const char* key, std::vector<std::string>& out) {
    each(j, key, where, [&](const Json& t) {
      if (!t.is_string()) base::fail("{}: '{}': expected texts", where, key);
      out.push_back(t.get<std::string>());
    });
  };
  texts("warnings", r.warnings);
  texts("assumptions", r.assumptions);
  r.seed = static_cast<std::uint64_t>(json_number(j, "seed", where));
  r.samples = static_cast<int>(json_number(j, "samples", where));
  r.convention = json_string(j, "convention", where);
  r.energy_basis = json_string(j, "energy_basis", where);
  return r;
}

Result read_result(const std::filesystem::path& path) { return result_from_json(base::read_json(path), path.string()); }

Json to_json(const Comparison& c) {
  Json j;
  j["schema"] = "cradle.comparison/1";
  j["a"] = c.name_a;
  j["b"] = c.name_b;
  j["functional_unit"] = unit_json(c.functional_unit);
  j["rows"] = Json::array();
  for (const auto& row : c.rows) {
    Json item{{"criterion", row.criterion}, {"unit", row.unit}};
    item["a"] = figure_json({}, row.a);
    item["b"] = figure_json({}, row.b);
    item["difference"] = figure_json({}, row.difference);
    item["probability_b_better"] = row.probability_b_better;
    j["rows"].push_back(std::move(item));
  }
  j["break_even"] = Json::array();
  for (const auto& b : c.break_even)
    j["break_even"].push_back({{"criterion", b.criterion},
                               {"value", finite_or_null(b.amount.value)},
                               {"p5", finite_or_null(b.amount.p5)},
                               {"p50", finite_or_null(b.amount.p50)},
                               {"p95", finite_or_null(b.amount.p95)},
                               {"probability_never", b.probability_never}});
  j["warnings"] = c.warnings;
  j["seed"] = c.seed;
  j["samples"] = c.samples;
  return j;
}

}  // namespace cradle::study
