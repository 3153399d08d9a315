// How long the meter waits from one reading to the next.
#pragma once

#include <optional>

namespace cradle::measure {

/// Seconds until the next reading, `t_s` seconds after the command began. With `hz` always 1/hz. Else ten a second in
/// the first second, so that short runs have a shape; one a second in the first minute; then one every five seconds:
/// energy totals need one per wrap only, and this much is lost at most when cradle is killed. Never longer than
/// `longest_s`, what the sensors bear (meter::Meter::longest_period_s).
double period_s(std::optional<double> hz, double longest_s, double t_s);

}  // namespace cradle::measure
