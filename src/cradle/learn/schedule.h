// The learning rate over a training: up once, down once.
#pragma once

namespace cradle::learn {

/// One cycle (Smith and Topin 2019, "Super-convergence"): from peak/25 to the peak over the first fifth, then down to
/// peak/1000 along half a cosine wave. `done` is the share of the training that is behind, 0 to 1.
double one_cycle(double peak, double done);

}  // namespace cradle::learn
