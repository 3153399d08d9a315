// How far an SSD-like detector's maps are from the targets, and in which direction to change them. No engine.
#pragma once

#include <span>
#include <vector>

#include "cradle/task/anchors.h"

namespace cradle::learn {

/// The loss of a batch and its gradient with respect to the maps of each level.
struct AnchorLoss {
  double classes = 0;  ///< cross-entropy of anchors that mean a box and of the hardest others, per anchor that does
  double boxes = 0;    ///< smooth L1 of the offsets, per anchor that means a box
  std::vector<std::vector<float>> score_gradients, offset_gradients;  ///< by level, as large as its maps
  double total() const { return classes + boxes; }
};

/// Anchors without a box that count, for each with one: those with the least probability of the background (Liu et al.
/// 2016, section 2.2), by image; so many stand for one in an image without boxes (assumed: the paper has none).
inline constexpr std::size_t kNegatives = 3;

/// Liu et al. 2016 ("SSD: Single shot multibox detector", ECCV), equations 1 to 3, with hard negative mining. `targets`
/// has one entry an image. Cost: two exponentials for each class of each anchor.
AnchorLoss anchor_loss(const task::AnchorMaps& maps, std::span<const task::AnchorTargets> targets);

}  // namespace cradle::learn
