// Quantising an ONNX model after its training, each job measured and charged.
#pragma once

#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

/// How: the options of the jobs "instrument", "calibrate" and "quantise" (docs/FORMATS.md).
struct QuantiseRequest {
  std::filesystem::path model;
  std::filesystem::path output;
  std::string calibration = "minmax";  ///< minmax, percentile, mse, entropy
  int images = 256;                    ///< calibration images of the training split
  std::string task;                    ///< whose images calibrate; empty: as the model says itself; "none": noise
  OwnImages own{};                     ///< else the task's built-in images
  std::string dialect = "auto";        ///< whose rules the file follows; auto: ONNX Runtime's for this processor
  bool per_channel = true;             ///< one scale of weights a channel, else a tensor
  std::string equalise = "auto";       ///< auto, on, off
  bool correct_bias = false;           ///< biases take up what rounding shifts in the mean
  int keep_float = 0;                  ///< layers left in float: those that add most noise
  int weight_bits = 8;
  std::string rounding = "nearest";  ///< of weights: nearest, adaround
};

struct Quantised {
  std::filesystem::path model;
  std::vector<std::filesystem::path> records;  ///< of every job
  record::RunRecord total_of_steps;            ///< for display: energies and times summed; not written
  base::Json layers;                           ///< per layer: name, scale, SQNR
};

/// INT8 (or fewer bits) after training, to a standard QDQ file: fold and instrument, run calibration images, write;
/// what the request asks beyond that takes more jobs. Nothing is left half-written. Throws Error.
Quantised quantise_int8(const Workspace& workspace, const QuantiseRequest& request);

}  // namespace cradle::recipe
