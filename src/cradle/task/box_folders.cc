// A folder with COCO's annotations: which file speaks of which split, and where its images lie.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/task/coco.h"
#include "cradle/task/folder_listing.h"

namespace cradle::task {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "instances_";
constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 30;  // COCO's own largest file is 450 MB

/// An annotation file, the split it speaks of (none: of all), and the rest of its name ("train2017").
struct Source {
  fs::path file;
  std::optional<Split> split;
  std::string rest;
};

std::optional<Split> split_in(const std::string& rest) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    if (base::starts_with_ignoring_case(rest, folder_names(split)[0])) return split;
  return std::nullopt;
}

std::vector<Source> sources_in(const fs::path& folder) {
  std::vector<Source> sources;
  if (fs::is_directory(folder / "annotations"))
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "annotations")) {
      const std::string stem = entry.path().stem().string();
      if (entry.path().extension() != ".json" || !stem.starts_with(kPrefix)) continue;
      const std::string rest = stem.substr(kPrefix.size());
      sources.push_back({entry.path(), split_in(rest), rest});
    }
  else if (fs::is_regular_file(folder / "annotations.json"))
    sources.push_back({folder / "annotations.json", std::nullopt, ""});
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.file < b.file; });
  if (sources.empty())
    base::fail(
        "{}: expected annotations/instances_*.json or annotations.json (COCO), found neither; see 'Images of one's "
        "own' "
        "in docs/FORMATS.md",
        folder.string());
  for (std::size_t i = 0; i < sources.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!sources[i].split || !sources[j].split || *sources[i].split == *sources[j].split)
        base::fail("{} and {}: expected one file for each of train, val and test, or one for all; take one away",
                   sources[j].file.string(), sources[i].file.string());
  return sources;
}

/// Where the images lie: the first of some places that has the first of them.
fs::path root_of(const fs::path& folder, const Source& source, const Coco& coco) {
  std::vector<fs::path> places;
  if (!source.rest.empty()) {
    places = {folder / source.rest, folder / "images" / source.rest};
    if (source.split)
      for (const std::string& name : folder_names(*source.split)) {
        places.push_back(folder / name);
        places.push_back(folder / "images" / name);
      }
  }
  places.insert(places.end(), {folder / "images", folder});
  for (const fs::path& place : places)
    if (fs::exists(place / coco.images[0].file)) return place;
  std::vector<std::string> looked;
  for (const fs::path& place : places) looked.push_back(place.string());
  base::fail("{}: its image {} is in none of {}", source.file.string(), coco.images[0].file, fmt::join(looked, ", "));
}

/// Boxes as labels of `classes`, and no larger than the image.
std::vector<Box> fitted(std::vector<Box> boxes, const std::vector<int>& labels, const PictureHeader& header,
                        std::size_t& outside) {
  const auto width = static_cast<float>(header.width), height = static_cast<float>(header.height);
  for (Box& box : boxes) {
    outside += box.x1 > width + 1 || box.y1 > height + 1;
    box = {std::clamp(box.x0, 0.0f, width), std::clamp(box.y0, 0.0f, height), std::clamp(box.x1, 0.0f, width),
           std::clamp(box.y1, 0.0f, height), labels[static_cast<std::size_t>(box.label)]};
  }
  std::erase_if(boxes, [](const Box& box) { return !(box.x1 > box.x0 && box.y1 > box.y0); });
  return boxes;
}

/// The numbers that the listing has for the file's classes.
std::vector<int> labels_of(const Coco& coco, const fs::path& file, const std::vector<std::string>& classes,
                           std::string_view from) {
  std::vector<int> labels;
  for (const std::string& name : coco.classes) {
    const auto known = std::find(classes.begin(), classes.end(), name);
    if (known == classes.end())
      base::fail("{}: the category '{}' is one that {} lacks{}", file.string(), name, from,
                 base::suggestion(name, classes));
    labels.push_back(static_cast<int>(known - classes.begin()));
  }
  return labels;
}

Item item_of(CocoImage& image, const fs::path& root) {
  const fs::path relative(image.file);
  if (image.file.empty() || relative.is_absolute() || image.file.find("..") != std::string::npos)
    base::fail("the file_name '{}': expected a path below {}", image.file, root.string());
  Item item;
  item.name = relative.generic_string();
  item.image = root / relative;
  item.header = read_picture_header(item.image);
  const bool said = image.width > 0 && image.height > 0;
  if (said && (image.width != item.header.width || image.height != item.header.height))
    base::fail("{}: the annotations say {} × {} pixels, the file has {} × {}{}", item.image.string(), image.width,
               image.height, item.header.width, item.header.height,
               item.header.orientation > 1 ? " once it is turned upright as its Exif says" : "");
  return item;
}

void add_images(const DataRequest& request, const Source& source, Coco coco, std::string_view from, Listing& listing,
                Faults& faults) {
  if (coco.images.empty()) base::fail("{}: expected images, found none", source.file.string());
  const std::vector<int> labels = labels_of(coco, source.file, listing.classes, from);
  const fs::path root = root_of(request.folder, source, coco);
  std::size_t boxes = 0, outside = 0;
  for (CocoImage& image : coco.images)
    faults.keep([&] {
      Item item = item_of(image, root);
      boxes += image.boxes.size();
      item.boxes = fitted(std::move(image.boxes), labels, item.header, outside);
      listing.items[static_cast<std::size_t>(source.split.value_or(Split::kTrain))].push_back(std::move(item));
    });
  if (outside * 2 > boxes)
    base::fail(
        "{}: {} of {} boxes reach beyond their image; expected [x, y, width, height] in pixels: are they corners?",
        source.file.string(), outside, boxes);
}

}  // namespace

Listing list_boxes(const DataRequest& request) {
  Listing listing;
  Faults faults;
  std::array<bool, 3> there{};
  std::string from = "the model";
  listing.classes = request.classes;
  for (const Source& source : sources_in(request.folder)) {
    if (fs::file_size(source.file) > kMostBytes)
      base::fail("{}: expected at most 1 GiB, found {}; divide it into splits", source.file.string(),
                 base::format_bytes(static_cast<double>(fs::file_size(source.file))));
    Coco coco = parse_coco(base::read_file(source.file), source.file.string());
    if (listing.classes.empty()) {
      listing.classes = coco.classes;
      from = source.file.string();
    }
    if (source.split) there[static_cast<std::size_t>(*source.split)] = true;
    add_images(request, source, std::move(coco), from, listing, faults);
  }
  faults.raise(request.folder);
  share_out(listing.items, there, request.seed);
  return listing;
}

}  // namespace cradle::task
