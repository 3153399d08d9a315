// Backbones node by node.
#include "cradle/graph/detector_backbones.h"

namespace cradle::graph {

using Builder = ArchitectureBuilder;

Pyramid residual_pyramid(Builder& b, const Design& design) {
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64), c4 = b.channels(96);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.conv("stage1.down", x, c1, c2, 3, 2);
  const std::string fine = x = b.residual("stage1.block", x, c2, c2, 1);
  x = b.conv("stage2.down", x, c2, c3, 3, 2);
  const std::string middle = x = b.residual("stage2.block", x, c3, c3, 1);
  x = b.conv("stage3.down", x, c3, c4, 3, 2);
  x = b.residual("stage3.block", x, c4, c4, 1);
  return {fine, middle, x, c2, c3, c4};
}

int plain_stem_channels(const Builder& b) { return b.channels(16); }

Pyramid plain_pyramid(Builder& b, const std::string& stem) {
  const int c1 = plain_stem_channels(b), c2 = b.channels(32), c3 = b.channels(64), c4 = b.channels(96);
  std::string x = b.max_pool("stage1.pool", b.conv("stage1.conv1", stem, c1, c2, 3, 1));
  const std::string fine = x = b.conv("stage1.conv2", x, c2, c2, 3, 1);
  x = b.max_pool("stage2.pool", b.conv("stage2.conv1", x, c2, c3, 3, 1));
  const std::string middle = x = b.conv("stage2.conv2", x, c3, c3, 3, 1);
  x = b.conv("stage3.conv", b.max_pool("stage3.pool", x), c3, c4, 3, 1);
  return {fine, middle, x, c2, c3, c4};
}

Pyramid inverted_pyramid(Builder& b, const Design& design) {
  const int c1 = b.channels(16), c2 = b.channels(24), c3 = b.channels(40), c4 = b.channels(64);
  std::string x = b.conv("stem.conv", b.image(), design.image.channels, c1, 3, 2);
  x = b.inverted("stage1.down", x, c1, c2, 2);
  const std::string fine = x = b.inverted("stage1.block", x, c2, c2, 1);
  x = b.inverted("stage2.down", x, c2, c3, 2);
  const std::string middle = x = b.inverted("stage2.block", x, c3, c3, 1);
  x = b.inverted("stage3.down", x, c3, c4, 2);
  return {fine, middle, x, c2, c3, c4};
}

Joined joined(Builder& b, const Pyramid& p) {
  std::string x = b.conv("neck.lateral3", p.coarse, p.coarse_channels, p.middle_channels, 1, 1, 1, true);
  const std::string middle = x = b.add("neck.add2", b.larger("neck.up2", x, 2), p.middle);
  x = b.conv("neck.lateral2", x, p.middle_channels, p.fine_channels, 1, 1, 1, true);
  return {b.add("neck.add1", b.larger("neck.up1", x, 2), p.fine), middle};
}

}  // namespace cradle::graph
