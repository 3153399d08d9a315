// The pieces of a run record as JSON that record and journal share, so that both are written by the same code.
#pragma once

#include <string_view>

#include "cradle/base/json.h"
#include "cradle/record/run_record.h"

namespace cradle::record {

base::Json machine_json(const Machine& machine);
Machine machine_of(const base::Json& json, std::string_view where);
base::Json event_json(const Event& event);
Event event_of(const base::Json& json, std::string_view where);
base::Json mark_json(const Mark& mark);
Mark mark_of(const base::Json& json, std::string_view where);
base::Json forecast_json(const Forecast& forecast);
Forecast forecast_of(const base::Json& json, std::string_view where);
std::vector<std::string> command_of(const base::Json& json, std::string_view where);
/// The member `key` as an array (empty if absent or null); throws Error if it is something else.
base::Json array_or_empty(const base::Json& json, std::string_view key, std::string_view where);
/// A member that counts something: a whole number that fits an int.
int json_int_or(const base::Json& json, std::string_view key, int fallback, std::string_view where);

}  // namespace cradle::record
