// Marks: a measured program tells the meter where its stages begin, by a line on a file descriptor.
#pragma once

#include <string_view>

namespace cradle::record {

/// Sends "name\n" to the descriptor named in the environment variable CRADLE_MARKS, with the time in front
/// ("@<CLOCK_BOOTTIME seconds> name"), so that the mark has the program's own instant. Without the variable it does
/// nothing. Never blocks for long, never fails, never raises SIGPIPE: a meter in trouble must not touch the program.
/// A shell marks with: echo epoch-1 >&$CRADLE_MARKS
void mark(std::string_view name);

}  // namespace cradle::record
