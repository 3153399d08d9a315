// Penalty-reduced focal loss on the heatmap, L1 on the box at centres; values and gradients in one pass.
#include "cradle/learn/detection_loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace cradle::learn {

namespace {

/// Loss and derivative at one logit. With p = sigmoid(x):
/// target 1: −(1−p)² ln p; below 1: −(1−target)⁴ p² ln(1−p).
struct Focal {
  double loss, slope;
};

Focal focal(double x, double target) {
  // ln p = −ln(1+e^−x) and ln(1−p) = −ln(1+e^x), each from the exponent that cannot overflow.
  const double e = std::exp(-std::abs(x));
  const double larger = 1 / (1 + e), smaller = e / (1 + e), tail = std::log1p(e);
  const double p = x >= 0 ? larger : smaller, q = x >= 0 ? smaller : larger;
  const double ln_p = x >= 0 ? -tail : x - tail, ln_q = x >= 0 ? -x - tail : -tail;
  if (target >= 1) return {-q * q * ln_p, q * q * (2 * p * ln_p - q)};
  const double far = 1 - target, weight = far * far * far * far;
  return {-weight * p * p * ln_q, weight * p * p * (p - 2 * q * ln_q)};
}

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

/// Adds the box loss of one image; `box` and `gradient` are its four maps.
double box_loss(const float* box, const task::CentreTargets& t, double scale, float* gradient) {
  const std::size_t cells = t.centre.size();
  double loss = 0;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    if (t.centre[cell] == 0) continue;
    for (std::size_t map = 0; map < 4; ++map) {
      const std::size_t i = map * cells + cell;
      const bool offset = map < 2;
      const double value = offset ? 1 / (1 + std::exp(-double{box[i]})) : double{box[i]};
      const double error = value - t.box[i];
      loss += std::abs(error);
      gradient[i] = static_cast<float>(scale * sign(error) * (offset ? value * (1 - value) : 1));
    }
  }
  return loss;
}

}  // namespace

DetectionLoss detection_loss(std::span<const float> heatmap, std::span<const float> box,
                             std::span<const task::CentreTargets> targets) {
  DetectionLoss result;
  result.heatmap_gradient.resize(heatmap.size());
  result.box_gradient.resize(box.size());
  double objects = 0;
  for (const task::CentreTargets& t : targets)
    objects += static_cast<double>(std::count(t.heatmap.begin(), t.heatmap.end(), 1.0f));
  const double scale = 1 / std::max(objects, 1.0);
  std::size_t at = 0, box_at = 0;
  for (const task::CentreTargets& t : targets) {
    assert(at + t.heatmap.size() <= heatmap.size() && box_at + t.box.size() <= box.size());
    for (std::size_t i = 0; i < t.heatmap.size(); ++i) {
      const Focal f = focal(heatmap[at + i], t.heatmap[i]);
      result.heatmap += f.loss;
      result.heatmap_gradient[at + i] = static_cast<float>(f.slope * scale);
    }
    result.box += box_loss(box.data() + box_at, t, scale, result.box_gradient.data() + box_at);
    at += t.heatmap.size();
    box_at += t.box.size();
  }
  assert(at == heatmap.size() && box_at == box.size());
  result.heatmap *= scale;
  result.box *= scale;
  return result;
}

}  // namespace cradle::learn
