// Channels, sizes and orientation of pictures.
#include "cradle/task/picture.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

namespace cradle::task {

namespace {

std::size_t size(int n) { return static_cast<std::size_t>(n); }

/// Where a pixel begins in the levels.
std::size_t index_of(const Picture& p, int y, int x) { return (size(y) * size(p.width) + size(x)) * size(p.channels); }

/// The old pixels, from `first` on, of which a new one is made, and their shares (which add up to 1).
struct Tap {
  int first = 0;
  std::vector<float> shares;
};

Tap area_tap(int i, int from, int to) {
  const double scale = static_cast<double>(from) / to, begin = i * scale, end = begin + scale;
  Tap tap{static_cast<int>(begin), {}};
  for (int x = tap.first; x < from && x < end; ++x)
    tap.shares.push_back(
        static_cast<float>((std::min(end, x + 1.0) - std::max(begin, static_cast<double>(x))) / scale));
  return tap;
}

Tap linear_tap(int i, int from, int to) {
  const double at = std::clamp((i + 0.5) * from / to - 0.5, 0.0, from - 1.0);
  const int first = std::min(static_cast<int>(at), std::max(0, from - 2));
  const auto share = static_cast<float>(at - first);
  return from == 1 ? Tap{0, {1}} : Tap{first, {1 - share, share}};
}

std::vector<Tap> taps_of(int from, int to) {
  std::vector<Tap> taps;
  for (int i = 0; i < to; ++i) taps.push_back(to < from ? area_tap(i, from, to) : linear_tap(i, from, to));
  return taps;
}

/// One row of the picture at its new width, as amounts.
void narrow(const std::uint8_t* row, int channels, const std::vector<Tap>& taps, float* out) {
  for (const Tap& tap : taps)
    for (int c = 0; c < channels; ++c) {
      float sum = 0;
      const std::uint8_t* level = row + size(tap.first) * size(channels) + c;
      for (const float share : tap.shares) {
        sum += share * static_cast<float>(*level);
        level += channels;
      }
      *out++ = sum;
    }
}

}  // namespace

Picture with_channels(Picture picture, int channels) {
  assert(channels == 1 || channels == 3);
  if (picture.channels == channels) return picture;
  Picture out{picture.width, picture.height, channels, {}};
  out.levels.reserve(size(out.width) * size(out.height) * size(channels));
  if (channels == 3) {
    for (const std::uint8_t level : picture.levels) out.levels.insert(out.levels.end(), 3, level);
    return out;
  }
  for (std::size_t i = 0; i + 2 < picture.levels.size(); i += 3) {
    const int sum = 299 * picture.levels[i] + 587 * picture.levels[i + 1] + 114 * picture.levels[i + 2];
    out.levels.push_back(static_cast<std::uint8_t>((sum + 500) / 1000));
  }
  return out;
}

Picture resized(const Picture& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  const std::vector<Tap> columns = taps_of(picture.width, width), rows = taps_of(picture.height, height);
  Picture out{width, height, picture.channels, {}};
  out.levels.reserve(size(width) * size(height) * size(out.channels));
  const std::size_t line = size(width) * size(picture.channels);
  std::vector<float> sum(line), one(line);
  for (const Tap& tap : rows) {
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (std::size_t i = 0; i < tap.shares.size(); ++i) {
      narrow(picture.levels.data() + index_of(picture, tap.first + static_cast<int>(i), 0), picture.channels, columns,
             one.data());
      for (std::size_t x = 0; x < line; ++x) sum[x] += tap.shares[i] * one[x];
    }
    for (const float level : sum)
      out.levels.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0f, 255.0f) + 0.5f));
  }
  return out;
}

Picture resized_nearest(const Picture& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  Picture out{width, height, picture.channels, {}};
  out.levels.reserve(size(width) * size(height) * size(out.channels));
  const auto under = [](int i, int from, int to) {
    return static_cast<int>((2 * std::int64_t{i} + 1) * from / (2 * std::int64_t{to}));
  };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto* from =
          picture.levels.data() + index_of(picture, under(y, picture.height, height), under(x, picture.width, width));
      out.levels.insert(out.levels.end(), from, from + picture.channels);
    }
  return out;
}

Picture upright(Picture picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool turned = orientation >= 5;  // rows have become columns
  Picture out{picture.width, picture.height, picture.channels, {}};
  if (turned) std::swap(out.width, out.height);
  out.levels.resize(picture.levels.size());
  // Which side of the stored picture the upright row 0 and column 0 are (Exif's table), as mirrorings of its axes.
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      int from_x = turned ? y : x, from_y = turned ? x : y;
      if (flip_x) from_x = picture.width - 1 - from_x;
      if (flip_y) from_y = picture.height - 1 - from_y;
      const auto* from = picture.levels.data() + index_of(picture, from_y, from_x);
      std::copy(from, from + picture.channels, out.levels.data() + index_of(out, y, x));
    }
  return out;
}

}  // namespace cradle::task
