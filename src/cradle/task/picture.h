// A picture as a file holds it, and pictures and masks made as large as a network wants them.
#pragma once

#include <cstdint>
#include <vector>

namespace cradle::task {

/// Levels from 0 to 255, row by row, the channels of a pixel beside each other (1: grey, 3: red, green, blue).
struct Picture {
  int width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> levels;  ///< height × width × channels
};

/// As grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601) or as three channels (grey thrice).
Picture with_channels(Picture picture, int channels);

/// Stretched to width × height, each axis by itself: where an axis shrinks, the mean over the area that a new pixel
/// covers; where it grows, bilinear between pixel centres. Cost: a pass over the old pixels; where rows overlap, two.
Picture resized(const Picture& picture, int width, int height);

/// A picture whose levels are names and not amounts: each new pixel takes the level of the old one under its centre.
Picture resized_nearest(const Picture& picture, int width, int height);

/// The picture turned so that its top is up; `orientation` from 1 (as it lies) to 8 (Exif 2.3, section 4.6.4.A).
Picture upright(Picture picture, int orientation);

}  // namespace cradle::task
