// Built-in detectors, designed for 64×64 images, SSD-like: anchors in the cells of two maps, on backbones of several
// kinds.
#include <array>

#include "cradle/base/json.h"
#include "cradle/graph/detector_backbones.h"

namespace cradle::graph {

namespace {

using Builder = ArchitectureBuilder;
using Shapes = std::vector<std::array<int, 2>>;

constexpr int kUsualSide = 64;

/// Width and height in pixels of an image of 64 (of others in proportion): clusters of the boxes of 3,000 garments as
/// scenes have them (Redmon and Farhadi 2017, "YOLO9000", section 2). The narrow ones stand in the finer map, where a
/// cell's step moves them by less.
const Shapes& fine_shapes() {
  static const Shapes shapes = {{10, 22}, {20, 9}, {15, 15}};
  return shapes;
}
const Shapes& coarse_shapes() {
  static const Shapes shapes = {{15, 22}, {23, 13}, {21, 27}, {26, 19}};
  return shapes;
}

/// A map that is looked at, and how.
struct Level {
  std::string map;
  int channels;
  std::int64_t stride;
  const Shapes& shapes;
};

/// A 3×3 convolution and both heads on each map (Liu et al. 2016, "SSD"; with `depthwise` as Sandler et al. 2018 do);
/// the scheme goes into the metadata (docs/FORMATS.md).
Graph with_anchors(Builder& b, const std::vector<Level>& levels, int head, const Design& design, bool depthwise) {
  std::vector<Value> outputs;
  base::Json scheme = {{"centre_scale", 0.1}, {"size_scale", 0.2}, {"levels", base::Json::array()}};
  for (const Level& l : levels) {
    const std::string number = std::to_string(l.stride), name = "head" + number;
    const std::string x = depthwise ? b.separable(name, l.map, l.channels, head, 1)
                                    : b.conv(name + ".conv", l.map, l.channels, head, 3, 1);
    const int shapes = static_cast<int>(l.shapes.size()), classes = design.classes;
    b.head("scores" + number, x, head, shapes * (classes + 1), 0.0, kHeadDeviation);
    b.head("offsets" + number, x, head, shapes * 4, 0.0, kHeadDeviation);
    const std::int64_t side = design.image.height / l.stride;
    base::Json sizes = base::Json::array();
    for (const auto& [w, h] : l.shapes)
      sizes.push_back({w * design.image.width / kUsualSide, h * design.image.height / kUsualSide});
    outputs.push_back({"scores" + number, Type::kF32, {-1, shapes * (classes + 1), side, side}});
    outputs.push_back({"offsets" + number, Type::kF32, {-1, shapes * 4, side, side}});
    scheme["levels"].push_back({{"scores", "scores" + number},
                                {"offsets", "offsets" + number},
                                {"stride", l.stride},
                                {"shapes", std::move(sizes)}});
  }
  Graph graph = b.finish(outputs);
  graph.metadata["cradle.anchors"] = base::dump_json(scheme, -1);
  return graph;
}

/// Anchors in the two finer of three joined maps.
Graph with_pyramid(Builder& b, const Pyramid& p, const Design& design, bool depthwise = false) {
  const Joined maps = joined(b, p);
  return with_anchors(
      b, {{maps.fine, p.fine_channels, 4, fine_shapes()}, {maps.middle, p.middle_channels, 8, coarse_shapes()}},
      b.channels(64), design, depthwise);
}

/// Plain convolutions as in the paper of SSD.
Graph ssd_plain(const Design& design) {
  Builder b("ssd-plain", design);
  const int stem = plain_stem_channels(b);
  const std::string x = b.conv("stem.conv", b.image(), design.image.channels, stem, 3, 2);
  return with_pyramid(b, plain_pyramid(b, x), design);
}

Graph ssd_residual(const Design& design) {
  Builder b("ssd-residual", design);
  return with_pyramid(b, residual_pyramid(b, design), design);
}

/// Sandler et al. 2018 ("SSDLite"): depthwise heads too.
Graph ssd_mobile(const Design& design) {
  Builder b("ssd-mobile", design);
  return with_pyramid(b, inverted_pyramid(b, design), design, true);
}

}  // namespace

std::span<const BuiltIn> anchor_detectors() {
  static const std::vector<BuiltIn> all = {
      {{"ssd-plain", "detection", "anchors in two maps; plain 3x3 convolutions and pooling"}, ssd_plain},
      {{"ssd-residual", "detection", "anchors in two maps; residual 3x3 convolutions"}, ssd_residual},
      {{"ssd-mobile", "detection", "anchors in two maps; inverted residuals, depthwise"}, ssd_mobile},
  };
  return all;
}

}  // namespace cradle::graph
