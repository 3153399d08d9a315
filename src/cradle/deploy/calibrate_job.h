// The job "calibrate": how a model's activations are distributed on training images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/deploy/executor.h"
#include "cradle/graph/activation_statistics.h"
#include "cradle/task/data_set.h"
#include "cradle/task/normalise.h"

namespace cradle::deploy {

/// What "calibrate" is asked (docs/FORMATS.md).
struct CalibrateJob {
  std::filesystem::path model;      ///< instrumented: the wanted activations are outputs
  std::vector<std::string> values;  ///< names of outputs and inputs; empty: all of them
  int threads = 1;
  std::string task = "detection";
  std::filesystem::path data;         ///< a folder of images (docs/FORMATS.md); empty: the task's built-in data set
  task::ImageShape image{0, 0, 0};    ///< where the model leaves an extent open
  task::Normalisation normalisation;  ///< of the pixels, for models from elsewhere
  std::uint64_t data_seed = task::kDataSeed;
  task::Split split = task::Split::kTrain;
  std::size_t images = 256;
  std::filesystem::path output;  ///< JSON file with graph::ActivationStatistics
};

/// Reads the arguments. Throws base::Error "where: …" for an unknown key, a wrong type or a value out of range.
CalibrateJob calibrate_job_from(const base::Json& arguments, std::string_view where);

/// Does the job, writes the statistics to `output` and returns the answer. Memory does not grow with the images.
base::Json calibrate(const CalibrateJob& job, bool progress);

/// Which inputs and outputs of a model the wanted values are. Throws base::Error for a name that is neither.
struct WatchedValues {
  std::vector<std::size_t> inputs, outputs;
};
WatchedValues watched_values(const Description& description, const std::vector<std::string>& values);

}  // namespace cradle::deploy
