// Composes scenes from garments; in whole numbers throughout, so that every machine makes the same bytes.
#include "cradle/task/scenes.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::task {

namespace {

constexpr int kLeastGarments = 1, kMostGarments = 4;
constexpr int kLeastSide = 17, kMostSide = 30;
constexpr int kThreshold = 20;            // a pixel above 20/255 (that is, above 0.08) belongs to the garment
constexpr double kMostOverlap = 0.10;     // intersection of two boxes over the smaller one
constexpr int kAttempts = 20;             // per garment; a crowded canvas may hold fewer than were drawn
constexpr std::uint64_t kNoiseBase = 26;  // the background's least grey is below 26/255 ...
constexpr std::uint64_t kNoiseLeast = 8, kNoiseMost = 56;  // ... and its noise spans 8 to 55 levels

/// Where row y and column x lie in rows of `width`.
std::size_t index_of(int y, int x, int width) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

/// A garment scaled to side × side, and the box of its own pixels in it.
struct Patch {
  int side = 0;
  std::vector<std::uint8_t> pixels;
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// Position and weight (of 256) of the right neighbour for one row or column: bilinear with pixel centres aligned.
struct Tap {
  int left = 0, right = 0, weight = 0;
};

Tap tap_at(int i, int side) {
  // Source coordinate (i + 0.5)·28/side − 0.5 in 256ths.
  const int at = std::clamp(((2 * i + 1) * kGarmentSide * 128) / side - 128, 0, (kGarmentSide - 1) * 256);
  return {at / 256, std::min(at / 256 + 1, kGarmentSide - 1), at % 256};
}

Patch patch_of(const std::uint8_t* garment, int side) {
  std::array<Tap, kMostSide> taps;
  for (int i = 0; i < side; ++i) taps[static_cast<std::size_t>(i)] = tap_at(i, side);
  Patch patch{side, std::vector<std::uint8_t>(index_of(side, 0, side)), side, side, 0, 0};
  for (int y = 0; y < side; ++y) {
    const Tap& v = taps[static_cast<std::size_t>(y)];
    const std::uint8_t* upper = garment + index_of(v.left, 0, kGarmentSide);
    const std::uint8_t* lower = garment + index_of(v.right, 0, kGarmentSide);
    for (int x = 0; x < side; ++x) {
      const Tap& h = taps[static_cast<std::size_t>(x)];
      const int top = upper[h.left] * (256 - h.weight) + upper[h.right] * h.weight;
      const int bottom = lower[h.left] * (256 - h.weight) + lower[h.right] * h.weight;
      const int value = (top * (256 - v.weight) + bottom * v.weight + 32768) >> 16;
      patch.pixels[index_of(y, x, side)] = static_cast<std::uint8_t>(value);
      if (value <= kThreshold) continue;
      patch.x0 = std::min(patch.x0, x);
      patch.y0 = std::min(patch.y0, y);
      patch.x1 = std::max(patch.x1, x + 1);
      patch.y1 = std::max(patch.y1, y + 1);
    }
  }
  return patch;
}

/// Grey noise: a base level and a span, both drawn per scene.
std::vector<std::uint8_t> background(base::Stream& stream) {
  const auto base = static_cast<std::uint32_t>(stream.below(kNoiseBase));
  const auto span = static_cast<std::uint32_t>(kNoiseLeast + stream.below(kNoiseMost - kNoiseLeast));
  const std::array<std::uint32_t, 2> key = {static_cast<std::uint32_t>(stream.below(1ull << 32)),
                                            static_cast<std::uint32_t>(stream.below(1ull << 32))};
  std::vector<std::uint8_t> canvas(index_of(kSceneSize, 0, kSceneSize));
  for (std::uint32_t block = 0; block < canvas.size() / 16; ++block) {
    const auto words = base::philox4x32({block, 0, 0, 0}, key);
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::uint32_t byte = words[i / 4] >> (8 * (i % 4)) & 0xffu;
      canvas[block * 16 + i] = static_cast<std::uint8_t>(base + (byte * span >> 8));
    }
  }
  return canvas;
}

bool too_near(const Box& a, const Box& b) {
  const float w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const float h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (w <= 0 || h <= 0) return false;
  const float smaller = std::min((a.x1 - a.x0) * (a.y1 - a.y0), (b.x1 - b.x0) * (b.y1 - b.y0));
  return w * h > static_cast<float>(kMostOverlap) * smaller;
}

/// A scene in the making: grey levels, and the class of each pixel.
struct Canvas {
  std::vector<std::uint8_t> levels, mask;
};

void paint(Canvas& canvas, const Patch& patch, int left, int top, int label) {
  for (int y = patch.y0; y < patch.y1; ++y)
    for (int x = patch.x0; x < patch.x1; ++x) {
      const std::uint8_t value = patch.pixels[index_of(y, x, patch.side)];
      if (value <= kThreshold) continue;
      canvas.levels[index_of(top + y, left + x, kSceneSize)] = value;
      canvas.mask[index_of(top + y, left + x, kSceneSize)] = static_cast<std::uint8_t>(label + 1);
    }
}

/// A place for the patch that keeps clear of the boxes so far; its box, with x0 − patch.x0 as the patch's left edge.
std::optional<Box> place_for(const Patch& patch, int label, const std::vector<Box>& boxes, base::Stream& stream) {
  const std::uint64_t room = std::uint64_t{kSceneSize + 1} - static_cast<std::uint64_t>(patch.side);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int left = static_cast<int>(stream.below(room));
    const int top = static_cast<int>(stream.below(room));
    const Box box{static_cast<float>(left + patch.x0), static_cast<float>(top + patch.y0),
                  static_cast<float>(left + patch.x1), static_cast<float>(top + patch.y1), label};
    if (std::none_of(boxes.begin(), boxes.end(), [&](const Box& other) { return too_near(box, other); })) return box;
  }
  return std::nullopt;
}

/// The images that a split may draw from.
struct Source {
  const FashionMnist* data;
  std::size_t first, count;
};

}  // namespace

Scenes::Scenes(std::uint64_t seed, const std::filesystem::path& folder, Truth truth)
    : seed_(seed), truth_(truth), train_(read_fashion_mnist(true, folder)), test_(read_fashion_mnist(false, folder)) {
  if (train_.size() <= kGarmentTrainImages)
    base::fail("Fashion-MNIST's training file: expected more than {} images (the rest is for validation), found {}",
               kGarmentTrainImages, train_.size());
  info_ = {truth == Truth::kBoxes ? "detection" : "segmentation",
           "garment scenes",
           garment_names(),
           {1, kSceneSize, kSceneSize},
           {}};
  if (truth == Truth::kMask) info_.classes.insert(info_.classes.begin(), "background");
}

Sample Scenes::sample(Split split, std::uint64_t index) const {
  const Source source = split == Split::kTest ? Source{&test_, 0, test_.size()}
                        : split == Split::kTrain
                            ? Source{&train_, 0, kGarmentTrainImages}
                            : Source{&train_, kGarmentTrainImages, train_.size() - kGarmentTrainImages};
  base::Stream stream(seed_, base::stable_id(fmt::format("task.scene/{}/{}", name_of(split), index)));
  Canvas canvas{background(stream), {}};
  canvas.mask.resize(canvas.levels.size(), 0);
  Sample scene;
  const int wanted = kLeastGarments + static_cast<int>(stream.below(kMostGarments - kLeastGarments + 1));
  for (int i = 0; i < wanted || scene.boxes.empty(); ++i) {
    const std::size_t image = source.first + stream.below(source.count);
    const int side = kLeastSide + static_cast<int>(stream.below(kMostSide - kLeastSide + 1));
    const Patch patch = patch_of(source.data->images.data() + image * kGarmentSide * kGarmentSide, side);
    if (patch.x0 >= patch.x1) continue;  // an image without a bright pixel has no box
    const auto box = place_for(patch, source.data->labels[image], scene.boxes, stream);
    if (!box) continue;
    paint(canvas, patch, static_cast<int>(box->x0) - patch.x0, static_cast<int>(box->y0) - patch.y0, box->label);
    scene.boxes.push_back(*box);
  }
  scene.pixels.resize(canvas.levels.size());
  std::transform(canvas.levels.begin(), canvas.levels.end(), scene.pixels.begin(),
                 [](std::uint8_t level) { return static_cast<float>(level) / 255.0f; });
  if (truth_ == Truth::kMask) {
    scene.boxes.clear();
    scene.mask = std::move(canvas.mask);
  }
  return scene;
}

}  // namespace cradle::task
