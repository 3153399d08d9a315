// How much each output channel of a layer counts, measured on images: the plain struct between learn and compress.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"

namespace cradle::graph {

/// By weights' name: one number for each index of the axis that makes channels (axis 0 of a Conv as stored), at least
/// 0; the greater, the more the channel counts.
struct ChannelScores {
  std::map<std::string, std::vector<double>> scores;
  int images = 0;    ///< on which they were measured
  std::string kind;  ///< "taylor"
};

base::Json to_json(const ChannelScores& scores);
/// Throws Error naming `where` and the entry that is not a list of numbers of at least 0.
ChannelScores channel_scores_from_json(const base::Json& json, std::string_view where);

}  // namespace cradle::graph
