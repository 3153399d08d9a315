// Training images changed as their kind bears it, so that a network sees no image twice; plain functions of a draw.
#pragma once

#include <cstdint>
#include <string_view>

#include "cradle/task/data_set.h"

namespace cradle::task {

/// A rectangle of an image, in pixels; it may reach beyond it.
struct Crop {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// What the crop shows, stretched to the whole image: pixels bilinearly, boxes whose centre is in it clipped to it, the
/// mask by the nearest pixel. Beyond the image all is black and unjudged.
Sample cropped(const Sample& sample, const ImageShape& shape, const Crop& crop);

/// Each channel's distance from its mean times `contrast`, then `brightness` added; kept within 0 to 1.
Sample relit(Sample sample, const ImageShape& shape, float brightness, float contrast);

/// A square of `side` pixels around a pixel, as far as it lies in the image, filled with the mean of each channel
/// (DeVries, Taylor 2017: "Cutout"; their black is the mean of normalised images). For samples without boxes or mask.
Sample cut_out(Sample sample, const ImageShape& shape, int x, int y, int side);

/// How much training images are changed.
enum class Augment { kNone, kLight, kStrong };
Augment augment_named(std::string_view name);  ///< "none", "light", "strong"; throws Error (usage) with suggestion

/// The sample as the training's image number `index` (which counts on through all epochs) shows it. Light: mirrored
/// with probability ½; an image with a class also moved by up to a pixel either way. Strong: that, and a crop of its
/// own (a class: 50 to 100 % of the area, sides to 4:3; boxes and masks: 75 to 133 % of the extents), brightness ± 0.1,
/// contrast 0.8 to 1.25, and from an image with a class a square of half the side in one of two. The ranges are milder
/// than Szegedy et al. 2015 and DeVries and Taylor 2017 chose for larger images and longer trainings (assumed). Depends
/// on its arguments only.
Sample augmented(Sample sample, const DataInfo& info, Augment augment, std::uint64_t seed, std::uint64_t index);

}  // namespace cradle::task
