// A detector's batches, training step and predictions on top of the interpreter. Internal to the room.
#pragma once

#include <cstdint>
#include <vector>

#include "cradle/learn/interpreter.h"
#include "cradle/learn/train.h"
#include "cradle/task/detection.h"
#include "cradle/task/scenes.h"

namespace cradle::learn {

/// Scenes as one tensor [n, 1, 64, 64].
at::Tensor images_of(const std::vector<task::Scene>& scenes);

/// Which of a graph's outputs are the two maps. Throws Error if the graph is no detector for the scenes.
struct DetectorOutputs {
  std::size_t heatmap = 0, box = 0;
};
DetectorOutputs detector_outputs(const graph::Graph& graph);

/// Forwards and backwards over a batch: gradients stand in the parameters afterwards. Returns the loss.
double accumulate_gradients(Interpreter& net, const DetectorOutputs& outputs, const std::vector<task::Scene>& scenes);

/// Runs `count` scenes of a split from index 0 on, `batch` at a time, and judges what was found.
QualityReport judge(Interpreter& net, const DetectorOutputs& outputs, const task::Scenes& scenes, task::Split split,
                    int count, int batch, int resamples);

/// Resamples of the bootstrap behind a quality's interval.
inline constexpr int kResamples = 500;

}  // namespace cradle::learn
