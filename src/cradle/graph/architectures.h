// Small built-in architectures as graphs, so that a training needs no file to begin with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// One built-in architecture.
struct Architecture {
  std::string name;  ///< "centernet-lite"
  std::string task;  ///< "detection", "classification", "segmentation"
  std::string what;  ///< one line
};
/// Those that are trained here. build_architecture() knows one more, "resnet18" (1.8 G multiply-accumulates at 3 × 224 ×
/// 224), to measure speed on.
std::vector<Architecture> architectures();

/// Extents of the images that a net takes; 0: the architecture's own (1 × 28 × 28 for classifiers, else 1 × 64 × 64).
struct ImageExtents {
  int channels = 0, height = 0, width = 0;
};

/// The graph of a built-in architecture with randomly initialised weights (He et al. 2015; the detector's heatmap bias
/// after Lin et al. 2017, RetinaNet, section 4.1), deterministic from the seed. `width` scales channels (1 = normal).
/// Its metadata has "cradle.task". Classifiers map images [N, channels, height, width] to "logits" [N, classes],
/// segmenters to "logits" [N, classes, height, width]; those named ssd-… map images to maps of scores and offsets that
/// the metadata "cradle.anchors" describe (task/anchors.h); the other detection nets to "heatmap" [N, classes, side/4,
/// side/4] (logits) and "box" [N, 4, side/4, side/4] (offset x, y in cells; log width, height in units of the stride,
/// 4). Throws Error: an unknown name (with the nearest), a width, a number of classes or extents that it cannot have
/// (segmenters: multiples of 8; detectors: square, a multiple of 16).
Graph build_architecture(std::string_view name, double width, int classes, std::uint64_t seed,
                         const ImageExtents& image = {});

}  // namespace cradle::graph
