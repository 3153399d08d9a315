// One image and what is true of it, for whichever task: a class, boxes, a mask.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cradle::task {

enum class Split { kTrain, kValidation, kTest };
std::string_view name_of(Split split);
Split split_named(std::string_view name);  ///< throws Error with suggestion

/// Extents of every image of a data set.
struct ImageShape {
  int channels = 1, height = 0, width = 0;
  std::size_t pixels() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
  std::size_t values() const { return static_cast<std::size_t>(channels) * pixels(); }
};

/// A box in pixels, [x0, x1) × [y0, y1), and its class.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int label = 0;
};

/// A pixel of a mask about which nothing is said: it counts neither in the loss nor in the metric.
inline constexpr std::uint8_t kUnjudged = 255;

struct Sample {
  std::vector<float> pixels;       ///< channels × height × width, 0 to 1, as the network sees them
  int label = -1;                  ///< classification: the class
  std::vector<Box> boxes;          ///< detection
  std::vector<std::uint8_t> mask;  ///< segmentation: height × width, the class of each pixel or kUnjudged
};

/// The sample as in a mirror: pixels, boxes and mask (horizontal flip, an augmentation that most images bear).
Sample mirrored(Sample sample, const ImageShape& shape);

/// The image moved by dx to the right and dy downwards, black where nothing was; of a sample with neither boxes nor
/// mask.
Sample shifted(Sample sample, const ImageShape& shape, int dx, int dy);

}  // namespace cradle::task
