// How an SSD-like detector says boxes: by default boxes ("anchors") of several shapes in every cell of several maps.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/task/detection.h"
#include "cradle/task/outputs.h"

namespace cradle::task {

/// One map of square cells over the image, with the same anchors around the centre of each.
struct AnchorLevel {
  std::string scores;                        ///< output [n, shapes × (classes + 1), s, s]: logits, background first
  std::string offsets;                       ///< output [n, shapes × 4, s, s]: x, y, width, height
  int stride = 0;                            ///< pixels a cell
  std::vector<std::array<float, 2>> shapes;  ///< width and height in pixels
};

/// Liu et al. 2016 ("SSD: Single shot multibox detector", ECCV), section 2: an offset is the distance of centres by the
/// anchor's extent, or the logarithm of the ratio of extents, over a scale that brings both near 1. Without levels the
/// model has no anchors.
struct AnchorScheme {
  float centre_scale = 0.1f, size_scale = 0.2f;  ///< the "variances" of the authors' code
  std::vector<AnchorLevel> levels;
};

/// The key of a model's metadata that holds its scheme as JSON (docs/FORMATS.md).
inline constexpr const char* kAnchorsKey = "cradle.anchors";

/// What the metadata say; a scheme without levels if they say nothing. Throws Error for a scheme that makes no sense.
AnchorScheme anchors_in(const std::map<std::string, std::string>& metadata);

/// All anchors of an image in the order of the outputs' numbers: level, shape, row, column. Labels are 0.
std::vector<Box> anchors_of(const AnchorScheme& scheme, const ImageShape& image);

std::array<float, 4> encode_anchor(const Box& box, const Box& anchor, const AnchorScheme& scheme);
/// The inverse; extents are at most kMostGrowth times the anchor's, which keeps exp finite on wild offsets.
Box decode_anchor(std::span<const float, 4> offsets, const Box& anchor, const AnchorScheme& scheme);
inline constexpr float kMostGrowth = 16;

/// What an image's anchors shall say.
struct AnchorTargets {
  std::vector<int> classes;                   ///< of each anchor: 0 background, else the label + 1
  std::vector<std::array<float, 4>> offsets;  ///< zero for the background
};

/// An anchor means the box that it overlaps most, if by half or more; and each box has at least the anchor that it is
/// overlapped by most, of those that no box before it took so (Liu et al. 2016, section 2.2). Cost: anchors × boxes.
AnchorTargets match_anchors(std::span<const Box> boxes, std::span<const Box> anchors, const AnchorScheme& scheme);

/// Where the numbers of one level lie in the outputs.
struct AnchorMaps {
  struct Level {
    std::size_t scores_output = 0, offsets_output = 0;
    std::span<const float> scores, offsets;
    std::size_t shapes = 0, cells = 0;
  };
  std::vector<Level> levels;
  std::size_t images = 0, classes = 0;  ///< classes without the background
};
/// Throws Error that says what the scheme promises and what the model puts out.
AnchorMaps anchor_maps(std::span<const TensorView> outputs, const DataInfo& info, const AnchorScheme& scheme);

/// The place of an anchor's first number in its level's map of one image: the next class or coordinate lies `cells` on.
/// `of` is classes + 1, or 4.
inline std::size_t anchor_place(const AnchorMaps::Level& level, std::size_t image, std::size_t shape, std::size_t cell,
                                std::size_t of) {
  return ((image * level.shapes + shape) * of) * level.cells + cell;
}

/// Least probability of a find, overlap above which the weaker of two of a class goes (both of Liu et al. 2016,
/// section 3), and how many of an image are kept.
inline constexpr float kLeastScore = 0.01f;
inline constexpr double kMostOverlap = 0.45;

/// The boxes of one image: softmax, decoding, cut to the image, suppression; by falling score.
std::vector<Detection> decode_anchors(const AnchorMaps& maps, std::size_t image, std::span<const Box> anchors,
                                      const AnchorScheme& scheme, const ImageShape& shape, int most = 20);

/// Greedy non-maximum suppression within each class: goes through by falling score and drops what overlaps a kept one
/// of its class by more than `overlap`; at most `most` are kept. Cost: kept × found.
std::vector<Detection> suppress(std::vector<Detection> found, double overlap, int most);

}  // namespace cradle::task
