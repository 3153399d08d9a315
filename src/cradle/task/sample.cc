// Names of splits, and images mirrored and moved.
#include "cradle/task/sample.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::task {

namespace {

/// Reverses each row of `width` values.
template <class T>
void mirror_rows(std::vector<T>& values, int width) {
  for (auto row = values.begin(); row != values.end(); row += width) std::reverse(row, row + width);
}

}  // namespace

std::string_view name_of(Split split) {
  switch (split) {
    case Split::kTrain: return "train";
    case Split::kValidation: return "validation";
    case Split::kTest: return "test";
  }
  assert(false);
  return "";
}

Split split_named(std::string_view name) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    if (name_of(split) == name) return split;
  const std::vector<std::string> names = {"train", "validation", "test"};
  base::fail_usage("'{}' is no split: expected train, validation or test{}", name, base::suggestion(name, names));
}

Sample mirrored(Sample sample, const ImageShape& shape) {
  assert(sample.pixels.size() == shape.values());
  mirror_rows(sample.pixels, shape.width);
  mirror_rows(sample.mask, shape.width);
  for (Box& box : sample.boxes) {
    std::swap(box.x0, box.x1);
    box.x0 = static_cast<float>(shape.width) - box.x0;
    box.x1 = static_cast<float>(shape.width) - box.x1;
  }
  return sample;
}

Sample shifted(Sample sample, const ImageShape& shape, int dx, int dy) {
  assert(sample.pixels.size() == shape.values() && sample.boxes.empty() && sample.mask.empty());
  if (dx == 0 && dy == 0) return sample;
  std::vector<float> moved(sample.pixels.size(), 0.0f);
  const auto at = [&](int c, int y, int x) {
    return (static_cast<std::size_t>(c) * static_cast<std::size_t>(shape.height) + static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(shape.width) +
           static_cast<std::size_t>(x);
  };
  for (int c = 0; c < shape.channels; ++c)
    for (int y = std::max(0, dy); y < std::min(shape.height, shape.height + dy); ++y)
      for (int x = std::max(0, dx); x < std::min(shape.width, shape.width + dx); ++x)
        moved[at(c, y, x)] = sample.pixels[at(c, y - dy, x - dx)];
  sample.pixels = std::move(moved);
  return sample;
}

}  // namespace cradle::task
