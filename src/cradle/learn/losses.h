// How far a network's outputs are from the truth of its task, and in which direction to change them. No engine.
#pragma once

#include <span>
#include <vector>

#include "cradle/task/anchors.h"
#include "cradle/task/data_set.h"
#include "cradle/task/outputs.h"

namespace cradle::learn {

/// The mean loss of a batch and its gradient with respect to each output (in their order, as large as the output).
struct Loss {
  double value = 0;
  std::vector<std::vector<float>> gradients;
};

/// The loss of the data set's task: cross-entropy of an image's class or of each pixel's, or the detection loss
/// (detection_loss.h; for a model with anchors anchor_loss.h). Throws Error if the outputs are not what the task asks
/// for.
Loss loss_of(const task::DataInfo& info, const task::AnchorScheme& anchors, std::span<const task::TensorView> outputs,
             std::span<const task::Sample> truth);

/// Softmax and cross-entropy, the mean over all places whose class is not task::kUnjudged: −ln p of the true class, its
/// gradient p − 1 for that class and p for the others (Bishop 2006, equation 4.108 and 4.109). `classes_of` holds the
/// true class of each place of each image, image after image. Cost: two exponentials for each logit.
Loss cross_entropy(const task::Logits& logits, std::span<const std::uint8_t> classes_of);

/// Likewise of single probabilities of the second of two classes: −ln p or −ln(1 − p), its gradient −1/p or 1/(1 − p);
/// p is kept 1e-6 away from 0 and 1, beyond which float32 has no gradient to give through a sigmoid (assumed).
Loss binary_cross_entropy(const task::Logits& probabilities, std::span<const std::uint8_t> classes_of);

}  // namespace cradle::learn
