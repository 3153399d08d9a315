// Folders of splits, files below them, and who goes into which split.
#include "cradle/task/folder_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::task {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFirstFaults = 5;
constexpr int kDeepest = 16;  // folders that link to each other end here
constexpr double kTrainShare = 0.8, kValidationShare = 0.1;
constexpr std::uint64_t kOrderSeed = 1;  // the same order for everybody, whatever the seed of the splits

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::size_t at(Split split) { return static_cast<std::size_t>(split); }

}  // namespace

void Faults::add(std::string message) {
  if (count_++ < kFirstFaults) first_.push_back(std::move(message));
}

void Faults::raise(const fs::path& folder) const {
  if (count_ == 1) throw base::Error(first_[0]);
  if (count_ > 0)
    base::fail("{}: {} faults{}:\n  {}", folder.string(), count_,
               count_ > first_.size() ? fmt::format(", the first {}", first_.size()) : "", fmt::join(first_, "\n  "));
}

const std::vector<std::string>& folder_names(Split split) {
  static const std::array<std::vector<std::string>, 3> names = {{{"train"}, {"val", "validation", "valid"}, {"test"}}};
  return names[at(split)];
}

std::array<std::optional<fs::path>, 3> split_folders(const fs::path& folder) {
  std::array<std::optional<fs::path>, 3> found;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    for (const std::string& name : folder_names(split)) {
      if (!fs::is_directory(folder / name) || folders_in(folder / name).empty()) continue;
      if (found[at(split)])
        base::fail("{}: both '{}' and '{}' are there; keep one of them", folder.string(),
                   found[at(split)]->filename().string(), name);
      found[at(split)] = folder / name;
    }
  return found;
}

std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> images;
  fs::recursive_directory_iterator it(folder, fs::directory_options::follow_directory_symlink);
  for (; it != fs::recursive_directory_iterator(); ++it) {
    if (hidden(it->path()) || it.depth() >= kDeepest) {
      it.disable_recursion_pending();
      if (hidden(it->path())) continue;
    }
    if (it->is_regular_file() && is_image_name(it->path())) images.push_back(it->path());
  }
  std::sort(images.begin(), images.end());
  return images;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && !hidden(entry.path())) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::string name_below(const fs::path& file, const fs::path& folder) {
  return file.lexically_relative(folder).generic_string();
}

void share_out(Splits& items, const std::array<bool, 3>& there, std::uint64_t seed) {
  std::vector<Item> all = std::exchange(items[at(Split::kTrain)], {});
  for (Item& item : all) {
    const double u = base::uniform(seed, base::stable_id("task.split/" + item.name), 0);
    Split split = u < kTrainShare                      ? Split::kTrain
                  : u < kTrainShare + kValidationShare ? Split::kValidation
                                                       : Split::kTest;
    if (there[at(split)]) split = Split::kTrain;
    items[at(split)].push_back(std::move(item));
  }
}

void mix(Splits& items) {
  for (std::vector<Item>& split : items) {
    std::vector<std::pair<double, std::size_t>> order;
    for (const Item& item : split)
      order.emplace_back(base::uniform(kOrderSeed, base::stable_id("task.order/" + item.name), 0), order.size());
    std::sort(order.begin(), order.end());
    std::vector<Item> mixed;
    for (const auto& [draw, index] : order) mixed.push_back(std::move(split[index]));
    split = std::move(mixed);
  }
}

}  // namespace cradle::task
