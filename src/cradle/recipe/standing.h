// What a model file is and how it does, so that steps of a recipe can be told apart: size, work, quality, time, energy.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

/// How a standing is found.
struct StandingRequest {
  std::string task;
  OwnImages own{};
  std::string split = "validation";  ///< steps are judged on images that the final measurement has not seen
  int images = 1000;                 ///< for the quality
  double seconds = 0.5;              ///< of the measured window, one image at a time
};

/// A model file as it stands. Latency and joules are of one image at a time, by ONNX Runtime.
struct Standing {
  std::filesystem::path file;
  record::Model info;
  record::Quality quality;    ///< the task's own figure
  std::vector<double> draws;  ///< of it, on the bootstrap's resamples: empty for what was read from a state file
  std::string right;          ///< of classification: '1' for each image whose class was said, else '0'; likewise
  double median_ms = 0;       ///< of single images
  double joules = 0;          ///< for each image, in the window
  bool modelled = false;      ///< whether those joules are
  record::RunRecord record;   ///< of the measurement; empty for what was read from a state file
};

/// Inspects and runs the model. Throws Error.
Standing standing_of(const Workspace& workspace, const std::filesystem::path& model, const StandingRequest& request);

/// A sentence where a model's own figure is so low that nothing can be judged by it, as with images that are prepared
/// otherwise than it wants them; "" where it is not.
std::string doubt_of(const std::string& name, const record::Quality& quality);

/// Without the draws and the record; `file` by its name only.
base::Json to_json(const Standing& standing);
Standing standing_from(const base::Json& json, std::string_view where);

}  // namespace cradle::recipe
