// Pages of code and tables that only the beginning of a run needed, given back: a meter must be small beside what it
// measures.
#pragma once

namespace cradle::measure {

/// Lets the kernel drop the read-only pages of this program and its libraries; those that are used again come back from
/// the page cache. Costs some 50 µs now and as much again for what returns.
void give_back_pages();
/// The same of the program alone, without its libraries: a tenth of the cost.
void give_back_program_pages();

}  // namespace cradle::measure
