// Built-in detectors, designed for 64×64 images, SSD-like: anchors in the cells of two maps, on backbones of several
// kinds.
#include <array>

#include "cradle/base/json.h"
#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

namespace {

using Builder = ArchitectureBuilder;
using Shapes = std::vector<std::array<int, 2>>;

constexpr int kUsualSide = 64;

constexpr double kHeadDeviation = 0.01;  // Lin et al. 2017, as for the other detectors

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

/// Three maps of strides 4, 8 and 16 with their channels.
struct Pyramid {
  std::string fine, middle, coarse;
  int fine_channels, middle_channels, coarse_channels;
};

/// What the coarser maps know is added to the finer ones (Lin et al. 2017, "Feature pyramid networks"): a garment is
/// larger than what a cell of stride 4 sees by itself.
Graph with_pyramid(Builder& b, const Pyramid& p, int head, const Design& design, bool depthwise = false) {
  std::string x = b.conv("neck.lateral3", p.coarse, p.coarse_channels, p.middle_channels, 1, 1, 1, true);
  const std::string middle = x = b.add("neck.add2", b.larger("neck.up2", x, 2), p.middle);
  x = b.conv("neck.lateral2", x, p.middle_channels, p.fine_channels, 1, 1, 1, true);
  const std::string fine = b.add("neck.add1", b.larger("neck.up1", x, 2), p.fine);
  return with_anchors(b, {{fine, p.fine_channels, 4, fine_shapes()}, {middle, p.middle_channels, 8, coarse_shapes()}},
                      head, design, depthwise);
}

/// Simonyan and Zisserman 2015, as in the paper of SSD: 3×3 convolutions and pooling.
Graph ssd_plain(const Design& design) {
  Builder b("ssd-plain", design);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64), c4 = b.channels(96);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.max_pool("stage1.pool", b.conv("stage1.conv1", x, c1, c2, 3, 1));
  const std::string fine = x = b.conv("stage1.conv2", x, c2, c2, 3, 1);
  x = b.max_pool("stage2.pool", b.conv("stage2.conv1", x, c2, c3, 3, 1));
  const std::string middle = x = b.conv("stage2.conv2", x, c3, c3, 3, 1);
  x = b.conv("stage3.conv", b.max_pool("stage3.pool", x), c3, c4, 3, 1);
  return with_pyramid(b, {fine, middle, x, c2, c3, c4}, c3, design);
}

/// He et al. 2016: residual blocks behind a strided stem.
Graph ssd_residual(const Design& design) {
  Builder b("ssd-residual", design);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64), c4 = b.channels(96);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.conv("stage1.down", x, c1, c2, 3, 2);
  const std::string fine = x = b.residual("stage1.block", x, c2, c2, 1);
  x = b.conv("stage2.down", x, c2, c3, 3, 2);
  const std::string middle = x = b.residual("stage2.block", x, c3, c3, 1);
  x = b.conv("stage3.down", x, c3, c4, 3, 2);
  x = b.residual("stage3.block", x, c4, c4, 1);
  return with_pyramid(b, {fine, middle, x, c2, c3, c4}, c3, design);
}

/// Sandler et al. 2018 ("MobileNetV2", SSDLite): inverted residuals, depthwise heads.
Graph ssd_mobile(const Design& design) {
  Builder b("ssd-mobile", design);
  const int c1 = b.channels(16), c2 = b.channels(24), c3 = b.channels(40), c4 = b.channels(64), head = b.channels(64);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.inverted("stage1.down", x, c1, c2, 2);
  const std::string fine = x = b.inverted("stage1.block", x, c2, c2, 1);
  x = b.inverted("stage2.down", x, c2, c3, 2);
  const std::string middle = x = b.inverted("stage2.block", x, c3, c3, 1);
  x = b.inverted("stage3.down", x, c3, c4, 2);
  return with_pyramid(b, {fine, middle, x, c2, c3, c4}, head, design, true);
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
