// Crops, light, cut-outs, and which of them a training image meets.
#include "cradle/task/augment.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/text.h"

namespace cradle::task {

namespace {

constexpr double kLeastArea = 0.5, kMostAspect = 4.0 / 3.0;
constexpr double kMostZoom = 4.0 / 3.0;
constexpr double kMostBrightness = 0.1, kMostContrast = 1.25;
constexpr double kCutOutChance = 0.5;

std::size_t index_of(const ImageShape& shape, int channel, int y, int x) {
  return (static_cast<std::size_t>(channel) * static_cast<std::size_t>(shape.height) + static_cast<std::size_t>(y)) *
             static_cast<std::size_t>(shape.width) +
         static_cast<std::size_t>(x);
}

/// The level at a pixel; black outside.
float level(const Sample& s, const ImageShape& shape, int channel, int y, int x) {
  const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
  return inside ? s.pixels[index_of(shape, channel, y, x)] : 0.0f;
}

/// Bilinear between pixel centres. A point of the image is mixed of the image only, not of what is beyond.
float between(const Sample& s, const ImageShape& shape, int channel, float y, float x) {
  if (x < 0 || y < 0 || x >= static_cast<float>(shape.width) || y >= static_cast<float>(shape.height)) return 0;
  const float cx = std::clamp(x - 0.5f, 0.0f, static_cast<float>(shape.width - 1));
  const float cy = std::clamp(y - 0.5f, 0.0f, static_cast<float>(shape.height - 1));
  const int left = static_cast<int>(cx), top = static_cast<int>(cy);
  const int right = std::min(left + 1, shape.width - 1), bottom = std::min(top + 1, shape.height - 1);
  const float u = cx - static_cast<float>(left), v = cy - static_cast<float>(top);
  const auto row = [&](int at) {
    return (1 - u) * level(s, shape, channel, at, left) + u * level(s, shape, channel, at, right);
  };
  return (1 - v) * row(top) + v * row(bottom);
}

float mean_of(const float* values, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += double{values[i]};
  return static_cast<float>(sum / static_cast<double>(n));
}

/// From 1/most to most, the logarithm evenly.
double ratio(double u, double most) { return std::exp((2 * u - 1) * std::log(most)); }

/// The crop of a strong augmentation, by four draws.
Crop crop_of(const ImageShape& shape, bool has_class, base::Stream& draw) {
  double width = shape.width, height = shape.height;
  if (has_class) {
    const double side = std::sqrt(kLeastArea + (1 - kLeastArea) * draw.uniform());
    const double aspect = std::sqrt(ratio(draw.uniform(), kMostAspect));
    width *= std::min(1.0, side * aspect);
    height *= std::min(1.0, side / aspect);
  } else {
    const double zoom = ratio(draw.uniform(), kMostZoom);
    width *= zoom;
    height *= zoom;
  }
  const double x = draw.uniform() * (shape.width - width), y = draw.uniform() * (shape.height - height);
  return {static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + width), static_cast<float>(y + height)};
}

Sample strongly(Sample sample, const DataInfo& info, std::uint64_t seed, std::uint64_t index) {
  const bool has_class = info.task == "classification";
  base::Stream draw(seed, base::stable_id(fmt::format("task.augment/{}", index)));
  sample = cropped(sample, info.image, crop_of(info.image, has_class, draw));
  const auto brightness = static_cast<float>((2 * draw.uniform() - 1) * kMostBrightness);
  sample = relit(std::move(sample), info.image, brightness, static_cast<float>(ratio(draw.uniform(), kMostContrast)));
  if (!has_class || draw.uniform() >= kCutOutChance) return sample;
  const int x = static_cast<int>(draw.below(static_cast<std::uint64_t>(info.image.width)));
  const int y = static_cast<int>(draw.below(static_cast<std::uint64_t>(info.image.height)));
  return cut_out(std::move(sample), info.image, x, y, std::min(info.image.width, info.image.height) / 2);
}

}  // namespace

Sample cropped(const Sample& sample, const ImageShape& shape, const Crop& crop) {
  assert(sample.pixels.size() == shape.values() && crop.x1 > crop.x0 && crop.y1 > crop.y0);
  const float across = (crop.x1 - crop.x0) / static_cast<float>(shape.width);
  const float down = (crop.y1 - crop.y0) / static_cast<float>(shape.height);
  Sample out{std::vector<float>(sample.pixels.size()), sample.label, {}, sample.mask};
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const float from_y = crop.y0 + (static_cast<float>(y) + 0.5f) * down;
      const float from_x = crop.x0 + (static_cast<float>(x) + 0.5f) * across;
      for (int c = 0; c < shape.channels; ++c)
        out.pixels[index_of(shape, c, y, x)] = between(sample, shape, c, from_y, from_x);
      if (sample.mask.empty()) continue;
      const int my = static_cast<int>(std::floor(from_y)), mx = static_cast<int>(std::floor(from_x));
      const bool inside = my >= 0 && my < shape.height && mx >= 0 && mx < shape.width;
      out.mask[index_of(shape, 0, y, x)] = inside ? sample.mask[index_of(shape, 0, my, mx)] : kUnjudged;
    }
  for (const Box& box : sample.boxes) {
    const float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
    if (x < crop.x0 || x >= crop.x1 || y < crop.y0 || y >= crop.y1) continue;
    out.boxes.push_back({(std::max(box.x0, crop.x0) - crop.x0) / across, (std::max(box.y0, crop.y0) - crop.y0) / down,
                         (std::min(box.x1, crop.x1) - crop.x0) / across, (std::min(box.y1, crop.y1) - crop.y0) / down,
                         box.label});
  }
  return out;
}

Sample relit(Sample sample, const ImageShape& shape, float brightness, float contrast) {
  assert(sample.pixels.size() == shape.values());
  for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
    float* values = sample.pixels.data() + c * shape.pixels();
    const float mean = mean_of(values, shape.pixels());
    for (std::size_t i = 0; i < shape.pixels(); ++i)
      values[i] = std::clamp((values[i] - mean) * contrast + mean + brightness, 0.0f, 1.0f);
  }
  return sample;
}

Sample cut_out(Sample sample, const ImageShape& shape, int x, int y, int side) {
  assert(sample.pixels.size() == shape.values() && sample.boxes.empty() && sample.mask.empty());
  const int x0 = std::max(0, x - side / 2), x1 = std::min(shape.width, x - side / 2 + side);
  const int y0 = std::max(0, y - side / 2), y1 = std::min(shape.height, y - side / 2 + side);
  for (int c = 0; c < shape.channels; ++c) {
    const float mean = mean_of(sample.pixels.data() + index_of(shape, c, 0, 0), shape.pixels());
    for (int row = y0; row < y1; ++row)
      std::fill(sample.pixels.begin() + static_cast<std::ptrdiff_t>(index_of(shape, c, row, x0)),
                sample.pixels.begin() + static_cast<std::ptrdiff_t>(index_of(shape, c, row, x0) +
                                                                    static_cast<std::size_t>(std::max(0, x1 - x0))),
                mean);
  }
  return sample;
}

Augment augment_named(std::string_view name) {
  static const std::vector<std::string> names = {"none", "light", "strong"};
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    base::fail_usage("there is no augmentation '{}': expected none, light or strong{}", name,
                     base::suggestion(name, names));
  return static_cast<Augment>(at - names.begin());
}

Sample augmented(Sample sample, const DataInfo& info, Augment augment, std::uint64_t seed, std::uint64_t index) {
  if (augment == Augment::kNone) return sample;
  if (augment == Augment::kStrong) sample = strongly(std::move(sample), info, seed, index);
  const auto draw = [&](std::uint8_t lane) { return base::uniform(seed, base::stable_id("learn.flip"), index, lane); };
  if (draw(0) < 0.5) sample = mirrored(std::move(sample), info.image);
  if (info.task != "classification") return sample;
  const auto pixel = [](double u) { return static_cast<int>(3 * u) - 1; };
  return shifted(std::move(sample), info.image, pixel(draw(1)), pixel(draw(2)));
}

}  // namespace cradle::task
