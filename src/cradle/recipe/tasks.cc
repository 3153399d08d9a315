// Defaults of the tasks, and the task of a model.
#include "cradle/recipe/tasks.h"

#include <algorithm>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

const std::vector<TaskDefaults>& all_tasks() {
  static const std::vector<TaskDefaults> all = {
      {"classification", "resnet-small", 10, 8, 50'000, 10'000, 64, 0.1},
      {"detection", "centernet-dense", 10, 8, 6000, 500, 16, 0.05},
      {"segmentation", "unet-dense", 11, 10, 6000, 500, 16, 0.05},
  };
  return all;
}

/// `names_only`: by names that are cradle's own, not by the number of axes, which many models share.
std::string by_outputs(const base::Json& outputs, bool names_only) {
  const auto has = [&](std::string_view name) {
    return std::any_of(outputs.begin(), outputs.end(), [&](const auto& o) { return o.at("name") == name; });
  };
  if (has("heatmap") && has("box")) return "detection";
  if (names_only || outputs.size() != 1) return "";
  const std::size_t axes = outputs[0].at("shape").size();
  return axes == 2 ? "classification" : axes == 4 ? "segmentation" : "";
}

}  // namespace

const TaskDefaults& defaults_of(std::string_view task) {
  std::vector<std::string> names;
  for (const TaskDefaults& one : all_tasks()) {
    if (one.task == task) return one;
    names.push_back(one.task);
  }
  base::fail_usage("there is no task '{}': expected {}{}", task, fmt::join(names, ", "), base::suggestion(task, names));
}

double usual_rate(const TaskDefaults& task, std::string_view optimiser) {
  constexpr double kAdamRate = 2e-3;  // tried on the built-in tasks
  return optimiser == "adamw" ? kAdamRate : task.learning_rate;
}

void add_input_shape(base::Json& arguments, const OwnImages& images) {
  if (images.height <= 0 || images.width <= 0) return;
  arguments["open_extents"] = {images.channels > 0 ? images.channels : 3, images.height, images.width};
}

void add_to(base::Json& arguments, const OwnImages& images, const std::string& task) {
  if (!images.mean.empty()) {
    arguments["mean"] = images.mean;
    arguments["deviation"] = images.deviation;
  }
  if (task == kNoTask) {
    if (!images.folder.empty())
      base::fail_usage("--data is of images that are judged; say with --task what the model is for");
    if (images.height > 0) arguments["size"] = {images.height, images.width};
    if (images.channels > 0) arguments["channels"] = images.channels;
    return;
  }
  if (images.folder.empty()) {
    if (images.height > 0 || images.width > 0 || images.channels > 0)
      base::fail_usage("--size and --channels are of images of one's own; name their folder with --data");
    return;
  }
  arguments["data"] = images.folder.string();
  if (images.height > 0) arguments["size"] = {images.height, images.width};
  if (images.channels > 0) arguments["channels"] = images.channels;
}

namespace {

/// By metadata, then by the outputs (of `axes_too` by their axes also); "" where neither tells.
std::string told_task(const Workspace& workspace, const std::filesystem::path& model, const OwnImages& images,
                      bool axes_too) {
  base::Json arguments = {{"model", model.string()}};
  add_input_shape(arguments, images);
  const Done done = run_job(workspace, "graph", "inspect", "inspect", std::move(arguments));
  const std::string where = "answer of cradle-graph";
  const base::Json& metadata = base::json_member(done.answer, "metadata", where);
  std::string task = base::json_string_or(metadata, "cradle.task", "", where);
  if (task.empty() && metadata.contains("cradle.anchors")) task = "detection";
  if (task.empty()) task = by_outputs(base::json_member(done.answer, "outputs", where), !axes_too);
  return task;
}

}  // namespace

std::string task_of(const Workspace& workspace, const std::filesystem::path& model, const std::string& stated,
                    const OwnImages& images) {
  if (!stated.empty()) return defaults_of(stated).task;
  const std::string task = told_task(workspace, model, images, true);
  if (task.empty())
    base::fail_usage(
        "{}: neither its metadata nor its outputs say what the model is for; say --task classification, "
        "detection or segmentation",
        model.string());
  return defaults_of(task).task;
}

std::string task_to_bench(const Workspace& workspace, const std::filesystem::path& model, const std::string& stated,
                          const OwnImages& images) {
  if (stated == kNoTask) return stated;
  if (!stated.empty()) return defaults_of(stated).task;
  const std::string task = told_task(workspace, model, images, !images.folder.empty());
  return task.empty() ? kNoTask : defaults_of(task).task;
}

}  // namespace cradle::recipe
