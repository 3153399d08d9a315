// Training a built-in architecture on a built-in task, measured.
#pragma once

#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

/// What to train and for how long. What is left empty or 0 is the task's own (tasks.h).
struct TrainRequest {
  std::string task = "detection";
  std::string architecture;
  double width = 1.0;
  std::uint64_t seed = 1;
  std::filesystem::path from{};  ///< an ONNX file whose training goes on (fine-tuning), instead of an architecture
  int epochs = 0;
  std::int64_t train_images = 0;
  std::int64_t validation_images = 0;
  int batch = 0;
  double learning_rate = 0;
  std::string optimiser = "sgd";       ///< "sgd" or "adamw"
  std::string schedule = "one-cycle";  ///< "one-cycle" or "cosine"
  std::string model = "model.onnx";    ///< file name in the workspace; its checkpoint is beside it
  std::string precision = "fp32";      ///< "fp32" or "bf16" (learn/train.h)
  int patience = 0;                    ///< epochs without gain after which it stops; 0: it does not
  double least_gain = 0.001;           ///< of the task's own figure, below which it is none
  bool resume = false;                 ///< goes on from the checkpoint of a training that was ended
  OwnImages images{};                  ///< else the task's own
  std::string augment = "light";       ///< "none", "light" or "strong"
  // What compression asks of a training (learn/step_rules.h):
  bool keep_zeros = false;        ///< weights that are 0 at the start stay 0
  double gamma_penalty = 0;       ///< L1 on the scales of batch norms; 0: none
  double gates_target = 0;        ///< only gates of channels are trained, to this mean; 0: none
  double gates_penalty = 0.5;     ///< what a mean that differs costs
  std::int64_t max_steps = 0;     ///< no more than so many; 0: all of the epochs
  std::int64_t save_at_step = 0;  ///< after how many steps
  std::filesystem::path saved{};  ///< the weights are written to this ONNX file as well; empty: not
  std::string record = "train";   ///< name of the record's file in the workspace
};

struct Trained {
  std::filesystem::path model;
  std::filesystem::path record_file;
  record::RunRecord record;                ///< with the task's own quality on the validation split, and the model
  std::vector<record::Quality> qualities;  ///< all that the task's judge says, its own first
  int kept_epoch = 0, epochs = 0;          ///< whose weights were kept, of how many that were trained
};

/// Where the state of a training is kept after each of its epochs, until its model is written.
std::filesystem::path checkpoint_of(const Workspace& workspace, const TrainRequest& request);

/// Builds the graph, or takes the file's, trains it through libtorch, writes an ONNX file and the record of the
/// training, which says if it was in another precision than float32, if an earlier epoch's weights were kept, and of a
/// resumed one that it holds what was spent since. Throws Error.
Trained train(const Workspace& workspace, const TrainRequest& request);

}  // namespace cradle::recipe
