// ImageFolder's layout: a folder for each class.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/task/folder_listing.h"

namespace cradle::task {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> class_names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& one : folders_in(folder)) names.push_back(one.filename().string());
  if (names.size() >= 2 && names.size() <= kMostClasses) return names;
  if (names.size() > kMostClasses)
    base::fail("{}: expected at most {} folders of classes, found {}", folder.string(), kMostClasses, names.size());
  base::fail(
      "{}: expected a folder of images for each of at least two classes, found {}; see 'Images of one's own' in "
      "docs/FORMATS.md",
      folder.string(), names.empty() ? "none" : fmt::format("one, '{}'", names[0]));
}

/// All images of one split. `from` is where `classes` were read, for messages.
std::vector<Item> images_of(const fs::path& folder, const std::vector<std::string>& classes, std::string_view from,
                            Faults& faults) {
  std::vector<Item> items;
  for (const fs::path& one : folders_in(folder)) {
    const std::string name = one.filename().string();
    const auto known = std::find(classes.begin(), classes.end(), name);
    if (known == classes.end()) {
      faults.add(fmt::format("{}: a class that {} lacks{}; rename the folder or take it away", one.string(), from,
                             base::suggestion(name, classes)));
      continue;
    }
    const std::vector<fs::path> images = images_below(one);
    if (images.empty())
      faults.add(fmt::format("{}: expected PNG or JPEG images of the class, found none", one.string()));
    for (const fs::path& image : images) {
      Item item;
      item.name = name_below(image, folder);
      item.image = image;
      item.label = static_cast<int>(known - classes.begin());
      if (faults.keep([&] { item.header = read_picture_header(image); })) items.push_back(std::move(item));
    }
  }
  return items;
}

/// What is not trained cannot be known: a class of few images may fall wholly into another split.
void check_all_trained(const Listing& listing, const fs::path& folder) {
  const auto& [train, validation, test] = listing.items;
  if (train.empty()) return;
  std::vector<bool> trained(listing.classes.size(), false);
  for (const Item& item : train) trained[static_cast<std::size_t>(item.label)] = true;
  for (const std::vector<Item>* others : {&validation, &test})
    for (const Item& item : *others)
      if (!trained[static_cast<std::size_t>(item.label)])
        base::fail(
            "{}: no image of the class '{}' came into the training split, but {} into another; add images of it, "
            "or divide them yourself into train/, val/ and test/",
            folder.string(), listing.classes[static_cast<std::size_t>(item.label)], item.name);
}

}  // namespace

Listing list_class_folders(const DataRequest& request) {
  auto folders = split_folders(request.folder);
  const std::array<bool, 3> there = {folders[0].has_value(), folders[1].has_value(), folders[2].has_value()};
  if (!there[0] && !there[1] && !there[2]) folders[0] = request.folder;
  const auto first = std::find_if(folders.begin(), folders.end(), [](const auto& f) { return f.has_value(); });
  Listing listing;
  listing.classes = request.classes.empty() ? class_names(**first) : request.classes;
  const std::string from = request.classes.empty() ? (*first)->string() : "the model";
  Faults faults;
  for (std::size_t split = 0; split < folders.size(); ++split)
    if (folders[split]) listing.items[split] = images_of(*folders[split], listing.classes, from, faults);
  faults.raise(request.folder);
  share_out(listing.items, there, request.seed);
  check_all_trained(listing, request.folder);
  return listing;
}

}  // namespace cradle::task
