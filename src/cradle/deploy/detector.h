// A detector in an executor: which outputs are its maps, and the boxes it finds in scenes.
#pragma once

#include <cstddef>
#include <vector>

#include "cradle/deploy/executor.h"
#include "cradle/deploy/scene_pool.h"
#include "cradle/task/detection.h"

namespace cradle::deploy {

/// Where a detector's maps are among its outputs, and their geometry.
struct DetectorOutputs {
  std::size_t heatmap = 0, box = 0;  ///< indices of the outputs "heatmap" and "box"
  int classes = 0, side = 0, stride = 0;
};

/// Reads it off the outputs of one run. Throws base::Error that says what a detector must give (heatmap
/// [n, classes, s, s], box [n, 4, s, s], s a divisor of 64, as many classes as garments) and what this model gives.
DetectorOutputs detector_outputs(const Description& description, std::span<const TensorView> outputs);

/// Runs the whole pool in batches (pool.count() is a multiple of `batch`) and decodes each image.
std::vector<std::vector<task::Detection>> detect(Executor& executor, const DetectorOutputs& outputs,
                                                 const ScenePool& pool, std::size_t batch);

}  // namespace cradle::deploy
