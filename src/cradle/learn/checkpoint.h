// Where a training stands after an epoch, as a file from which it goes on as if nothing had been (docs/FORMATS.md).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/learn/train.h"

namespace cradle::learn {

inline constexpr std::string_view kCheckpointSchema = "cradle.checkpoint/1";

/// Numbers in row-major order, by kind and name: "weight/NAME" and "statistic/NAME" (of initializers), "momentum/NAME"
/// and "square/NAME" (of the optimiser).
using Tensors = std::map<std::string, std::vector<float>>;

/// No random state is in it: all draws depend on the seed, the epoch and the image's number.
struct Checkpoint {
  std::string network;              ///< name of the graph
  std::string graph;                ///< its digest before the first step
  base::Json options;               ///< all that the result depends on
  std::int64_t steps = 0;           ///< of the optimiser
  std::vector<EpochReport> epochs;  ///< that are done
  Tensors tensors;
  Tensors best;  ///< of early stopping: weights and statistics of the best epoch; "best/weight/NAME" in the file
};

/// Replaces the file atomically. Throws Error; then the file is as before. Cost: one write and one hash of its bytes.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error naming the file: not there, no checkpoint, of another version, cut off or changed (SHA-256).
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// What the result of a training depends on besides the graph. Threads are not in it: they change rounding only.
base::Json options_json(const TrainOptions& options, const task::DataInfo& data);

/// Throws Error that names each difference unless `found` (read from `path`) is of the training that `begun` begins.
void check_same_training(const Checkpoint& found, const Checkpoint& begun, const std::filesystem::path& path);

}  // namespace cradle::learn
