// What a model of a task must put out, whichever engine ran it.
#pragma once

#include <span>

#include "cradle/task/data_set.h"
#include "cradle/task/tensor_view.h"

namespace cradle::task {

/// A class for each image: logits [n, classes].
struct Logits {
  std::size_t images = 0, classes = 0;
  std::size_t cells = 1;          ///< places of an image that are classified: 1, or height × width
  std::span<const float> values;  ///< images × classes × cells
};
/// The one output of a classifier [n, classes] (also [n, classes, 1, 1]). Throws Error that says what a classifier puts
/// out and what this model does.
Logits class_logits(std::span<const TensorView> outputs, const DataInfo& info);
/// The one output of a segmenter [n, classes, height, width], as large as the images. Of two classes it may be one
/// channel (`classes` is then 1): the probability of the second, as a sigmoid makes it. Throws Error likewise, and for
/// one channel that holds no probabilities.
Logits pixel_logits(std::span<const TensorView> outputs, const DataInfo& info);

/// The maps of a CenterNet-like detector: "heatmap" [n, classes, s, s], "box" [n, 4, s, s], s a divisor of the side.
struct CentreMaps {
  std::size_t heatmap_output = 0, box_output = 0;
  std::span<const float> heatmap, box;
  std::size_t images = 0;
  int classes = 0, side = 0, stride = 0;
};
/// Throws Error likewise.
CentreMaps centre_maps(std::span<const TensorView> outputs, const DataInfo& info);

}  // namespace cradle::task
