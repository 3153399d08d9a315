// Trains a graph on a task with libtorch, and judges a graph on a split; no libtorch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"
#include "cradle/task/judge.h"
#include "cradle/task/normalise.h"

namespace cradle::learn {

/// What one epoch brought.
struct EpochReport {
  int epoch = 0;            ///< from 1
  double loss = 0;          ///< mean over the epoch's steps
  std::string metric;       ///< the task's own figure,
  double quality = 0;       ///< its value on validation images
  std::int64_t images = 0;  ///< and on how many of them: a part, but all in the last epoch without patience
  double s = 0;             ///< training and validation together
  int planned = 0;          ///< epochs of the whole training, as its steps make them
};

/// The least gain that counts, a tenth of a point: far below the spread of a figure of kQuickValidation images
/// (assumed).
inline constexpr double kLeastGain = 0.001;

/// The defaults bring centernet-dense to mAP50 0.78 on test scenes in 90 seconds of one core (Zen 4, docs/METHODS.md).
struct TrainOptions {
  std::string task = "detection";
  std::uint64_t seed = 1;  ///< order of images, augmentation, dropout; not the weights (they are in the graph)
  std::uint64_t data_seed = task::kDataSeed;
  int epochs = 8;
  std::int64_t train_images = 6000;       ///< per epoch; a data set that has fewer gives all it has
  std::int64_t validation_images = 1000;  ///< for the last epoch's figure; earlier epochs use at most kQuickValidation
  int batch = 16;
  double learning_rate = 0.05;         ///< peak of the schedule
  std::string schedule = "one-cycle";  ///< "one-cycle" or "cosine"
  double weight_decay = 5e-4;          ///< on weights, not on biases and batch norm
  std::string optimiser = "sgd";       ///< "sgd" or "adamw"
  int threads = 1;
  std::string precision = "fp32";    ///< "fp32", or "bf16" (has_bf16)
  int patience = 0;                  ///< epochs without gain after which it stops; 0: it does not
  double least_gain = kLeastGain;    ///< of the task's own figure, below which it is none
  std::filesystem::path data;        ///< folder of images or of Fashion-MNIST; empty: the built-in set
  task::ImageShape image{0, 0, 0};   ///< where the graph leaves an extent open
  task::Normalisation pixels;        ///< what a graph from elsewhere wants of them
  std::filesystem::path checkpoint;  ///< written after each epoch (checkpoint.h); empty: none
  bool resume = false;               ///< goes on from `checkpoint`
  std::string augment = "light";     ///< "none", "light" or "strong" (task/augment.h)
  bool keep_zeros = false;           ///< weights that are 0 at the start stay 0 (step_rules.h)
  double gamma_penalty = 0;          ///< λ of λ·Σ|γ| over the scales of batch norms; 0: none
  double gates_target = 0;           ///< mean that gates shall have, of which alone a training then consists; 0: none
  double gates_penalty = 0.5;        ///< what a mean that differs costs (step_rules.h)
  std::int64_t max_steps = 0;      ///< no more than so many, over which the schedule is laid out; 0: all of the epochs
  std::int64_t save_at_step = -1;  ///< calls `save` after so many steps; −1: never
  std::function<void(const graph::Graph&)> save;     ///< with the graph as it is then
  std::function<void(const EpochReport&)> on_epoch;  ///< after each epoch; may be empty
};

/// Validation images that are judged after an epoch that is not the last.
inline constexpr std::int64_t kQuickValidation = 300;

/// Whether this machine's processor has instructions for bfloat16 (AVX512_BF16); without them a training in "bf16" is
/// refused: emulated it would be slower than in float32.
bool has_bf16();

struct TrainReport {
  std::vector<EpochReport> epochs;
  std::vector<task::Quality> qualities;  ///< of the trained graph on validation images; the task's own figure first
  int kept_epoch = 0;                    ///< whose weights were kept: the last, with patience the best
  int resumed_after = 0;                 ///< epochs that the checkpoint had; what follows is without them
  std::int64_t images = 0;               ///< passed forwards and backwards
  std::int64_t steps = 0;                ///< since it resumed, as images
  double seconds = 0;                    ///< epochs and validations, without loading
  task::DataInfo data;                   ///< what was trained on
};

/// Trains `graph` and leaves the trained weights and running statistics in its initializers; weights from Constant
/// nodes and those stored as float16 or bfloat16 behind a Cast become float32 initializers. It has one input that the
/// task's images fit, and puts out what task/outputs.h asks for. An epoch passes each image of a data set once, in an
/// order of its own (composed scenes are new in every epoch), changed as `augment` says. The names of the classes go
/// into the graph's metadata (task/class_names.h). The result depends on graph and options only; with one thread it is
/// the same to the bit, also if the training was killed and resumes from its checkpoint (which is not removed at the
/// end). Of float32 weights behind QuantizeLinear and DequantizeLinear, and of activations that are coded, rounding is
/// passed over by the gradient (quantisation-aware training); scales and zero points of codes stay. `save` is called
/// before a step or after the last one, once, and not by a training that resumes from a later step. The loss that is
/// reported is the task's alone, without penalties. With patience the weights of the best epoch are kept, all epochs
/// are judged on at most kQuickValidation images, and the best once more on all. In "bf16" convolutions and matrix
/// products of a step take and give bfloat16; weights, statistics, loss, optimiser and validation stay float32. Marks
/// "epochs=8", "patience=2", "training-begin", "epoch-1-begin", "epoch-1-end", "validation-1-begin", "mAP50=0.5",
/// "validation-1-end", "checkpoint-1-begin", … "training-end" go to record::mark. Throws Error: an operator that cannot
/// be trained (named, with its node), an unknown option value, inputs or outputs that do not fit the task, weights that
/// are codes or floats of another width, scales or gates that are wanted of a graph without batch norm, a loss that is
/// no longer finite, a checkpoint that cannot be written, is damaged or is of another training. Then `graph` is as
/// before.
TrainReport train(graph::Graph& graph, const TrainOptions& options);

struct EvaluateOptions {
  std::string task = "detection";
  std::uint64_t data_seed = task::kDataSeed;
  task::Split split = task::Split::kTest;
  std::int64_t images = 1000;
  int batch = 64;
  int threads = 1;
  std::filesystem::path data;
  task::ImageShape image{0, 0, 0};  ///< where the graph leaves an extent open
  task::Normalisation pixels;       ///< what a graph from elsewhere wants of them
};

/// Judges `graph` through the interpreter: the cross-check for engines. Takes quantised graphs (QuantizeLinear and
/// DequantizeLinear) as well. The task's own figure first. Throws Error as train does.
std::vector<task::Quality> evaluate(const graph::Graph& graph, const EvaluateOptions& options);

/// The operators that can be trained or run, sorted.
std::vector<std::string> interpreted_operators();

}  // namespace cradle::learn
