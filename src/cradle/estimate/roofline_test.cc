// The roofline of small graphs, by hand.
#include "cradle/estimate/roofline.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/graph/shapes.h"

namespace cradle::estimate {
namespace {

/// 1×4×8×8 through 8 filters of 3×3, Relu, and a pool; 2 · 8·64·36 = 36,864 operations in the convolution.
graph::Graph small_net() {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 4, 8, 8}}};
  g.initializers["w"] = graph::tensor_f32({8, 4, 3, 3}, std::vector<float>(8 * 4 * 9, 0.1F));
  g.nodes = {{"conv", "Conv", "", {"x", "w"}, {"c"}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}},
             {"relu", "Relu", "", {"c"}, {"r"}, {}},
             {"pool",
              "MaxPool",
              "",
              {"r"},
              {"y"},
              {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}}}};
  g.outputs = {{"y", graph::Type::kF32, {1, 8, 4, 4}}};
  graph::infer_shapes(g);
  return g;
}

constexpr double kOps = 2.0 * 8 * 64 * 36;
constexpr double kConvBytes = 4.0 * (256 + 288 + 512), kReluBytes = 4.0 * (512 + 512), kPoolBytes = 4.0 * (512 + 128);

Device device() {
  Device d;
  d.name = "paper";
  d.ops_per_s = {{"fp32", {1e6, 1e6, 1e6}}, {"int8", {4e6, 4e6, 4e6}}};
  d.bytes_per_s = {1e6, 1e6, 1e6};
  d.idle_w = {10, 10, 10};
  d.full_w = {110, 110, 110};
  d.efficiency = {{1, 0.5, 1}, {1, 0.5, 1}, {1, 1, 1}, {0, 0, 0}};
  return d;
}

TEST(Roofline, IsTheLongerOfArithmeticAndTraffic) {
  const Estimate e = estimate(small_net(), device(), "fp32");
  ASSERT_EQ(e.layer_s.size(), 3u);
  EXPECT_NEAR(e.layer_s[0], kOps / 1e6, 1e-12);  // 36.9 ms of arithmetic, 4.2 ms of traffic
  EXPECT_EQ(e.layer_s[1], 0);                    // within the convolution
  EXPECT_NEAR(e.layer_s[2], kPoolBytes / 1e6, 1e-12);
  EXPECT_NEAR(e.seconds.value, (kOps + kPoolBytes) / 1e6, 1e-12);
  EXPECT_NEAR(e.compute_share, kOps / (kOps + kPoolBytes), 1e-12);
  EXPECT_NEAR(e.compute_share + e.memory_share + e.start_share, 1, 1e-12);
}

TEST(Roofline, HasTheHighBoundOfAnEngineThatFusesNothingAndReachesLittle) {
  const Estimate e = estimate(small_net(), device(), "fp32");
  EXPECT_NEAR(e.seconds.low, e.seconds.value, 1e-12);
  EXPECT_NEAR(e.seconds.high, (2 * kOps + kReluBytes + kPoolBytes) / 1e6, 1e-12);
}

TEST(Roofline, OfANarrowPrecisionHasItsRateAndItsBytes) {
  const Estimate e = estimate(small_net(), device(), "int8");
  EXPECT_NEAR(e.layer_s[0], std::max(kOps / 4e6, kConvBytes / 4 / 1e6), 1e-12);
  EXPECT_NEAR(e.layer_s[2], kPoolBytes / 4 / 1e6, 1e-12);
}

TEST(Roofline, EachLayerOfItsOwnStartsOnceAndDrawsIdlePowerMeanwhile) {
  Device d = device();
  d.efficiency.layer_s = {0.01, 0, 0.1};
  const Estimate e = estimate(small_net(), d, "fp32");
  const double work_s = (kOps + kPoolBytes) / 1e6;
  EXPECT_NEAR(e.seconds.value, work_s + 0.02, 1e-12);
  EXPECT_NEAR(e.start_share, 0.02 / (work_s + 0.02), 1e-12);
  EXPECT_NEAR(e.joules.value, 110 * work_s + 10 * 0.02, 1e-9);
  EXPECT_LE(e.joules.low, e.joules.value);
  EXPECT_GE(e.joules.high, e.joules.value);
}

TEST(Roofline, OfABatchIsThatOfAllItsImages) {
  graph::Graph g = small_net();
  g.inputs[0].shape[0] = 8;
  g.outputs[0].shape[0] = 8;
  graph::infer_shapes(g);
  EXPECT_NEAR(estimate(g, device(), "fp32").layer_s[0], 8 * kOps / 1e6, 1e-12);
}

TEST(Roofline, OfAPrecisionThatIsNotNativeIsAnError) {
  EXPECT_THROW(estimate(small_net(), device(), "bf16"), base::Error);
}

}  // namespace
}  // namespace cradle::estimate
