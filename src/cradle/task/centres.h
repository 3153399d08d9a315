// What a CenterNet-like detector shall say about an image: the counterpart of decode_centres.
#pragma once

#include <span>
#include <vector>

#include "cradle/task/sample.h"

namespace cradle::task {

/// Training targets of one image on a side × side grid of cells, row-major, maps one after another.
struct CentreTargets {
  std::vector<float> heatmap;  ///< classes × side × side: 1 at a centre's cell, falling as a Gaussian around it
  std::vector<float> box;      ///< 4 × side × side: offset x, y of the centre in its cell (0 to 1), ln(width/stride),
                               ///< ln(height/stride); zero where `centre` is zero
  std::vector<float> centre;   ///< side × side: 1 in a cell that holds a centre, else 0
};

/// The targets of Zhou, Wang, Krähenbühl 2019 ("Objects as points", section 3) with Gaussians shaped as the box
/// (Liu et al. 2020, "Training-time-friendly network", section 3.2): standard deviation of each axis =
/// kGaussianShare × the box's extent in cells / 6. Where two Gaussians of a class meet, the larger value stands; where
/// two centres share a cell, the smaller box. Boxes are in pixels.
CentreTargets encode_centres(std::span<const Box> boxes, int classes, int side, int stride);

/// Share of the box that its Gaussian covers (alpha of Liu et al. 2020, who found 0.54 best).
inline constexpr float kGaussianShare = 0.54f;

}  // namespace cradle::task
