// Sends one line to the meter by the rules that every program's marks follow: include/cradle_marks.h has them.
#include "cradle/record/marks.h"

#include <cradle_marks.h>

namespace cradle::record {

void mark(std::string_view name) { cradle_mark_n(name.data(), name.size()); }

}  // namespace cradle::record
