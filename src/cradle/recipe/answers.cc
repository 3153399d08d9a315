// Reading the parts that several workers' answers share.
#include "cradle/recipe/answers.h"
#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::recipe {

std::vector<record::Quality> qualities_from(const base::Json& answer, std::string_view where) {
  std::vector<record::Quality> all;
  for (const base::Json& q : base::json_member(answer, "qualities", where))
    all.push_back({base::json_string(q, "metric", where),
                   {base::json_number(q, "value", where), base::json_number(q, "low", where),
                    base::json_number(q, "high", where)}});
  if (all.empty()) base::fail("{}: 'qualities': expected at least one, found none", where);
  return all;
}

record::DataSet data_from(const base::Json& answer, std::string_view where) {
  const base::Json& data = base::json_member(answer, "data", where);
  record::DataSet set{base::json_string(data, "name", where), 0};
  const base::Json& images = base::json_member(data, "images", where);
  for (const char* split : {"train", "validation", "test"}) set.images += base::json_number_or(images, split, 0, where);
  return set;
}

record::Latency latency_from(const base::Json& json, std::string_view where) {
  return {base::json_number(json, "min", where), base::json_number(json, "median", where),
          base::json_number(json, "p95", where)};
}

std::vector<double> draws_from(const base::Json& answer, std::string_view where) {
  const auto found = answer.find("draws");
  if (found == answer.end() || found->is_null()) return {};
  if (!found->is_array()) base::fail("{}: 'draws': expected a list of numbers, found {}", where, found->type_name());
  std::vector<double> draws;
  for (const base::Json& one : *found) {
    if (!one.is_number()) base::fail("{}: 'draws': expected numbers, found {}", where, one.type_name());
    draws.push_back(one.get<double>());
  }
  return draws;
}

}  // namespace cradle::recipe
