// The job "calibrate": how a model's activations are distributed on training images.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/deploy/executor.h"
#include "cradle/deploy/image_source.h"
#include "cradle/graph/activation_statistics.h"

namespace cradle::deploy {

/// What "calibrate" is asked (docs/FORMATS.md).
struct CalibrateJob : ImageSource {
  std::filesystem::path model;      ///< instrumented: the wanted activations are outputs
  std::vector<std::string> values;  ///< names of outputs and inputs; empty: all of them
  bool channel_means = false;       ///< of each value too
  int threads = 1;
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
