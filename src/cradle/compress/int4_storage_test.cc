#include "cradle/compress/int4_storage.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
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
  const graph::Graph q = quantise_int8(g, calibrate(g, 50), options).graph;
  struct Case {
    const char* op;
    std::map<std::string, graph::Attribute> attributes;
    std::int64_t opset, since;  // that of the graph, and that in which the operator got its form of today
  };
  for (const Case& c : {Case{"ReduceMean", {{"axes", std::vector<std::int64_t>{1}}}, 13, 18},
                        {"Split", {}, 17, 18},
                        {"RoiAlign", {}, 13, 16},
                        {"GridSample", {{"mode", std::string("bilinear")}}, 19, 20},
                        {"GroupNormalization", {}, 18, 21}}) {
    graph::Graph old = q;
    add_node(old, c.op, "m", {"y"}, c.attributes);
    old.opset = c.opset;
    EXPECT_NE(base::fault_of([&] { store_in_four_bits(old); }).find(std::string(c.op) + " 'm' has another form"),
              std::string::npos)
        << c.op;
    old.opset = c.since;
    EXPECT_EQ(base::fault_of([&] { store_in_four_bits(old); }), "") << c.op;
  }
  graph::Graph explicit_mode = q;
  add_node(explicit_mode, "RoiAlign", "m", {"y"}, {{"coordinate_transformation_mode", std::string("half_pixel")}});
  EXPECT_EQ(base::fault_of([&] { store_in_four_bits(explicit_mode); }), "");
}

}  // namespace
}  // namespace cradle::compress
