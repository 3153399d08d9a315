#include "cradle/compress/int4_storage.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"

namespace cradle::compress {
namespace {

TEST(FourBits, ArePackedLowHalfFirst) {
  const graph::Tensor t = int4_tensor({3}, std::vector<std::int8_t>{1, -1, 7});
  EXPECT_EQ(t.bytes, (std::vector<std::uint8_t>{0x08, 3, 0x10, 22, 0x4A, 2, 0xF1, 0x07})) << "by onnx.proto's numbers";
}

TEST(FourBits, AreStoredInTheirOwnType) {
  const graph::Graph g = residual_graph();
  Int8Options options;
  options.weight_bits = 4;
  graph::Graph q = quantise_int8(g, calibrate(g, 50), options).graph;
  EXPECT_EQ(store_in_four_bits(q), 3);
  EXPECT_EQ(q.opset, 21);
  EXPECT_EQ(static_cast<int>(q.initializers.at("a.w.int").type), kOnnxInt4);
  EXPECT_EQ(static_cast<int>(q.initializers.at("a.w.zero").type), kOnnxInt4) << "zero is of the codes' type";
  EXPECT_EQ(q.initializers.at("ra.zero").type, graph::Type::kU8) << "activations keep eight bits";
}

TEST(FourBits, AreRefusedWhereNothingHasThem) {
  const graph::Graph g = residual_graph();
  graph::Graph eight = quantise_int8(g, calibrate(g, 50)).graph;
  EXPECT_THROW(store_in_four_bits(eight), base::Error);
  Int8Options options;
  options.weight_bits = 4;
  graph::Graph q = quantise_int8(g, calibrate(g, 50), options).graph;
  add_node(q, "ReduceMean", "m", {"y"}, {{"axes", std::vector<std::int64_t>{1}}});
  EXPECT_THROW(store_in_four_bits(q), base::Error) << "its axes are an input in operator set 21";
}

}  // namespace
}  // namespace cradle::compress
