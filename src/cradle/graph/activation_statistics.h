// What a model's activations look like on calibration images: the plain struct between deploy and compress.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cradle/base/json.h"

namespace cradle::graph {

/// Range and histogram of one value (activation), gathered batch by batch in bounded memory.
struct ValueStatistics {
  double least = 0, greatest = 0;
  double count = 0;
  double low = 0, high = 0;       ///< range of the histogram; it doubles as values exceed it
  std::vector<double> histogram;  ///< 2048 bins over [low, high]
};

/// By value name.
struct ActivationStatistics {
  std::map<std::string, ValueStatistics> values;
  int images = 0;
};

/// Adds a batch of values. Cost linear in n; memory constant.
void add(ValueStatistics& statistics, const float* data, std::size_t n);

base::Json to_json(const ActivationStatistics& statistics);
ActivationStatistics statistics_from_json(const base::Json& json, std::string_view where);

}  // namespace cradle::graph
