// Built-in detectors, designed for 64×64 images, CenterNet-like: a map of stride 4 on backbones of several kinds.
#include <cmath>

#include "cradle/graph/detector_backbones.h"

namespace cradle::graph {

namespace {

using Builder = ArchitectureBuilder;

// Lin et al. 2017 ("Focal loss for dense object detection"), section 4.1: at first every cell is an object with this
// probability, so that the many empty cells do not swamp the first steps.
constexpr double kPrior = 0.01;

/// Both heads of a detector on a map of stride 4 with `channels` channels.
Graph with_heads(Builder& b, const std::string& x, int channels, const Design& design) {
  b.head("heatmap", x, channels, design.classes, -std::log((1.0 - kPrior) / kPrior), kHeadDeviation);
  b.head("box", x, channels, 4, 0.0, kHeadDeviation);
  const int height = design.image.height / 4, width = design.image.width / 4;
  return b.finish(
      {{"heatmap", Type::kF32, {-1, design.classes, height, width}}, {"box", Type::kF32, {-1, 4, height, width}}});
}

/// The finest of the joined maps, and a smoothing layer.
Graph with_neck(Builder& b, const Pyramid& p, int head, const Design& design) {
  return with_heads(b, b.conv("head.conv", joined(b, p).fine, p.fine_channels, head, 3, 1), head, design);
}

/// Depthwise-separable, after "Objects as points" (Zhou, Wang, Krähenbühl 2019): down to stride 16, up again to 4.
Graph centernet_lite(const Design& design) {
  Builder b("centernet-lite", design);
  const int c1 = b.channels(24), c2 = b.channels(96);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.separable("stem.block", x, c1, c1, 1);
  x = b.separable("stage1.down", x, c1, c2, 2);
  x = b.separable("stage1.block1", x, c2, c2, 1);
  const std::string fine = x = b.separable("stage1.block2", x, c2, c2, 1);
  x = b.separable("stage2.down", x, c2, c2, 2);
  const std::string middle = x = b.separable("stage2.block", x, c2, c2, 1);
  x = b.separable("stage3.down", x, c2, c2, 2);
  x = b.add("neck.add2", b.larger("neck.up2", b.conv("neck.lateral3", x, c2, c2, 1, 1, 1, true), 2), middle);
  x = b.add("neck.add1", b.larger("neck.up1", b.conv("neck.lateral2", x, c2, c2, 1, 1, 1, true), 2), fine);
  x = b.separable("neck.smooth", x, c2, c2, 1);
  x = b.separable("head.conv1", x, c2, c2, 1);
  x = b.separable("head.conv2", x, c2, c2, 1);
  return with_heads(b, x, c2, design);
}

Graph centernet_dense(const Design& design) {
  Builder b("centernet-dense", design);
  return with_neck(b, residual_pyramid(b, design), b.channels(64), design);
}

Graph centernet_plain(const Design& design) {
  Builder b("centernet-plain", design);
  const int stem = plain_stem_channels(b);
  const std::string x = b.max_pool("stem.pool", b.conv("stem.conv", b.image(), design.image.channels, stem, 3, 1));
  return with_neck(b, plain_pyramid(b, x), b.channels(64), design);
}

Graph centernet_mobile(const Design& design) {
  Builder b("centernet-mobile", design);
  return with_neck(b, inverted_pyramid(b, design), b.channels(64), design);
}

/// Huang et al. 2017: concatenation in every stage.
Graph centernet_dense_blocks(const Design& design) {
  Builder b("centernet-concat", design);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(48), c4 = b.channels(64), growth = b.channels(16);
  constexpr int kLayers = 2;
  const auto stage = [&](const std::string& name, const std::string& from, int in, int out) {
    const std::string down = b.conv(name + ".down", from, in, out, 3, 2);
    return b.conv(name + ".join", b.dense_block(name, down, out, kLayers, growth), out + kLayers * growth, out, 1, 1);
  };
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  const std::string fine = x = stage("stage1", x, c1, c2);
  const std::string middle = x = stage("stage2", x, c2, c3);
  x = stage("stage3", x, c3, c4);
  return with_neck(b, {fine, middle, x, c2, c3, c4}, b.channels(64), design);
}

/// Iandola et al. 2016: fire modules.
Graph centernet_squeeze(const Design& design) {
  Builder b("centernet-squeeze", design);
  const int c1 = b.channels(16), s = b.channels(16), e1 = b.channels(16), e2 = b.channels(32), e3 = b.channels(48);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  const std::string fine = x =
      b.fire("stage1.fire2", b.fire("stage1.fire1", b.max_pool("stage1.pool", x), c1, s, e1), 2 * e1, s, e1);
  const std::string middle = x = b.fire("stage2.fire", b.max_pool("stage2.pool", x), 2 * e1, s, e2);
  x = b.fire("stage3.fire", b.max_pool("stage3.pool", x), 2 * e2, s, e3);
  return with_neck(b, {fine, middle, x, 2 * e1, 2 * e2, 2 * e3}, b.channels(64), design);
}

}  // namespace

std::span<const BuiltIn> detectors() {
  static const std::vector<BuiltIn> all = {
      {{"centernet-dense", "detection", "residual 3x3 convolutions; quick to train, gains most from int8"},
       centernet_dense},
      {{"centernet-lite", "detection", "depthwise-separable convolutions; few weights, slow to train"}, centernet_lite},
      {{"centernet-plain", "detection", "plain 3x3 convolutions and pooling"}, centernet_plain},
      {{"centernet-mobile", "detection", "inverted residuals, depthwise"}, centernet_mobile},
      {{"centernet-concat", "detection", "dense blocks (concatenation)"}, centernet_dense_blocks},
      {{"centernet-squeeze", "detection", "fire modules: squeeze, expand"}, centernet_squeeze},
  };
  return all;
}

}  // namespace cradle::graph
