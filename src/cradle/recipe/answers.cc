// Reading the parts that several workers' answers share.
#include "cradle/recipe/answers.h"
#include "cradle/base/json.h"

namespace cradle::recipe {

record::Quality quality_from(const base::Json& json, std::string_view where) {
  return {base::json_string(json, "metric", where),
          {base::json_number(json, "value", where), base::json_number(json, "low", where),
           base::json_number(json, "high", where)}};
}

record::Latency latency_from(const base::Json& json, std::string_view where) {
  return {base::json_number(json, "min", where), base::json_number(json, "median", where),
          base::json_number(json, "p95", where)};
}

}  // namespace cradle::recipe
