// What a searched recipe is to reach: bounds on time, energy and accuracy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cradle::recipe {

/// 'latency<5ms', 'energy<2mJ', 'accuracy>-0.5pp', or several with commas; bounds that are not said are infinite.
struct Target {
  std::string text;
  std::optional<double> most_ms;       ///< median of single images
  std::optional<double> most_j;        ///< for each image
  std::optional<double> least_change;  ///< of the task's own figure, less that of the model: -0.005 for -0.5pp
};
/// Throws Error (usage) that says what is understood.
Target target_named(std::string_view text);

}  // namespace cradle::recipe
