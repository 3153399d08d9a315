// Measuring models against each other: interleaved repeats of the same inference, each a run record.
#pragma once

#include "cradle/recipe/bench_result.h"
#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

struct BenchRequest {
  std::vector<std::filesystem::path> models;
  double seconds = 3.0;                ///< measured window of each repeat
  int images = 1000;                   ///< of the test split, for accuracy (first repeat only)
  std::string task;                    ///< of all models; empty: as they say themselves
  int batch = 1;                       ///< images at once in the window; the latency is of one image always
  OwnImages own{};                     ///< else the task's built-in images
  std::string engine = "onnxruntime";  ///< of all models; or "onednn"
  std::string precision = "as-model";  ///< or, in oneDNN, "bf16"
  RoundPlan plan;
  std::function<void(const std::string& line)> tell;  ///< progress; none: nothing is said
};

/// Runs the models in rounds (bench_rounds.h); joules and seconds are of the window, for each image. Throws Error.
Bench bench(const Workspace& workspace, const BenchRequest& request);

}  // namespace cradle::recipe
