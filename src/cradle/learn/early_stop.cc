// The best epoch, and patience.
#include "cradle/learn/early_stop.h"

#include <cmath>

namespace cradle::learn {

int best_epoch(std::span<const EpochReport> epochs, double least_gain) {
  const EpochReport* best = nullptr;
  for (const EpochReport& e : epochs)
    if (!std::isnan(e.quality) && (!best || e.quality > best->quality + least_gain)) best = &e;
  return best ? best->epoch : 0;
}

bool shall_stop(std::span<const EpochReport> epochs, int patience, double least_gain) {
  if (patience == 0 || epochs.empty()) return false;
  return epochs.back().epoch - best_epoch(epochs, least_gain) >= patience;
}

}  // namespace cradle::learn
