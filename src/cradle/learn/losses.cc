// Cross-entropy, and which loss a task has.
#include "cradle/learn/losses.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cradle/learn/anchor_loss.h"
#include "cradle/learn/detection_loss.h"

namespace cradle::learn {

namespace {

Loss loss_of_boxes(const task::DataInfo& info, std::span<const task::TensorView> outputs,
                   std::span<const task::Sample> truth) {
  const task::CentreMaps maps = task::centre_maps(outputs, info);
  std::vector<task::CentreTargets> targets;
  for (const task::Sample& sample : truth)
    targets.push_back(task::encode_centres(sample.boxes, maps.classes, maps.side, maps.stride));
  DetectionLoss detection = detection_loss(maps.heatmap, maps.box, targets);
  Loss loss{detection.total(), std::vector<std::vector<float>>(outputs.size())};
  loss.gradients[maps.heatmap_output] = std::move(detection.heatmap_gradient);
  loss.gradients[maps.box_output] = std::move(detection.box_gradient);
  return loss;
}

Loss loss_of_anchors(const task::DataInfo& info, const task::AnchorScheme& scheme,
                     std::span<const task::TensorView> outputs, std::span<const task::Sample> truth) {
  const task::AnchorMaps maps = task::anchor_maps(outputs, info, scheme);
  const std::vector<task::Box> anchors = task::anchors_of(scheme, info.image);
  std::vector<task::AnchorTargets> targets;
  for (const task::Sample& sample : truth) targets.push_back(task::match_anchors(sample.boxes, anchors, scheme));
  AnchorLoss found = anchor_loss(maps, targets);
  Loss loss{found.total(), std::vector<std::vector<float>>(outputs.size())};
  for (std::size_t i = 0; i < maps.levels.size(); ++i) {
    loss.gradients[maps.levels[i].scores_output] = std::move(found.score_gradients[i]);
    loss.gradients[maps.levels[i].offsets_output] = std::move(found.offset_gradients[i]);
  }
  return loss;
}

/// One place of one image: its logits lie `stride` apart. Returns −ln p, and writes p − target, scaled.
double at_place(const float* logits, std::size_t classes, std::size_t stride, std::size_t truth, double scale,
                float* gradient) {
  float most = logits[0];
  for (std::size_t c = 1; c < classes; ++c) most = std::max(most, logits[c * stride]);
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(double{logits[c * stride]} - most);
  for (std::size_t c = 0; c < classes; ++c) {
    const double p = std::exp(double{logits[c * stride]} - most) / sum;
    gradient[c * stride] = static_cast<float>(scale * (p - (c == truth ? 1 : 0)));
  }
  return std::log(sum) - (double{logits[truth * stride]} - most);
}

double judged_in(std::span<const std::uint8_t> classes_of) {
  return static_cast<double>(classes_of.size()) -
         static_cast<double>(std::count(classes_of.begin(), classes_of.end(), task::kUnjudged));
}

constexpr double kLeastProbability = 1e-6;

}  // namespace

Loss cross_entropy(const task::Logits& logits, std::span<const std::uint8_t> classes_of) {
  assert(classes_of.size() == logits.images * logits.cells);
  Loss loss{0, {std::vector<float>(logits.values.size(), 0.0f)}};
  const double judged = judged_in(classes_of);
  if (judged == 0) return loss;
  for (std::size_t i = 0; i < classes_of.size(); ++i) {
    if (classes_of[i] == task::kUnjudged) continue;
    const std::size_t at = i / logits.cells * logits.classes * logits.cells + i % logits.cells;
    loss.value += at_place(logits.values.data() + at, logits.classes, logits.cells, classes_of[i], 1 / judged,
                           loss.gradients[0].data() + at);
  }
  loss.value /= judged;
  return loss;
}

Loss binary_cross_entropy(const task::Logits& probabilities, std::span<const std::uint8_t> classes_of) {
  assert(classes_of.size() == probabilities.values.size());
  Loss loss{0, {std::vector<float>(classes_of.size(), 0.0f)}};
  const double judged = judged_in(classes_of);
  for (std::size_t i = 0; i < classes_of.size(); ++i) {
    if (classes_of[i] == task::kUnjudged) continue;
    const double p = std::clamp(double{probabilities.values[i]}, kLeastProbability, 1 - kLeastProbability);
    const bool second = classes_of[i] == 1;
    loss.value -= std::log(second ? p : 1 - p) / judged;
    loss.gradients[0][i] = static_cast<float>((second ? -1 / p : 1 / (1 - p)) / judged);
  }
  return loss;
}

Loss loss_of(const task::DataInfo& info, const task::AnchorScheme& anchors, std::span<const task::TensorView> outputs,
             std::span<const task::Sample> truth) {
  if (info.task == "detection")
    return anchors.levels.empty() ? loss_of_boxes(info, outputs, truth)
                                  : loss_of_anchors(info, anchors, outputs, truth);
  std::vector<std::uint8_t> classes;
  if (info.task == "classification") {
    for (const task::Sample& sample : truth) classes.push_back(static_cast<std::uint8_t>(sample.label));
    return cross_entropy(task::class_logits(outputs, info), classes);
  }
  for (const task::Sample& sample : truth) classes.insert(classes.end(), sample.mask.begin(), sample.mask.end());
  const task::Logits pixels = task::pixel_logits(outputs, info);
  return pixels.classes == 1 ? binary_cross_entropy(pixels, classes) : cross_entropy(pixels, classes);
}

}  // namespace cradle::learn
