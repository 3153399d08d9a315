// A made-up result and comparison of realistic size for the tests of this room: no figure in it is evidence of
// anything.
#pragma once

#include "cradle/study/result.h"

namespace cradle::report {

/// A detector on ten cameras: five phases with data, one missing, five criteria, factors of every grade and status.
study::Result sample_result();

/// The same detector in float (A) and in 8 bits (B); one criterion never breaks even.
study::Comparison sample_comparison();

}  // namespace cradle::report
