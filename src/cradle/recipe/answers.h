// Reading the parts that several workers' answers share.
#pragma once

#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/record/run_record.h"

namespace cradle::recipe {

/// The list "qualities" of {"metric", "value", "low", "high"}; throws Error naming `where`, also if it is empty.
std::vector<record::Quality> qualities_from(const base::Json& answer, std::string_view where);
/// The "data" of an answer: {"name", "images" by split or null}.
record::DataSet data_from(const base::Json& answer, std::string_view where);
/// The list "draws" of numbers; empty if there is none. Throws Error naming `where` for anything else.
std::vector<double> draws_from(const base::Json& answer, std::string_view where);
/// {"min", "median", "p95"} in milliseconds.
record::Latency latency_from(const base::Json& json, std::string_view where);

}  // namespace cradle::recipe
