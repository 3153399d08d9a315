// Ranks channels and rounds counts to what vector units like.
#include "cradle/compress/channel_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cradle::compress {

ChannelChoice::ChannelChoice(const graph::ChannelGroups& groups, const std::vector<std::vector<double>>& importance,
                             const PruneOptions& options)
    : groups_(groups), options_(options) {
  for (std::size_t g = 0; g < importance.size(); ++g) {
    std::vector<std::size_t>& order = order_.emplace_back(importance[g].size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return importance[g][a] > importance[g][b]; });
    if (!groups.groups[g].protected_by.empty()) continue;
    const double sum = std::accumulate(importance[g].begin(), importance[g].end(), 0.0);
    // Layers differ in the size of their weights for reasons of their own (fan-in, what follows them): divided by the
    // average of its group, a score says how a channel compares with its neighbours.
    const double average = sum > 0 ? sum / static_cast<double>(importance[g].size()) : 1.0;
    for (const double score : importance[g]) ranking_.push_back({score / average, g});
    all_ += static_cast<double>(groups.groups[g].channels * groups.groups[g].span);
  }
  std::ranges::stable_sort(ranking_, [](const Ranked& a, const Ranked& b) { return a.score < b.score; });
}

std::size_t ChannelChoice::step(std::size_t group) const {
  const graph::ChannelGroup& g = groups_.groups[group];
  if (g.channels * g.span < options_.align) return 1;
  return options_.align / std::gcd(options_.align, g.span);
}

std::size_t ChannelChoice::floor(std::size_t group) const {
  const graph::ChannelGroup& g = groups_.groups[group];
  const std::size_t unit = step(group), least = (options_.least + g.span - 1) / g.span;
  return std::min(g.channels, (least + unit - 1) / unit * unit);
}

/// How many channels would stay in each group if any number could.
std::vector<double> ChannelChoice::wanted(double ratio) const {
  std::vector<double> wanted;
  for (const graph::ChannelGroup& g : groups_.groups)
    wanted.push_back(static_cast<double>(g.channels) *
                     (options_.scope == PruneScope::kUniform && g.protected_by.empty() ? 1.0 - ratio : 1.0));
  if (options_.scope == PruneScope::kUniform) return wanted;
  double gone = 0;
  for (const Ranked& channel : ranking_) {
    const auto span = static_cast<double>(groups_.groups[channel.group].span);
    if (gone + span > ratio * all_ * (1 + 1e-12)) break;  // half of ten is five, whatever the last bit says
    gone += span;
    wanted[channel.group] -= 1;
  }
  return wanted;
}

KeptCounts ChannelChoice::kept(double ratio) const {
  const std::vector<double> counts = wanted(ratio);
  KeptCounts kept;
  for (std::size_t g = 0; g < counts.size(); ++g) {
    const std::size_t all = groups_.groups[g].channels;
    if (!groups_.groups[g].protected_by.empty()) {
      kept.push_back(all);
      continue;
    }
    const auto unit = static_cast<double>(step(g));
    const auto near = static_cast<std::size_t>(std::floor(counts[g] / unit + 0.5 + 1e-9) * unit);
    kept.push_back(counts[g] >= static_cast<double>(all) ? all : std::clamp(near, floor(g), all));
  }
  return kept;
}

RemovedChannels ChannelChoice::removed(const KeptCounts& kept) const {
  RemovedChannels removed = none_removed(groups_);
  for (std::size_t g = 0; g < kept.size(); ++g)
    for (std::size_t i = kept[g]; i < order_[g].size(); ++i) removed[g][order_[g][i]] = true;
  return removed;
}

}  // namespace cradle::compress
