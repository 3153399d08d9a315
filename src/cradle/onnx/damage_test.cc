// Damaged files: whatever bytes come, reading ends in a graph or in an Error, and shape inference likewise.
#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::onnx {
namespace {

/// A small net without its large weights, so that most bytes are structure.
std::string victim() {
  graph::Graph graph = graph::build_architecture("resnet-small", 0.1, 2, 1);
  for (auto& [name, tensor] : graph.initializers)
    if (tensor.bytes.size() > 400) {
      tensor.shape[0] = 1;
      tensor.bytes.resize(static_cast<std::size_t>(graph::elements_of(tensor.shape)) * 4);
    }
  return serialise_onnx(graph);
}

/// Reads, and if that succeeds does what a command would do next. Returns whether it was read.
bool survive(std::string_view bytes) {
  try {
    graph::Graph graph = parse_onnx(bytes, "damaged");
    try {
      graph::infer_shapes(graph);
      graph::cost_of(graph);
      graph::simplify(graph);
    } catch (const base::Error&) {
    }
    EXPECT_NO_THROW(parse_onnx(serialise_onnx(graph), "written")) << "what was read can be written and read again";
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

TEST(Damage, ATruncatedFileIsNeverTakenForAWholeOne) {
  const std::string bytes = victim();
  ASSERT_TRUE(survive(bytes));
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 400);
  for (std::size_t length = 0; length < bytes.size(); length += step)
    EXPECT_FALSE(survive(std::string_view(bytes).substr(0, length))) << "cut at " << length << " of " << bytes.size();
}

TEST(Damage, FlippedBytesEndInAGraphOrAnError) {
  const std::string bytes = victim();
  base::Stream stream(7, base::stable_id("damage"));
  int read = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = bytes;
    for (std::uint64_t flips = 1 + stream.below(4); flips > 0; --flips)
      damaged[stream.below(damaged.size())] = static_cast<char>(stream.below(256));
    read += survive(damaged) ? 1 : 0;
  }
  EXPECT_GT(read, 0) << "some flips only touch a weight or a name";
  EXPECT_LT(read, 1500);
}

TEST(Damage, RandomBytesAreRefused) {
  base::Stream stream(9, base::stable_id("noise"));
  for (int i = 0; i < 500; ++i) {
    std::string noise(1 + stream.below(200), '\0');
    for (char& c : noise) c = static_cast<char>(stream.below(256));
    EXPECT_FALSE(survive(noise));
  }
}

}  // namespace
}  // namespace cradle::onnx
