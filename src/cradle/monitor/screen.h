// The machine in one table, for a terminal.
#pragma once

#include <optional>
#include <string>

#include "cradle/base/json.h"
#include "cradle/monitor/watch.h"

namespace cradle::monitor {

/// Parts with power now, energy so far with its interval, and how it was obtained; the total; the last events.
std::string screen_of(const Look& look, const std::optional<record::GridFactor>& factor);

/// The same as one JSON object, for one line per look.
base::Json json_of(const Look& look);

}  // namespace cradle::monitor
