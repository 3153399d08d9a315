// From COCO's JSON to images with boxes.
#include "cradle/task/coco.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/task/data_set.h"

namespace cradle::task {

namespace {

using base::Json;

constexpr double kMostSide = 1e6;  // pixels

const Json& list_at(const Json& file, std::string_view key, std::string_view name) {
  const Json& list = base::json_member(file, key, name);
  if (!list.is_array()) base::fail("{}: '{}': expected a list, found {}", name, key, list.type_name());
  return list;
}

std::int64_t id_at(const Json& object, std::string_view key, const std::string& where) {
  const double id = base::json_number(object, key, where);
  if (id != std::floor(id) || std::abs(id) > 9e15)
    base::fail("{}: '{}': expected a whole number, found {}", where, key, id);
  return static_cast<std::int64_t>(id);
}

int extent_at(const Json& object, std::string_view key, const std::string& where) {
  const double extent = base::json_number_or(object, key, 0, where);
  if (!(extent >= 0 && extent <= kMostSide) || extent != std::floor(extent))
    base::fail("{}: '{}': expected a number of pixels, found {}", where, key, extent);
  return static_cast<int>(extent);
}

/// The label of each category's id.
std::map<std::int64_t, int> read_categories(const Json& file, std::string_view name, Coco& coco) {
  std::map<std::int64_t, std::string> by_id;
  for (const Json& one : list_at(file, "categories", name)) {
    const std::string where = fmt::format("{}: categories", name);
    const std::int64_t id = id_at(one, "id", where);
    const std::string category = base::json_string(one, "name", where);
    if (!by_id.emplace(id, category).second) base::fail("{}: the id {} stands twice", where, id);
    if (std::count_if(by_id.begin(), by_id.end(), [&](const auto& c) { return c.second == category; }) > 1)
      base::fail("{}: the name '{}' stands twice", where, category);
  }
  if (by_id.empty() || by_id.size() > kMostClasses)
    base::fail("{}: expected 1 to {} categories, found {}", name, kMostClasses, by_id.size());
  std::map<std::int64_t, int> labels;
  for (const auto& [id, category] : by_id) {
    labels[id] = static_cast<int>(coco.classes.size());
    coco.classes.push_back(category);
  }
  return labels;
}

std::unordered_map<std::int64_t, std::size_t> read_images(const Json& file, std::string_view name, Coco& coco) {
  std::unordered_map<std::int64_t, std::size_t> places;
  for (const Json& one : list_at(file, "images", name)) {
    const std::int64_t id = id_at(one, "id", fmt::format("{}: images", name));
    const std::string where = fmt::format("{}: image {}", name, id);
    if (!places.emplace(id, coco.images.size()).second) base::fail("{}: the id stands twice", where);
    coco.images.push_back({base::json_string(one, "file_name", where),
                           extent_at(one, "width", where),
                           extent_at(one, "height", where),
                           {}});
  }
  return places;
}

std::array<double, 4> numbers_of_box(const Json& annotation, const std::string& where) {
  const Json& box = base::json_member(annotation, "bbox", where);
  std::array<double, 4> numbers{};
  bool fits = box.is_array() && box.size() == numbers.size();
  for (std::size_t i = 0; fits && i < numbers.size(); ++i) {
    fits = box[i].is_number() && std::abs(box[i].get<double>()) <= kMostSide;
    if (fits) numbers[i] = box[i].get<double>();
  }
  if (!fits || numbers[2] < 0 || numbers[3] < 0)
    base::fail("{}: 'bbox': expected [x, y, width, height] in pixels, found {}", where, base::dump_json(box, -1));
  return numbers;
}

}  // namespace

Coco parse_coco(std::string_view text, std::string_view name) {
  static const std::vector<std::string> unread = {"segmentation", "info", "licenses"};
  const Json file = base::parse_json(text, name, unread);
  Coco coco;
  const auto labels = read_categories(file, name, coco);
  const auto places = read_images(file, name, coco);
  std::size_t number = 0;
  for (const Json& one : list_at(file, "annotations", name)) {
    std::string where = fmt::format("{}: annotation number {}", name, ++number);
    if (one.is_object() && one.contains("id")) where = fmt::format("{}: annotation {}", name, id_at(one, "id", where));
    const std::int64_t image = id_at(one, "image_id", where), category = id_at(one, "category_id", where);
    const auto place = places.find(image);
    if (place == places.end()) base::fail("{}: its image_id {} is not among 'images'", where, image);
    const auto label = labels.find(category);
    if (label == labels.end()) base::fail("{}: its category_id {} is not among 'categories'", where, category);
    if (base::json_number_or(one, "iscrowd", 0, where) != 0) continue;
    const auto [x, y, w, h] = numbers_of_box(one, where);
    if (w == 0 || h == 0) continue;
    coco.images[place->second].boxes.push_back({static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + w),
                                                static_cast<float>(y + h), label->second});
  }
  return coco;
}

}  // namespace cradle::task
