// What a model is for, and how one is trained for it unless the user says otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/recipe/jobs.h"

namespace cradle::recipe {

/// How a built-in task is trained by default. Each reaches the figures of docs/METHODS.md, "Training".
struct TaskDefaults {
  std::string task, architecture;
  int classes = 10;  ///< that the network tells apart; of segmentation with the background
  int epochs = 8;
  std::int64_t train_images = 6000;  ///< per epoch
  std::int64_t validation_images = 500;
  int batch = 16;
  double learning_rate = 0.05;  ///< its peak, of SGD
};
/// Throws Error (usage) with the nearest name.
const TaskDefaults& defaults_of(std::string_view task);
/// The peak where none is said: of SGD the task's own; of AdamW, whose steps do not grow with the gradient, 0.002.
double usual_rate(const TaskDefaults& task, std::string_view optimiser);

/// Images that are not the built-in ones, and how they are wanted where a model does not say.
struct OwnImages {
  std::filesystem::path folder;  ///< docs/FORMATS.md, "Images of one's own"; empty: the task's built-in data set
  int height = 0, width = 0;     ///< 0: as the model takes them, else 64
  int channels = 0;              ///< 0: as the model takes them, else 1 if all are grey and 3 if not
  std::vector<double> mean{}, deviation{};  ///< of the pixels, what a model from elsewhere wants; empty: 0 to 1
};
/// Adds them to a job's arguments. Throws Error (usage) if a size is wanted of the built-in images, or a folder without
/// a task.
void add_to(base::Json& arguments, const OwnImages& images, const std::string& task);
/// Adds the extents to those of an `inspect` job, for models that leave them open.
void add_input_shape(base::Json& arguments, const OwnImages& images);

/// Of a model that is measured without a task: its speed and energy alone, on noise.
inline constexpr const char* kNoTask = "none";

/// The task that a bench measures a model on: as stated ("none" is one), else as its metadata say, else by outputs
/// named "heatmap" and "box", else, of one's own images, by its outputs as task_of does; else "none".
std::string task_to_bench(const Workspace& workspace, const std::filesystem::path& model, const std::string& stated,
                          const OwnImages& images);

/// The task of a model file: as stated, else as its metadata say ("cradle.task"), else by its outputs: "heatmap" and
/// "box" are a detector's, one output of two axes is a classifier's, of four a segmenter's. Throws Error (usage) that
/// asks for --task where neither tells.
std::string task_of(const Workspace& workspace, const std::filesystem::path& model, const std::string& stated,
                    const OwnImages& images = {});

}  // namespace cradle::recipe
