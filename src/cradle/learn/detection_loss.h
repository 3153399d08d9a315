// How far a CenterNet-like detector's maps are from the targets, and in which direction to change them. No engine.
#pragma once

#include <span>
#include <vector>

#include "cradle/task/centres.h"

namespace cradle::learn {

/// The loss of a batch and its gradient with respect to the network's two outputs.
struct DetectionLoss {
  double heatmap = 0;                   ///< focal loss per object
  double box = 0;                       ///< distance of offset and logarithm of size per object
  std::vector<float> heatmap_gradient;  ///< as the heatmap
  std::vector<float> box_gradient;      ///< as the box map
  double total() const { return heatmap + box; }
};

/// Zhou, Wang, Krähenbühl 2019 ("Objects as points"). Heatmap: equation 1, the penalty-reduced focal loss with
/// alpha = 2 and beta = 4 on the logits `heatmap` [n × classes × side × side], divided by the number of objects. Box
/// [n × 4 × side × side], at the cells of centres only: L1 on the offset after a sigmoid and on the logarithms of width
/// and height (equations 2 and 3; the size as a logarithm makes it free of scale, so all four parts weigh 1).
/// Cost linear, three transcendental functions per heatmap cell.
DetectionLoss detection_loss(std::span<const float> heatmap, std::span<const float> box,
                             std::span<const task::CentreTargets> targets);

}  // namespace cradle::learn
