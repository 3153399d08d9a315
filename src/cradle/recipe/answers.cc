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

record::Latency latency_from(const base::Json& json, std::string_view where) {
  return {base::json_number(json, "min", where), base::json_number(json, "median", where),
          base::json_number(json, "p95", where)};
}

}  // namespace cradle::recipe
