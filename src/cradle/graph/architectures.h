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
std::vector<Architecture> architectures();

/// The graph of a built-in architecture with randomly initialised weights (He et al. 2015; the detector's heatmap bias
/// after Lin et al. 2017, RetinaNet, section 4.1), deterministic from the seed. `width` scales channels (1 = normal).
/// Its metadata has "cradle.task". Classifiers map [N, 1, 28, 28] to "logits" [N, classes], segmenters [N, 1, 64, 64]
/// to "logits" [N, classes, 64, 64]; those named ssd-… map [N, 1, 64, 64] to maps of scores and offsets that the
/// metadata "cradle.anchors" describe (task/anchors.h); the other detection nets map [N, 1, 64, 64] to "heatmap" [N,
/// classes, 16, 16] (logits) and "box" [N, 4, 16, 16] (offset x, y in cells; log width, height in units of the stride):
/// stride 4. Throws Error with the nearest name.
Graph build_architecture(std::string_view name, double width, int classes, std::uint64_t seed);

}  // namespace cradle::graph
