// Compressing an ONNX model, each step measured and charged to the compression.
#pragma once

#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

struct QuantiseRequest {
  std::filesystem::path model;
  std::filesystem::path output;
  std::string calibration = "minmax";  ///< minmax, percentile, mse
  int images = 256;                    ///< calibration images of the training split
  std::string task;                    ///< whose images calibrate; empty: as the model says itself
  OwnImages own{};                     ///< else the task's built-in images
};

struct Quantised {
  std::filesystem::path model;
  std::vector<std::filesystem::path> records;  ///< of every step: instrument, calibrate, quantise
  record::RunRecord total_of_steps;            ///< for display: energies and times summed; not written
  base::Json layers;                           ///< per layer: name, scale, SQNR
};

/// INT8 post-training quantisation to a standard QDQ file: fold and instrument, run calibration images, write. Nothing
/// is left half-written. Throws Error.
Quantised quantise_int8(const Workspace& workspace, const QuantiseRequest& request);

}  // namespace cradle::recipe
