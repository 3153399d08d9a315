// Networks of the literature's size with random weights, on which speeds are compared: not for training in a minute.
#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

namespace {

/// He et al. 2016, table 1, 18 layers, but for its pooling: 2×2 where the paper has overlapping 3×3.
Graph resnet18(const Design& design) {
  ArchitectureBuilder b("resnet18", design);
  const int stages[] = {b.channels(64), b.channels(128), b.channels(256), b.channels(512)};
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, stages[0], 7, 2);
  x = b.max_pool("stem.pool", x);
  int in = stages[0];
  for (int stage = 0; stage < 4; ++stage) {
    const std::string name = "stage" + std::to_string(stage + 1);
    x = b.residual(name + ".block1", x, in, stages[stage], stage == 0 ? 1 : 2);
    in = stages[stage];
    x = b.residual(name + ".block2", x, in, in, 1);
  }
  b.classify("logits", x, in, design.classes);
  return b.finish({{"logits", Type::kF32, {-1, design.classes}}});
}

}  // namespace

std::span<const BuiltIn> reference_networks() {
  static const std::vector<BuiltIn> all = {
      {{"resnet18", "classification", "ResNet-18 for 224 × 224 pixels in colour, to measure speed on"}, resnet18},
  };
  return all;
}

}  // namespace cradle::graph
