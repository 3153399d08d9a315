// images/ and masks/: each image has a PNG of the same name whose values are classes.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/task/folder_listing.h"

namespace cradle::task {

namespace {

namespace fs = std::filesystem;

Item item_of(const fs::path& image, const fs::path& folder) {
  Item item;
  item.name = name_below(image, folder / "images");
  item.image = image;
  item.mask = (folder / "masks" / item.name).replace_extension(".png");
  if (!fs::exists(item.mask)) base::fail("{}: expected its mask {}, found none", image.string(), item.mask.string());
  item.header = read_picture_header(image);
  const PictureHeader mask = read_picture_header(item.mask);
  if (!mask.indices)
    base::fail("{}: expected a PNG of a palette or of grey levels of at most 8 bits, found another kind",
               item.mask.string());
  if (mask.width != item.header.width || mask.height != item.header.height)
    base::fail("{}: expected {} × {} pixels as its image has, found {} × {}", item.mask.string(), item.header.width,
               item.header.height, mask.width, mask.height);
  return item;
}

std::vector<Item> images_of(const fs::path& folder, Faults& faults) {
  for (const char* part : {"images", "masks"})
    if (!fs::is_directory(folder / part))
      base::fail(
          "{}: expected the folders images/ and masks/ in it, found no {}/; see 'Images of one's own' in "
          "docs/FORMATS.md",
          folder.string(), part);
  std::vector<Item> items;
  for (const fs::path& image : images_below(folder / "images"))
    faults.keep([&] { items.push_back(item_of(image, folder)); });
  if (items.empty()) faults.add(fmt::format("{}: found no image that can be used", (folder / "images").string()));
  return items;
}

std::vector<std::string> names_in(const fs::path& file) {
  std::vector<std::string> names;
  for (const std::string& line : base::split(base::read_file(file), '\n'))
    if (const std::string_view name = base::trim(line); !name.empty()) names.emplace_back(name);
  if (names.empty() || names.size() > kMostClasses)
    base::fail("{}: expected 1 to {} names, one a line, found {}", file.string(), kMostClasses, names.size());
  return names;
}

/// Without names, the classes are those that occur: each mask is decoded once.
std::vector<std::string> names_by_values(const Splits& splits, Faults& faults) {
  int most = 0;
  for (const std::vector<Item>& items : splits)
    for (const Item& item : items)
      faults.keep([&] {
        for (const std::uint8_t value : read_mask(item.mask).levels)
          if (value != kUnjudged) most = std::max(most, int{value});
      });
  std::vector<std::string> names;
  for (int value = 0; value <= most; ++value) names.push_back(fmt::format("class {}", value));
  return names;
}

}  // namespace

Listing list_masks(const DataRequest& request) {
  auto folders = split_folders(request.folder);
  const std::array<bool, 3> there = {folders[0].has_value(), folders[1].has_value(), folders[2].has_value()};
  if (!there[0] && !there[1] && !there[2]) folders[0] = request.folder;
  Listing listing;
  Faults faults;
  for (std::size_t split = 0; split < folders.size(); ++split)
    if (folders[split]) listing.items[split] = images_of(*folders[split], faults);
  const fs::path names = request.folder / "classes.txt";
  if (fs::exists(names)) {
    listing.classes = names_in(names);
    if (!request.classes.empty() && request.classes != listing.classes)
      base::fail("{}: expected the model's classes {}, found {}", names.string(), fmt::join(request.classes, ", "),
                 fmt::join(listing.classes, ", "));
  } else {
    listing.classes = request.classes.empty() ? names_by_values(listing.items, faults) : request.classes;
  }
  faults.raise(request.folder);
  share_out(listing.items, there, request.seed);
  return listing;
}

}  // namespace cradle::task
