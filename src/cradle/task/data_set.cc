// Which data set a task has.
#include "cradle/task/data_set.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/task/class_names.h"
#include "cradle/task/folder_data.h"
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

std::int64_t DataInfo::at_most(std::int64_t wanted, Split split) const {
  if (composed()) return wanted;
  if (count(split) == 0)
    base::fail("{} has no {} images ({} train, {} validation, {} test); add a folder of that name, or more images",
               name, name_of(split), images[0], images[1], images[2]);
  return std::min(wanted, count(split));
}

base::Json to_json(const DataInfo& info) {
  base::Json json{{"name", info.name},
                  {"task", info.task},
                  {"classes", info.classes},
                  {"image", {info.image.channels, info.image.height, info.image.width}},
                  {"images", nullptr}};
  if (!info.composed())
    json["images"] = {{"train", info.images[0]}, {"validation", info.images[1]}, {"test", info.images[2]}};
  return json;
}

ImageShape image_from(const base::Json& arguments, std::string_view where) {
  const auto whole = [&](const base::Json& number, std::string_view key) {
    if (!number.is_number_integer() || number < 1 || number > 1'000'000)
      base::fail("{}: '{}': expected whole numbers of at least 1, found {}", where, key, number.dump());
    return number.get<int>();
  };
  ImageShape image{0, 0, 0};
  if (const auto size = arguments.find("size"); size != arguments.end() && !size->is_null()) {
    if (!size->is_array() || size->size() != 2)
      base::fail("{}: 'size': expected [height, width], found {}", where, size->dump());
    image.height = whole((*size)[0], "size");
    image.width = whole((*size)[1], "size");
  }
  if (const auto channels = arguments.find("channels"); channels != arguments.end() && !channels->is_null())
    image.channels = whole(*channels, "channels");
  return image;
}

std::unique_ptr<DataSet> open_data_set(const DataRequest& request) {
  check_task(request.task);
  if (!request.folder.empty() && !std::filesystem::exists(request.folder / kGarmentFile))
    return std::make_unique<FolderData>(request);
  auto data = open_data_set(request.task, request.seed, request.folder);
  check_classes(request.classes, data->info());
  return data;
}

std::unique_ptr<DataSet> open_data_set(std::string_view task, std::uint64_t seed, const std::filesystem::path& folder) {
  check_task(task);
  if (task == "classification") return std::make_unique<Garments>(folder);
  return std::make_unique<Scenes>(seed, folder, task == "detection" ? Truth::kBoxes : Truth::kMask);
}

}  // namespace cradle::task
