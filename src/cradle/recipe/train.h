// Training a built-in architecture on a built-in task, measured.
#pragma once

#include "cradle/recipe/jobs.h"

namespace cradle::recipe {

/// What to train and for how long. Defaults train the demo's detector.
struct TrainRequest {
  std::string task = "detection";
  std::string architecture = "centernet-dense";
  double width = 1.0;
  int classes = 10;  ///< of the task: ten kinds of garment
  std::uint64_t seed = 1;
  int epochs = 8;
  int train_scenes = 6000;
  int validation_scenes = 500;
  int batch = 16;
  std::string model = "model.onnx";  ///< file name in the workspace
};

struct Trained {
  std::filesystem::path model;
  std::filesystem::path record_file;
  record::RunRecord record;  ///< with quality on the validation split and the model
};

/// Builds the graph, trains it through libtorch, writes an ONNX file and the record of the training. Throws Error.
Trained train(const Workspace& workspace, const TrainRequest& request);

}  // namespace cradle::recipe
