// What a model's activations look like on calibration images: the plain struct between deploy and compress.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cradle/base/json.h"

namespace cradle::graph {

/// Range and histogram of one value (activation), gathered batch by batch in bounded memory.
struct ValueStatistics {
  double least = 0, greatest = 0;
  double count = 0;
  double low = 0, high = 0;                ///< range of the histogram; it doubles as values exceed it
  std::vector<double> histogram;           ///< 2048 bins over [low, high]
  std::vector<double> channel_means = {};  ///< of each channel, if asked for
};

/// By value name.
struct ActivationStatistics {
  std::map<std::string, ValueStatistics> values;
  int images = 0;
  bool equalised = false;  ///< of a model whose channels were equalised: those of the model before do not fit it
};

/// Adds a batch of values. Cost linear in n; memory constant.
void add(ValueStatistics& statistics, const float* data, std::size_t n);

/// Adds the same batch, [N, channels, …], to the means of its channels; call it after `add`. Nothing happens to values
/// without channels.
void add_channel_means(ValueStatistics& statistics, std::span<const float> values, std::span<const std::int64_t> shape);

base::Json to_json(const ActivationStatistics& statistics);
ActivationStatistics statistics_from_json(const base::Json& json, std::string_view where);

}  // namespace cradle::graph
