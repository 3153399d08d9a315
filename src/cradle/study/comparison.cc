// cradle.comparison/1 as JSON.
#include <cmath>

#include "cradle/base/json.h"
#include "cradle/study/result.h"
#include "cradle/study/result_json.h"

namespace cradle::study {
namespace {

using base::Json;

Json finite_or_null(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json finite_figure(const Figure& f) {
  return Json{{"value", finite_or_null(f.value)},
              {"p5", finite_or_null(f.p5)},
              {"p50", finite_or_null(f.p50)},
              {"p95", finite_or_null(f.p95)}};
}

}  // namespace

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
  for (const auto& b : c.break_even) {
    Json item{{"criterion", b.criterion}};
    item.update(finite_figure(b.amount));
    item["days"] = finite_figure(b.days);
    item["probability_never"] = b.probability_never;
    j["break_even"].push_back(std::move(item));
  }
  j["warnings"] = c.warnings;
  j["seed"] = c.seed;
  j["samples"] = c.samples;
  return j;
}

}  // namespace cradle::study
