// Built-in classifiers, designed for 28×28 images: residual, depthwise, plain, dense, squeezed, and two classics.
#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

namespace {

using Builder = ArchitectureBuilder;

Graph with_logits(Builder& b, const std::string& x, int in, const Design& design) {
  b.classify("logits", x, in, design.classes);
  return b.finish({{"logits", Type::kF32, {-1, design.classes}}});
}

/// He et al. 2016 in the small form: three stages of one block (8 layers).
Graph resnet_small(const Design& design) {
  Builder b("resnet-small", design);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 1);
  x = b.residual("stage1", x, c1, c1, 1);
  x = b.residual("stage2", x, c1, c2, 2);
  x = b.residual("stage3", x, c2, c3, 2);
  return with_logits(b, x, c3, design);
}

/// Sandler et al. 2018 ("MobileNetV2") in small: expansion, depthwise, projection.
Graph mobilenet_small(const Design& design) {
  Builder b("mobilenet-small", design);
  const int c1 = b.channels(16), c2 = b.channels(24), c3 = b.channels(40), c4 = b.channels(128);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.inverted("block1", x, c1, c1, 1);
  x = b.inverted("block2", x, c1, c2, 1);
  x = b.inverted("block3", x, c2, c3, 2);
  x = b.inverted("block4", x, c3, c3, 1);
  x = b.conv("last.conv", x, c3, c4, 1, 1);
  return with_logits(b, x, c4, design);
}

/// Howard et al. 2017 ("MobileNets") in small: depthwise then pointwise.
Graph separable_small(const Design& design) {
  Builder b("separable-small", design);
  const int c1 = b.channels(32), c2 = b.channels(64), c3 = b.channels(128);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.separable("block1", x, c1, c2, 1);
  x = b.separable("block2", x, c2, c2, 1);
  x = b.separable("block3", x, c2, c3, 2);
  x = b.separable("block4", x, c3, c3, 1);
  return with_logits(b, x, c3, design);
}

/// Simonyan and Zisserman 2015 ("VGG") in small: 3×3 convolutions and pooling, nothing else.
Graph vgg_small(const Design& design) {
  Builder b("vgg-small", design);
  const int c1 = b.channels(24), c2 = b.channels(48), c3 = b.channels(96);
  std::string x = b.conv("stage1.conv1", b.image(), design.image.channels, c1, 3, 1);
  x = b.max_pool("stage1.pool", b.conv("stage1.conv2", x, c1, c1, 3, 1));
  x = b.conv("stage2.conv1", x, c1, c2, 3, 1);
  x = b.max_pool("stage2.pool", b.conv("stage2.conv2", x, c2, c2, 3, 1));
  x = b.conv("stage3.conv1", x, c2, c3, 3, 1);
  return with_logits(b, x, c3, design);
}

/// Huang et al. 2017 ("DenseNet") in small: each layer sees all before it.
Graph densenet_small(const Design& design) {
  Builder b("densenet-small", design);
  const int c1 = b.channels(24), growth = b.channels(16), c2 = b.channels(40), c3 = b.channels(48);
  constexpr int kLayers = 3;
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.dense_block("block1", x, c1, kLayers, growth);
  x = b.average_pool("between1.pool", b.conv("between1.conv", x, c1 + kLayers * growth, c2, 1, 1));
  x = b.dense_block("block2", x, c2, kLayers, growth);
  x = b.conv("last.conv", x, c2 + kLayers * growth, c3, 1, 1);
  return with_logits(b, x, c3, design);
}

/// Iandola et al. 2016 ("SqueezeNet") in small: fire modules.
Graph squeezenet_small(const Design& design) {
  Builder b("squeezenet-small", design);
  const int c1 = b.channels(32), s = b.channels(16), e1 = b.channels(32), e2 = b.channels(64);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 1);
  x = b.max_pool("pool1", x);
  x = b.fire("fire1", x, c1, s, e1);
  x = b.fire("fire2", x, 2 * e1, s, e1);
  x = b.max_pool("pool2", x);
  x = b.fire("fire3", x, 2 * e1, s, e2);
  x = b.fire("fire4", x, 2 * e2, s, e2);
  return with_logits(b, x, 2 * e2, design);
}

/// LeCun et al. 1998 with ReLU and batch norm: most of its weights are in two fully connected layers.
Graph lenet5(const Design& design) {
  Builder b("lenet5", design);
  const int c1 = b.channels(24), c2 = b.channels(48), hidden = b.channels(160);
  std::string x = b.max_pool("pool1", b.conv("conv1", b.image(), design.image.channels, c1, 5, 1));
  x = b.max_pool("pool2", b.conv("conv2", x, c1, c2, 5, 1));
  x = b.dense("dense1", b.flatten("flatten", x), c2 * (design.image.height / 4) * (design.image.width / 4), hidden);
  b.dense("dense2", x, hidden, design.classes, true, "logits");
  return b.finish({{"logits", Type::kF32, {-1, design.classes}}});
}

/// LeNet-300-100 (LeCun et al. 1998): fully connected only, the net of the lottery ticket (Frankle and Carbin 2019).
Graph mlp(const Design& design) {
  Builder b("mlp", design);
  const int h1 = b.channels(300), h2 = b.channels(100);
  const int values = design.image.channels * design.image.height * design.image.width;
  std::string x = b.dense("dense1", b.flatten("flatten", b.image()), values, h1);
  x = b.dense("dense2", x, h1, h2);
  b.dense("dense3", x, h2, design.classes, true, "logits");
  return b.finish({{"logits", Type::kF32, {-1, design.classes}}});
}

}  // namespace

std::span<const BuiltIn> classifiers() {
  static const std::vector<BuiltIn> all = {
      {{"resnet-small", "classification", "residual net of 8 layers"}, resnet_small},
      {{"mobilenet-small", "classification", "inverted residuals, depthwise; few operations"}, mobilenet_small},
      {{"separable-small", "classification", "depthwise and pointwise convolutions"}, separable_small},
      {{"vgg-small", "classification", "plain 3x3 convolutions; most operations"}, vgg_small},
      {{"densenet-small", "classification", "each layer sees all before it (concatenation)"}, densenet_small},
      {{"squeezenet-small", "classification", "fire modules: squeeze, expand"}, squeezenet_small},
      {{"lenet5", "classification", "two convolutions, then fully connected; redundant on purpose"}, lenet5},
      {{"mlp", "classification", "fully connected 300-100, the net of the lottery ticket"}, mlp},
  };
  return all;
}

}  // namespace cradle::graph
