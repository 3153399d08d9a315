// Which data set a task has.
#include "cradle/task/data_set.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/task/garments.h"
#include "cradle/task/scenes.h"

namespace cradle::task {

const std::vector<std::string>& task_names() {
  static const std::vector<std::string> names = {"classification", "detection", "segmentation"};
  return names;
}

void check_task(std::string_view task) {
  const std::vector<std::string>& names = task_names();
  if (std::find(names.begin(), names.end(), task) == names.end())
    base::fail_usage("there is no task '{}': expected classification, detection or segmentation{}", task,
                     base::suggestion(task, names));
}

std::unique_ptr<DataSet> open_data_set(std::string_view task, std::uint64_t seed, const std::filesystem::path& folder) {
  check_task(task);
  if (task == "classification") return std::make_unique<Garments>(folder);
  return std::make_unique<Scenes>(seed, folder, task == "detection" ? Truth::kBoxes : Truth::kMask);
}

}  // namespace cradle::task
