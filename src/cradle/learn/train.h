// Trains a graph on a task with libtorch, and judges a graph on a split; no libtorch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/graph/graph.h"
#include "cradle/task/scenes.h"

namespace cradle::learn {

/// What one epoch brought.
struct EpochReport {
  int epoch = 0;     ///< from 1
  double loss = 0;   ///< mean over the epoch's steps
  double map50 = 0;  ///< on validation scenes (a part of them in all epochs but the last)
  double s = 0;      ///< training and validation together
};

/// The defaults bring centernet-dense to mAP50 0.78 on test scenes in 90 seconds of one core (Zen 4, docs/METHODS.md).
struct TrainOptions {
  std::string task = "detection";
  std::uint64_t seed = 1;  ///< order of scenes, flips, dropout; not the weights (they are in the graph)
  std::uint64_t scene_seed = task::kSceneSeed;
  int epochs = 8;
  int train_scenes = 6000;       ///< per epoch; every epoch composes new ones
  int validation_scenes = 1000;  ///< for the last epoch's figure; earlier epochs use at most kQuickValidation
  int batch = 16;
  double learning_rate = 0.05;    ///< peak of the one-cycle schedule
  double weight_decay = 5e-4;     ///< on weights, not on biases and batch norm
  std::string optimiser = "sgd";  ///< "sgd" or "adamw"
  int threads = 1;
  std::filesystem::path data;                        ///< folder of Fashion-MNIST; empty: where Debian puts it
  std::function<void(const EpochReport&)> on_epoch;  ///< after each epoch; may be empty
};

/// Validation scenes that are judged after an epoch that is not the last.
inline constexpr int kQuickValidation = 300;

/// A figure of merit with P5 to P95 of a bootstrap over images.
struct QualityReport {
  std::string metric = "mAP50";
  base::Interval value;
  std::int64_t images = 0;
};

struct TrainReport {
  std::vector<EpochReport> epochs;
  QualityReport quality;    ///< on validation scenes, after the last epoch
  std::int64_t images = 0;  ///< passed forwards and backwards
  std::int64_t steps = 0;
  double seconds = 0;  ///< epochs and validations, without loading
};

/// Trains `graph` and leaves the trained weights and running statistics in its initializers. A detector has one input
/// [N, 1, 64, 64] and the outputs "heatmap" [N, 10, 16, 16] and "box" [N, 4, 16, 16] of graph/architectures.h. The
/// result depends on graph and options only; with one thread it is the same to the bit. Marks "training-begin",
/// "epoch-1-begin", "epoch-1-end", "validation-1-begin", "validation-1-end", … "training-end" go to record::mark.
/// Throws Error: an operator that cannot be trained (named, with its node), an unknown option value, outputs that do
/// not fit the task, a loss that is no longer finite. Then `graph` is as before.
TrainReport train(graph::Graph& graph, const TrainOptions& options);

struct EvaluateOptions {
  std::string task = "detection";
  std::uint64_t scene_seed = task::kSceneSeed;
  task::Split split = task::Split::kTest;
  int scenes = 1000;
  int batch = 64;
  int threads = 1;
  std::filesystem::path data;
};

/// Judges `graph` through the interpreter: the cross-check for engines. Takes quantised graphs (QuantizeLinear and
/// DequantizeLinear) as well. Throws Error as train does.
QualityReport evaluate(const graph::Graph& graph, const EvaluateOptions& options);

/// The operators that can be trained or run, sorted. QuantizeLinear and DequantizeLinear can only be run.
std::vector<std::string> interpreted_operators();

}  // namespace cradle::learn
