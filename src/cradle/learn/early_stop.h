// When a training has learnt what it will: which of its epochs was the best, and whether to wait for a better one.
#pragma once

#include <span>

#include "cradle/learn/train.h"

namespace cradle::learn {

/// The last epoch whose figure was above the best before it by more than `least_gain` (the first always is; a figure
/// that is no number never); 0 if there is none. So a chain of smaller gains is none until it adds up.
int best_epoch(std::span<const EpochReport> epochs, double least_gain);

/// True if the last `patience` epochs were not better; never with a patience of 0.
bool shall_stop(std::span<const EpochReport> epochs, int patience, double least_gain);

}  // namespace cradle::learn
