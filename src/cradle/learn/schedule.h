// The learning rate over a training: up once and down once, or down only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cradle::learn {

/// One cycle (Smith and Topin 2019, "Super-convergence"): from peak/25 to the peak over the first fifth, then down to
/// peak/1000 along half a cosine wave. `done` is the share of the training that is behind, 0 to 1.
double one_cycle(double peak, double done);

/// Half a cosine wave from the peak down to peak/1000 (Loshchilov and Hutter 2017, "SGDR", without restarts).
double cosine(double peak, double done);

/// Names that a schedule may have: "one-cycle", "cosine".
const std::vector<std::string>& schedule_names();
/// The rate of a named schedule. Throws Error (usage) with the nearest name.
double rate_of(std::string_view schedule, double peak, double done);

}  // namespace cradle::learn
