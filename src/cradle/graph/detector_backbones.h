// What the built-in detectors of both kinds, centre maps and anchors, share: backbones of three maps, and their
// joining.
#pragma once

#include <string>

#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

/// Lin et al. 2017 ("Focal loss for dense object detection"), section 4.1: deviation of the last layers' weights.
inline constexpr double kHeadDeviation = 0.01;

/// Three maps of strides 4, 8 and 16 with their channels.
struct Pyramid {
  std::string fine, middle, coarse;
  int fine_channels, middle_channels, coarse_channels;
};

/// He et al. 2016: residual blocks behind a strided stem. Dense 3×3 convolutions are more work per weight, but work
/// that processors do well, forwards and backwards (depthwise gradients are four times slower in libtorch on a CPU),
/// and that gains most from int8.
Pyramid residual_pyramid(ArchitectureBuilder& b, const Design& design);
/// Simonyan and Zisserman 2015: 3×3 convolutions and pooling, nothing passes around. `stem` is a map of stride 2 with
/// plain_stem_channels().
Pyramid plain_pyramid(ArchitectureBuilder& b, const std::string& stem);
int plain_stem_channels(const ArchitectureBuilder& b);
/// Sandler et al. 2018 ("MobileNetV2"): inverted residuals, depthwise.
Pyramid inverted_pyramid(ArchitectureBuilder& b, const Design& design);

/// What the coarser maps know is added to the finer ones (Lin et al. 2017, "Feature pyramid networks"): an object is
/// larger than what a cell of stride 4 sees by itself. The maps of strides 4 and 8; their channels stay.
struct Joined {
  std::string fine, middle;
};
Joined joined(ArchitectureBuilder& b, const Pyramid& pyramid);

}  // namespace cradle::graph
