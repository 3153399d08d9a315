// Marks: a measured program tells the meter where its stages begin, by a line on a file descriptor.
#pragma once

#include <string_view>

namespace cradle::record {

/// Sends "@<CLOCK_BOOTTIME seconds> name\n" to the pipe or the datagram socket named in CRADLE_MARKS, so that the mark
/// has the program's own instant; without the variable it does nothing. Never blocks, never fails, never raises SIGPIPE,
/// never writes into a file that took the pipe's number: a meter in trouble must not touch the program. A shell
/// marks with: echo epoch-1 >&$CRADLE_MARKS
void mark(std::string_view name);

}  // namespace cradle::record
