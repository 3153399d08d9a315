// cradle.result/1 and cradle.comparison/1 as JSON.
#include "cradle/study/result.h"

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/study/result_json.h"

namespace cradle::study {

using base::Json;

Json figure_json(Json object, const Figure& f) {
  object["value"] = f.value;
  object["p5"] = f.p5;
  object["p50"] = f.p50;
  object["p95"] = f.p95;
  return object;
}

Json unit_json(const FunctionalUnit& u) {
  return Json{{"kind", u.kind}, {"amount", u.amount}, {"quality", u.quality}, {"text", u.text}};
}

namespace {

/// What is not known is null in the file and 0 in the struct.
Json known(double value) { return value > 0 ? Json(value) : Json(nullptr); }
double number_or_unknown(const Json& json, std::string_view key, std::string_view where) {
  return base::json_number_or(json, key, 0.0, where);
}

Figure figure_from(const Json& j, std::string_view where) {
  return {base::json_number(j, "value", where), base::json_number(j, "p5", where), base::json_number(j, "p50", where),
          base::json_number(j, "p95", where)};
}

template <class F>
void each(const Json& parent, const char* key, std::string_view where, F read) {
  const Json& list = base::json_member(parent, key, where);
  if (!list.is_array()) base::fail("{}: '{}': expected an array, found {}", where, key, list.type_name());
  for (const Json& item : list) read(item);
}

Json totals_json(const std::vector<Total>& totals) {
  Json list = Json::array();
  for (const auto& t : totals) list.push_back(figure_json({{"criterion", t.criterion}}, t.figure));
  return list;
}

/// What came with the choices of a study: alternatives, energy, shares of variance, the facts of the training, data.
void choices_to_json(const Result& r, Json& j) {
  j["allocation"] = r.allocation;
  j["view"] = r.view;
  j["images"] = r.images;
  j["alternative_samples"] = r.alternative_samples;
  j["alternatives"] = Json::array();
  for (const auto& a : r.alternatives)
    j["alternatives"].push_back({{"kind", a.kind},
                                 {"name", a.name},
                                 {"chosen", a.chosen},
                                 {"per_unit", totals_json(a.per_unit)},
                                 {"note", a.note}});
  j["energy"] = Json::array();
  for (const auto& e : r.energy)
    j["energy"].push_back({{"phase", e.phase},
                           {"node_kwh", figure_json(Json::object(), e.node_kwh)},
                           {"facility_kwh", figure_json(Json::object(), e.facility_kwh)}});
  j["variance"] = Json::array();
  for (const auto& v : r.variance)
    j["variance"].push_back({{"input", v.input},
                             {"name", v.name},
                             {"criterion", v.criterion},
                             {"first", v.first},
                             {"first_low", v.first_low},
                             {"first_high", v.first_high},
                             {"total", v.total},
                             {"total_low", v.total_low},
                             {"total_high", v.total_high}});
  if (r.training)
    j["training"] = {{"operations", known(r.training->operations)},
                     {"operations_rule", r.training->operations_rule},
                     {"hours", known(r.training->hours)},
                     {"device_hours", known(r.training->device_hours)},
                     {"device", r.training->device},
                     {"count", r.training->count},
                     {"energy_basis", r.training->energy_basis},
                     {"boundary", r.training->boundary}};
  j["data"] = {{"sha256", r.data_sha256}, {"packs", Json::array()}};
  for (const auto& p : r.packs)
    j["data"]["packs"].push_back({{"name", p.name}, {"sha256", p.sha256}, {"rows", p.rows}});
  j["methods"] = r.methods;
}

/// Results written before these keys existed are read without them.
void choices_from_json(const Json& j, Result& r, std::string_view where) {
  using base::json_number;
  using base::json_number_or;
  using base::json_string;
  using base::json_string_or;
  const auto optional_each = [&](const Json& parent, const char* key, auto read) {
    if (parent.contains(key)) each(parent, key, where, read);
  };
  r.allocation = json_string_or(j, "allocation", "", where);
  r.view = json_string_or(j, "view", "", where);
  r.images = json_number_or(j, "images", 0, where);
  r.alternative_samples = static_cast<int>(json_number_or(j, "alternative_samples", 0, where));
  optional_each(j, "alternatives", [&](const Json& a) {
    Alternative one{json_string(a, "kind", where), json_string(a, "name", where), false, {}, ""};
    one.chosen = base::json_member(a, "chosen", where) == true;
    one.note = json_string_or(a, "note", "", where);
    each(a, "per_unit", where, [&](const Json& t) {
      one.per_unit.push_back({json_string(t, "criterion", where), figure_from(t, where)});
    });
    r.alternatives.push_back(std::move(one));
  });
  optional_each(j, "energy", [&](const Json& e) {
    r.energy.push_back({json_string(e, "phase", where), figure_from(base::json_member(e, "node_kwh", where), where),
                        figure_from(base::json_member(e, "facility_kwh", where), where)});
  });
  optional_each(j, "variance", [&](const Json& v) {
    r.variance.push_back(
        {json_string(v, "input", where), json_string(v, "name", where), json_string(v, "criterion", where),
         json_number(v, "first", where), json_number(v, "first_low", where), json_number(v, "first_high", where),
         json_number(v, "total", where), json_number(v, "total_low", where), json_number(v, "total_high", where)});
  });
  if (j.contains("training")) {
    const Json& t = j["training"];
    r.training = TrainingFacts{number_or_unknown(t, "operations", where), json_string(t, "operations_rule", where),
                               number_or_unknown(t, "hours", where),      number_or_unknown(t, "device_hours", where),
                               json_string(t, "device", where),           json_number(t, "count", where),
                               json_string(t, "energy_basis", where),     json_string(t, "boundary", where)};
  }
  if (j.contains("data")) {
    r.data_sha256 = json_string_or(j["data"], "sha256", "", where);
    optional_each(j["data"], "packs", [&](const Json& p) {
      r.packs.push_back({json_string(p, "name", where), json_string(p, "sha256", where),
                         static_cast<int>(json_number(p, "rows", where))});
    });
  }
  optional_each(j, "methods", [&](const Json& m) {
    if (!m.is_string()) base::fail("{}: 'methods': expected texts", where);
    r.methods.push_back(m.get<std::string>());
  });
}

}  // namespace

Json to_json(const Result& r) {
  Json j;
  j["schema"] = kResultSchema;
  j["name"] = r.name;
  j["goal"] = {{"question", r.question},
               {"audience", r.audience},
               {"application", r.application},
               {"reviewer", r.reviewer},
               {"comparison_to_public", r.comparison_to_public}};
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
                         {"factor", n.factor},
                         {"number", n.number},
                         {"amount", n.amount},
                         {"unit", n.unit}});
  j["sensitivity"] = Json::array();
  for (const auto& s : r.sensitivity)
    j["sensitivity"].push_back(
        {{"input", s.input}, {"name", s.name}, {"criterion", s.criterion}, {"at_p5", s.at_p5}, {"at_p95", s.at_p95}});
  j["missing_phases"] = Json::array();
  for (const auto& m : r.missing_phases)
    j["missing_phases"].push_back({{"phase", m.phase}, {"reason", m.reason}, {"outside", m.outside}});
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
  choices_to_json(r, j);
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
  r.application = base::json_string_or(goal, "application", "", where);
  r.reviewer = base::json_string_or(goal, "reviewer", "", where);
  r.comparison_to_public = goal.contains("comparison_to_public") && goal["comparison_to_public"] == true;
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
                      json_string(n, "factor", where), base::json_number_or(n, "number", 1, where),
                      base::json_number_or(n, "amount", 0, where), base::json_string_or(n, "unit", "", where)});
  });
  each(j, "sensitivity", where, [&](const Json& s) {
    r.sensitivity.push_back({json_string(s, "input", where), json_string(s, "name", where),
                             json_string(s, "criterion", where), json_number(s, "at_p5", where),
                             json_number(s, "at_p95", where)});
  });
  each(j, "missing_phases", where, [&](const Json& m) {
    const bool outside = m.is_object() && m.value("outside", Json(false)) == Json(true);
    r.missing_phases.push_back({json_string(m, "phase", where), json_string(m, "reason", where), outside});
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
  choices_from_json(j, r, where);
  return r;
}

Result read_result(const std::filesystem::path& path) { return result_from_json(base::read_json(path), path.string()); }

}  // namespace cradle::study
