// Sums up what is known of each channel over the layers that make it.
#include "cradle/compress/channel_importance.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::compress {
namespace {

using graph::ChannelAxis;
using graph::ChannelRole;
using graph::Tensor;

constexpr std::array<std::pair<Importance, std::string_view>, 4> kNames{{{Importance::kL1, "l1"},
                                                                         {Importance::kL2, "l2"},
                                                                         {Importance::kBatchNorm, "bn"},
                                                                         {Importance::kScores, "scores"}}};

/// Sum of |w| or w² over all weights at each index of the axis.
std::vector<double> sums_along(const Tensor& weight, std::size_t axis, bool squares) {
  const auto extent = static_cast<std::size_t>(weight.shape[axis]);
  std::size_t inner = 1;
  for (std::size_t a = axis + 1; a < weight.shape.size(); ++a) inner *= static_cast<std::size_t>(weight.shape[a]);
  std::vector<double> sums(extent, 0.0);
  const std::span<const float> values = weight.f32();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto w = static_cast<double>(values[i]);
    sums[i / inner % extent] += squares ? w * w : std::abs(w);
  }
  return sums;
}

/// Empty where there are none.
std::vector<double> given_scores(const graph::ChannelScores& scores, const ChannelAxis& axis) {
  const auto it = scores.scores.find(axis.initializer);
  if (it == scores.scores.end()) return {};
  if (it->second.size() != axis.at.size())
    base::fail("the scores of '{}' are {}, but it makes {} channels; measure them on this model", axis.initializer,
               it->second.size(), axis.at.size());
  return it->second;
}

[[noreturn]] void refuse_damaged(const graph::Graph& graph, const std::string& weights) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (std::ranges::find(graph.nodes[i].inputs, weights) != graph.nodes[i].inputs.end())
      base::fail("{}: its weights are not all finite numbers; the model is damaged", describe(graph, i));
  base::fail("'{}' does not hold finite numbers only; the model is damaged", weights);
}

std::vector<double> importance_along(const graph::Graph& graph, const ChannelAxis& axis, Importance importance,
                                     const graph::ChannelScores& scores) {
  if (importance == Importance::kScores) return given_scores(scores, axis);
  const Tensor& weight = graph.initializers.at(axis.initializer);
  if (weight.type != graph::Type::kF32)
    base::fail("'{}' is of type {}, expected float32; start from the float model", axis.initializer,
               graph::name_of(weight.type));
  std::vector<double> sums = sums_along(weight, axis.axis, importance == Importance::kL2);
  if (!std::ranges::all_of(sums, [](double s) { return std::isfinite(s); })) refuse_damaged(graph, axis.initializer);
  return sums;
}

[[noreturn]] void refuse(const graph::ChannelGroup& group, Importance importance) {
  if (importance == Importance::kScores)
    base::fail("the scores have none of the layers that make the channels of '{}'; measure them on this model",
               group.name);
  base::fail(
      "the channels of '{}' have no batch norm to rank them by; use the importance l1 or l2, or a model whose "
      "batch norms are not folded",
      group.name);
}

}  // namespace

std::string_view name_of(Importance importance) {
  for (const auto& [value, name] : kNames)
    if (value == importance) return name;
  return "";
}

Importance importance_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
    names.emplace_back(known);
  }
  base::fail_usage("there is no importance '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

std::vector<std::vector<double>> channel_importance(const graph::Graph& graph, const graph::ChannelGroups& groups,
                                                    Importance importance, const graph::ChannelScores& scores) {
  std::vector<std::vector<double>> sums;
  for (const graph::ChannelGroup& group : groups.groups) sums.emplace_back(group.channels, 0.0);
  std::vector<bool> counted(groups.groups.size(), false);
  const auto open = [&](const graph::ChannelRef& ref) {
    return ref.group >= 0 && groups.groups[static_cast<std::size_t>(ref.group)].protected_by.empty();
  };
  const ChannelRole role = importance == Importance::kBatchNorm ? ChannelRole::kScales : ChannelRole::kProduces;
  for (const ChannelAxis& axis : groups.axes) {
    if (axis.role != role || std::ranges::none_of(axis.at, open)) continue;
    const std::vector<double> along = importance_along(graph, axis, importance, scores);
    for (std::size_t i = 0; i < along.size(); ++i) {
      if (!open(axis.at[i])) continue;
      const auto g = static_cast<std::size_t>(axis.at[i].group);
      sums[g][static_cast<std::size_t>(axis.at[i].channel)] += along[i];
      counted[g] = true;
    }
  }
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (!counted[g] && groups.groups[g].protected_by.empty()) refuse(groups.groups[g], importance);
    if (importance == Importance::kL2)
      for (double& sum : sums[g]) sum = std::sqrt(sum);
  }
  return sums;
}

}  // namespace cradle::compress
