// Both engines on every built-in architecture: fp32, bf16, and int8 as `cradle compress` writes it.
#include <gtest/gtest.h>

#include "cradle/compress/int8.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::deploy {
namespace {

using testing::difference;
using testing::Difference;
using testing::Feed;
using testing::feed_for;

constexpr double kNarrow = 0.25;  // width: quick, and channels that fill no vector

std::filesystem::path built_in(const std::string& name) {
  return testing::write_graph(name + ".onnx", graph::build_architecture(name, kNarrow, 10, 1));
}

TEST(Engines, AgreeInFloatsOnEveryBuiltInArchitecture) {
  // Two orders of summing some thousand products in 24 bits: measured at most 7e-7 of the greatest output.
  constexpr double kMost = 5e-6;
  for (const graph::Architecture& architecture : graph::architectures()) {
    const auto path = built_in(architecture.name);
    const auto a = open_onnxruntime(path), b = open_onednn(path);
    for (const std::int64_t batch : {2, 1}) {
      const Feed feed = feed_for(a->describe(), batch);
      const TensorView input = feed.view();
      const auto x = a->run({&input, 1}), y = b->run({&input, 1});
      ASSERT_EQ(x.size(), y.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_EQ(x[i].name, y[i].name);
        ASSERT_TRUE(std::ranges::equal(x[i].shape, y[i].shape)) << architecture.name;
      }
      const Difference d = difference(x, y);
      EXPECT_LE(d.greatest, kMost * d.of) << architecture.name;
      EXPECT_GT(d.of, 0.1) << architecture.name << " gives nothing to compare";
    }
  }
}

TEST(Engines, AgreeWithBf16WithinItsEightBits) {
  // Bf16 keeps 8 bits, and errors of the layers add up: 30 dB and more below the signal in every net (measured 37 to
  // 54).
  constexpr double kLeastRatio = 1000;  // 30 dB
  if (!has_native_bf16()) {
    EXPECT_THROW(open_onednn(built_in("lenet5"), {.precision = Precision::kBf16}), std::exception);
    return;
  }
  for (const graph::Architecture& architecture : graph::architectures()) {
    const auto path = built_in(architecture.name);
    const auto a = open_onnxruntime(path), b = open_onednn(path, {.precision = Precision::kBf16});
    const Feed feed = feed_for(a->describe(), 1);
    const TensorView input = feed.view();
    const Difference d = difference(a->run({&input, 1}), b->run({&input, 1}));
    EXPECT_GT(d.signal, kLeastRatio * d.noise) << architecture.name;
    EXPECT_GT(d.noise, 0) << architecture.name << " did not compute in bf16";
  }
}

/// An architecture in eight bits, calibrated on the numbers that are then run.
std::filesystem::path quantised(const std::string& name) {
  const graph::Graph graph = graph::build_architecture(name, kNarrow, 10, 1);
  const auto calibration =
      testing::write_graph("calibration.onnx", compress::add_outputs(graph, compress::values_to_calibrate(graph)));
  const auto executor = open_onnxruntime(calibration);
  const Feed feed = feed_for(executor->describe(), 1);
  const TensorView input = feed.view();
  graph::ActivationStatistics statistics;
  graph::add(statistics.values[feed.name], feed.values.data(), feed.values.size());
  for (const TensorView& output : executor->run({&input, 1}))
    graph::add(statistics.values[std::string(output.name)], output.values.data(), output.values.size());
  statistics.images = 1;
  return testing::write_graph(name + ".int8.onnx", compress::quantise_int8(graph, statistics).graph);
}

TEST(Engines, AgreeInEightBitsOnEveryBuiltInArchitecture) {
  double decibels = 0;
  for (const graph::Architecture& architecture : graph::architectures()) {
    const auto path = quantised(architecture.name), plain = built_in(architecture.name);
    const auto a = open_onnxruntime(path), b = open_onednn(path), exact = open_onnxruntime(plain);
    const Feed feed = feed_for(a->describe(), 1);
    const TensorView input = feed.view();
    const auto truth = exact->run({&input, 1});
    const double theirs = difference(truth, a->run({&input, 1})).noise;
    const double own = difference(truth, b->run({&input, 1})).noise;
    // Not the same numbers, because a sum after a convolution is rounded once instead of twice, but as near to the
    // float model: in a single net but for what rounding does by chance (5 dB), on the average of all (0.5 dB).
    EXPECT_LE(own, 3.2 * theirs) << architecture.name;
    decibels += 10 * std::log10(own / theirs) / static_cast<double>(graph::architectures().size());
  }
  EXPECT_LE(decibels, 0.5);
}

TEST(Engines, GiveTheSameCodesWhereNoSumIsFused) {
  for (const char* name : {"vgg-small", "densenet-small", "squeezenet-small", "separable-small", "lenet5", "mlp"}) {
    const auto path = quantised(name);
    const auto a = open_onnxruntime(path), b = open_onednn(path);
    const Feed feed = feed_for(a->describe(), 1);
    const TensorView input = feed.view();
    const Difference d = difference(a->run({&input, 1}), b->run({&input, 1}));
    EXPECT_LE(d.greatest, 0.02 * d.of) << name;  // a code of 256 over twice the greatest number, and its neighbour
  }
}

TEST(Engines, RunQuantisedNetsWithoutFloatIslands) {
  const auto path = quantised("resnet-small");
  const auto executor = open_onednn(path);
  const Feed feed = feed_for(executor->describe(), 1);
  const TensorView input = feed.view();
  int fused_sums = 0;
  for (const CompiledStep& step : onednn_steps(path, {}, {&input, 1})) {
    const bool goes_out = step.nodes.empty();  // the output is decoded
    EXPECT_EQ(step.precision, goes_out ? "fp32" : "int8") << step.work;
    EXPECT_GE(step.microseconds, 0);
    fused_sums += step.work.find("Conv") == 0 && step.work.find("+Add") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(fused_sums, 0);
}

}  // namespace
}  // namespace cradle::deploy
