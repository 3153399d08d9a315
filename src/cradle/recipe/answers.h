// Reading the parts that several workers' answers share.
#pragma once

#include "cradle/base/json.h"
#include "cradle/record/run_record.h"

namespace cradle::recipe {

/// {"metric", "value", "low", "high"}; throws Error naming `where`.
record::Quality quality_from(const base::Json& json, std::string_view where);
/// {"min", "median", "p95"} in milliseconds.
record::Latency latency_from(const base::Json& json, std::string_view where);

}  // namespace cradle::recipe
