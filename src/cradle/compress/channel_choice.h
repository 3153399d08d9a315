// How many channels each group keeps, and which. For channel_pruning.cc only.
#pragma once

#include <cstddef>
#include <vector>

#include "cradle/compress/channel_pruning.h"
#include "cradle/compress/remove_channels.h"
#include "cradle/graph/channel_groups.h"

namespace cradle::compress {

/// Channels kept, by group.
using KeptCounts = std::vector<std::size_t>;

class ChannelChoice {
 public:
  /// `importance` by group and channel. Both outlive the choice.
  ChannelChoice(const graph::ChannelGroups& groups, const std::vector<std::vector<double>>& importance,
                const PruneOptions& options);

  /// For the share of channels to remove, [0, 1]; never increases with it.
  KeptCounts kept(double ratio) const;
  /// The least important go; of equals, the later one.
  RemovedChannels removed(const KeptCounts& kept) const;
  std::size_t step(std::size_t group) const;   ///< the group's counts are multiples of it, or all
  std::size_t floor(std::size_t group) const;  ///< the least that it may keep

 private:
  std::vector<double> wanted(double ratio) const;

  const graph::ChannelGroups& groups_;
  PruneOptions options_;
  std::vector<std::vector<std::size_t>> order_;  // by group: channels, most important first
  struct Ranked {
    double score = 0;
    std::size_t group = 0;
  };
  std::vector<Ranked> ranking_;  // of all groups that may lose channels, least important first
  double all_ = 0;               // channels in it, with their spans
};

}  // namespace cradle::compress
