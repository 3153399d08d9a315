// Built-in segmenters, designed for 64×64 images: U-Nets of several kinds, one with dilated convolutions, one without
// ways across.
#include <cmath>

#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

namespace {

using Builder = ArchitectureBuilder;

/// Logits of each pixel from a map of `channels` channels whose cells are `factor` pixels wide.
Graph with_logits(Builder& b, const std::string& x, int channels, const Design& design, int factor) {
  const double deviation = std::sqrt(1.0 / channels);
  if (factor == 1) {
    b.head("logits", x, channels, design.classes, 0.0, deviation);
  } else {
    // The classes are told apart on the coarse map and spread to the pixels bilinearly, as in DeepLab (Chen et al.
    // 2018); the last 1×1 layer on pixels keeps a layer with weights behind the resizing.
    const std::string wide = b.larger("head.up", b.conv("head.conv", x, channels, channels, 3, 1), factor, true);
    b.head("logits", wide, channels, design.classes, 0.0, deviation);
  }
  return b.finish({{"logits", Type::kF32, {-1, design.classes, design.image.height, design.image.width}}});
}

/// Channels of a U-Net at full, half, quarter and eighth size.
struct Depths {
  int full, half, quarter, eighth;
};

/// A U-Net (Ronneberger, Fischer, Brox 2015): three times down, each map as `stage` makes it; then three times up,
/// twice as large, beside the map of that size, and joined by `join`.
template <class Stage, class Join>
Graph unet(Builder& b, const Depths& in, const Depths& out, const Design& design, const Stage& stage,
           const Join& join) {
  const std::string full = b.conv("stem.full", b.image(), design.image.channels, out.full, 3, 1);
  const std::string half = stage("stage1", full, out.full, in.half);
  const std::string quarter = stage("stage2", half, out.half, in.quarter);
  std::string x = stage("stage3", quarter, out.quarter, in.eighth);
  const auto up = [&](const std::string& name, const std::string& across, int channels, int joined) {
    x = join(name + ".join", b.concat(name + ".concat", {b.larger(name + ".larger", x, 2), across}), channels, joined);
  };
  up("up3", quarter, out.eighth + out.quarter, in.quarter);
  up("up2", half, in.quarter + out.half, in.half);
  up("up1", full, in.half + out.full, in.full);
  return with_logits(b, x, in.full, design, 1);
}

/// 3×3 convolutions.
Graph unet_dense(const Design& design) {
  Builder b("unet-dense", design);
  const Depths c = {b.channels(16), b.channels(32), b.channels(48), b.channels(64)};
  return unet(
      b, c, c, design,
      [&](const std::string& name, const std::string& x, int in, int out) {
        return b.conv(name + ".conv", b.conv(name + ".down", x, in, out, 3, 2), out, out, 3, 1);
      },
      [&](const std::string& name, const std::string& x, int in, int out) { return b.conv(name, x, in, out, 3, 1); });
}

/// Depthwise and pointwise convolutions: a fraction of the weights and operations.
Graph unet_depthwise(const Design& design) {
  Builder b("unet-depthwise", design);
  const Depths c = {b.channels(16), b.channels(32), b.channels(64), b.channels(96)};
  return unet(
      b, c, c, design,
      [&](const std::string& name, const std::string& x, int in, int out) {
        return b.separable(name + ".block", b.separable(name + ".down", x, in, out, 2), out, out, 1);
      },
      [&](const std::string& name, const std::string& x, int in, int out) { return b.separable(name, x, in, out, 1); });
}

/// Dense blocks (Jégou et al. 2017, "Tiramisu"): each stage gives more channels than it takes.
Graph unet_concat(const Design& design) {
  Builder b("unet-concat", design);
  constexpr int kLayers = 2;
  const int growth = b.channels(16), more = kLayers * growth;
  const Depths in = {b.channels(16), b.channels(24), b.channels(40), b.channels(40)};
  const Depths out = {in.full, in.half + more, in.quarter + more, in.eighth + more};
  return unet(
      b, in, out, design,
      [&](const std::string& name, const std::string& x, int from, int to) {
        return b.dense_block(name, b.conv(name + ".down", x, from, to, 3, 2), to, kLayers, growth);
      },
      [&](const std::string& name, const std::string& x, int from, int to) { return b.conv(name, x, from, to, 3, 1); });
}

/// Residual blocks, joined by addition instead of concatenation (Chaurasia and Culurciello 2017, "LinkNet").
Graph linknet(const Design& design) {
  Builder b("linknet", design);
  const int c0 = b.channels(16), c1 = b.channels(32), c2 = b.channels(48), c3 = b.channels(64);
  const std::string full = b.conv("stem.full", b.image(), design.image.channels, c0, 3, 1);
  const std::string half = b.residual("stage1", full, c0, c1, 2);
  const std::string quarter = b.residual("stage2", half, c1, c2, 2);
  std::string x = b.residual("stage3", quarter, c2, c3, 2);
  x = b.add("up3.add", b.larger("up3.larger", b.conv("up3.conv", x, c3, c2, 3, 1), 2), quarter);
  x = b.add("up2.add", b.larger("up2.larger", b.conv("up2.conv", x, c2, c1, 3, 1), 2), half);
  x = b.add("up1.add", b.larger("up1.larger", b.conv("up1.conv", x, c1, c0, 3, 1), 2), full);
  return with_logits(b, b.conv("head.smooth", x, c0, c0, 3, 1), c0, design, 1);
}

/// Long, Shelhamer, Darrell 2015 ("Fully convolutional networks"): down and up again, with no way across.
Graph fcn_plain(const Design& design) {
  Builder b("fcn-plain", design);
  const int c1 = b.channels(32), c2 = b.channels(64), c3 = b.channels(96);
  std::string x =
      b.conv("stage1.conv", b.conv("stage1.down", b.image(), design.image.channels, c1, 3, 2), c1, c1, 3, 1);
  x = b.conv("stage2.conv", b.conv("stage2.down", x, c1, c2, 3, 2), c2, c2, 3, 1);
  x = b.conv("stage3.conv2", b.conv("stage3.conv1", x, c2, c3, 3, 1), c3, c3, 3, 1);
  return with_logits(b, x, c3, design, 4);
}

/// Chen et al. 2018 ("DeepLab"): convolutions of several dilations side by side instead of a way down.
Graph deeplab_small(const Design& design) {
  Builder b("deeplab-small", design);
  const int c1 = b.channels(24), c2 = b.channels(48), branch = b.channels(32), c3 = b.channels(64);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.residual("stage1", x, c1, c2, 1);
  x = b.residual("stage2", x, c2, c2, 2);
  const std::vector<std::string> branches = {
      b.conv("aspp.point", x, c2, branch, 1, 1), b.conv("aspp.rate2", x, c2, branch, 3, 1, 1, false, 2),
      b.conv("aspp.rate4", x, c2, branch, 3, 1, 1, false, 4), b.conv("aspp.rate6", x, c2, branch, 3, 1, 1, false, 6)};
  x = b.conv("aspp.join", b.concat("aspp.concat", branches), 4 * branch, c3, 1, 1);
  return with_logits(b, x, c3, design, 4);
}

}  // namespace

std::span<const BuiltIn> segmenters() {
  static const std::vector<BuiltIn> all = {
      {{"unet-dense", "segmentation", "U-Net of 3x3 convolutions"}, unet_dense},
      {{"unet-depthwise", "segmentation", "U-Net of depthwise and pointwise convolutions"}, unet_depthwise},
      {{"linknet", "segmentation", "residual blocks, joined by addition"}, linknet},
      {{"fcn-plain", "segmentation", "no ways across; coarse map, resized"}, fcn_plain},
      {{"deeplab-small", "segmentation", "dilated convolutions side by side; coarse map, resized"}, deeplab_small},
      {{"unet-concat", "segmentation", "U-Net of dense blocks (concatenation)"}, unet_concat},
  };
  return all;
}

}  // namespace cradle::graph
