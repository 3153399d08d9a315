// Times as files write them, read into seconds.
#pragma once

#include <string_view>

namespace cradle::base {

/// Seconds since 1970 of "2025-10-09T11:25:18", "2025-10-09 11:25:18.25", with or without Z or +02:00.
struct Clock {
  double unix_s = 0;
  bool zoned = false;  ///< false: the text names no zone, and is taken for UTC
};
/// Throws Error with `where` for anything else.
Clock clock_of(std::string_view text, std::string_view where);

}  // namespace cradle::base
