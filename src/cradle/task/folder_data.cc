// Listing a folder by its task, and samples of it at the model's size.
#include "cradle/task/folder_data.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "cradle/base/error.h"

namespace cradle::task {

namespace {

constexpr int kLeastSide = 8, kMostSide = 4096;

Listing list_by_task(const DataRequest& request) {
  if (request.task == "classification") return list_class_folders(request);
  if (request.task == "detection") return list_boxes(request);
  return list_masks(request);
}

Listing list(const DataRequest& request) {
  if (!std::filesystem::is_directory(request.folder))
    base::fail("{}: expected a folder of images, found none there", request.folder.string());
  Listing listing = list_by_task(request);
  mix(listing.items);
  return listing;
}

bool all_grey(const Splits& splits) {
  return std::all_of(splits.begin(), splits.end(), [](const std::vector<Item>& items) {
    return std::all_of(items.begin(), items.end(), [](const Item& item) { return item.header.grey; });
  });
}

ImageShape shape_of(const DataRequest& request, const Splits& items) {
  ImageShape shape = request.image;
  if (shape.channels == 0) shape.channels = all_grey(items) ? 1 : 3;
  if (shape.height == 0) shape.height = kUsualSide;
  if (shape.width == 0) shape.width = kUsualSide;
  if (shape.channels != 1 && shape.channels != 3)
    base::fail_usage("images have 1 channel (grey) or 3 (red, green, blue); the model or --channels asks for {}",
                     shape.channels);
  for (const int side : {shape.height, shape.width})
    if (side < kLeastSide || side > kMostSide)
      base::fail_usage("expected images of {} to {} pixels either way, asked for are {} × {}", kLeastSide, kMostSide,
                       shape.height, shape.width);
  return shape;
}

std::string name_of(const std::filesystem::path& folder) {
  return std::filesystem::canonical(folder).filename().string();
}

}  // namespace

FolderData::FolderData(const DataRequest& request) : keep_(request.keep) {
  Listing listing = list(request);
  items_ = std::move(listing.items);
  info_ = {request.task, name_of(request.folder), std::move(listing.classes), shape_of(request, items_), {}};
  for (std::size_t split = 0; split < items_.size(); ++split)
    info_.images[split] = static_cast<std::int64_t>(items_[split].size());
  if (info_.composed())
    base::fail("{}: expected images of {}, found none; docs/FORMATS.md (\"Images of one's own\") says how they lie",
               request.folder.string(), request.task);
}

std::shared_ptr<const FolderData::Kept> FolderData::decoded(const Item& item) const {
  const ImageShape& to = info_.image;
  auto one = std::make_shared<Kept>();
  one->picture = resized(with_channels(read_picture(item.image), to.channels), to.width, to.height);
  if (item.mask.empty()) return one;
  const Picture mask = read_mask(item.mask);
  const auto unknown = std::find_if(mask.levels.begin(), mask.levels.end(), [&](std::uint8_t value) {
    return value != kUnjudged && value >= info_.classes.size();
  });
  if (unknown != mask.levels.end())
    base::fail("{}: expected classes from 0 to {}, or {} where nothing is said, found {}", item.mask.string(),
               info_.classes.size() - 1, kUnjudged, *unknown);
  one->mask = resized_nearest(mask, to.width, to.height);
  return one;
}

std::shared_ptr<const FolderData::Kept> FolderData::kept_or_decoded(Split split, const Item& item) const {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto at = kept_.find(&item); at != kept_.end()) return at->second;
  }
  auto one = decoded(item);
  if (!keep_ || split == Split::kTest) return one;  // each is asked for once, and would count as the model's memory
  const std::scoped_lock lock(mutex_);
  if (kept_bytes_ + one->bytes() <= kKeptBytes && kept_.emplace(&item, one).second) kept_bytes_ += one->bytes();
  return one;
}

Sample FolderData::sample(Split split, std::uint64_t index) const {
  assert(index < static_cast<std::uint64_t>(info_.count(split)));
  const Item& item = items_[static_cast<std::size_t>(split)][index];
  const auto one = kept_or_decoded(split, item);
  const ImageShape& shape = info_.image;
  Sample sample;
  sample.pixels.resize(shape.values());
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t i = 0; i < shape.pixels(); ++i)
    for (std::size_t c = 0; c < channels; ++c)
      sample.pixels[c * shape.pixels() + i] = static_cast<float>(one->picture.levels[i * channels + c]) / 255.0f;
  sample.label = item.label;
  sample.boxes = item.boxes;
  const float across = static_cast<float>(shape.width) / static_cast<float>(item.header.width);
  const float down = static_cast<float>(shape.height) / static_cast<float>(item.header.height);
  for (Box& box : sample.boxes) box = {box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down, box.label};
  sample.mask = one->mask.levels;
  return sample;
}

}  // namespace cradle::task
