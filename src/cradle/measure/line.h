// A line of cradle's own on standard error while the command may be writing there too.
#pragma once

#include <string>

namespace cradle::measure {

/// Writes "line\n" in one piece. Does not wait for a reader who is slow (the line is then left out), and does not stop
/// the group as a write from the background may (stty tostop).
void print_line(const std::string& line);

}  // namespace cradle::measure
