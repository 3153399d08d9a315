#include "cradle/deploy/onnxruntime_executor.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/file.h"
#include "cradle/base/left_out_test.h"
#include "cradle/deploy/onnx_bytes.h"

namespace cradle::deploy {
namespace {

using base::fault_of;

using testing::OnnxModel;
using testing::write_model;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// y = Relu(Conv(x, w)) with a 1×1 kernel of weight 2, then the index of the greatest channel (an int64).
OnnxModel conv_relu() {
  OnnxModel model;
  model.inputs = {{"x", {-1, 1, 1, 3}}};
  model.outputs = {{"y", {-1, 2, 1, 3}}, {"best", {-1, 1, 1, 3}, testing::kInt64}};
  model.initializers = {{"w", {2, 1, 1, 1}, {2, -2}}};
  // ArgMax reduces extent 0 unless told otherwise, so channels and batch change places before and after it.
  model.nodes = {{"Conv", {"x", "w"}, {"c"}, {}},
                 {"Relu", {"c"}, {"y"}, {}},
                 {"Transpose", {"y"}, {"t"}, {{"perm", {1, 0, 2, 3}}}},
                 {"ArgMax", {"t"}, {"a"}, {}},
                 {"Transpose", {"a"}, {"best"}, {{"perm", {1, 0, 2, 3}}}}};
  return model;
}

TEST(OnnxRuntime, DescribesWhatAModelTakesAndGives) {
  const auto path = write_model("describe.onnx", conv_relu());
  const auto executor = open_onnxruntime(path);
  const Description& description = executor->describe();
  EXPECT_EQ(description.engine, "ONNX Runtime");
  EXPECT_TRUE(description.engine_version.starts_with("1."));
  EXPECT_EQ(description.model, path.string());
  ASSERT_EQ(description.inputs.size(), 1u);
  EXPECT_EQ(description.inputs[0].name, "x");
  EXPECT_EQ(description.inputs[0].shape, (std::vector<std::int64_t>{-1, 1, 1, 3}));
  EXPECT_EQ(description.outputs[1].name, "best");
}

TEST(OnnxRuntime, RunsWhatWeComputeByHand) {
  const auto executor = open_onnxruntime(write_model("run.onnx", conv_relu()));
  const std::vector<std::int64_t> shape = {2, 1, 1, 3};
  const std::vector<float> x = {1, -1, 0.5f, 3, 0, -4};
  const TensorView input{"x", shape, x};
  const auto outputs = executor->run({&input, 1});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].name, "y");
  EXPECT_EQ(std::vector(outputs[0].shape.begin(), outputs[0].shape.end()), (std::vector<std::int64_t>{2, 2, 1, 3}));
  // max(0, 2x) in channel 0 and max(0, -2x) in channel 1, image by image.
  EXPECT_EQ(std::vector(outputs[0].values.begin(), outputs[0].values.end()),
            (std::vector<float>{2, 0, 1, 0, 2, 0, 6, 0, 0, 0, 0, 8}));
  // Whole numbers come as floats; a tie goes to the first channel.
  EXPECT_EQ(std::vector(outputs[1].values.begin(), outputs[1].values.end()), (std::vector<float>{0, 1, 0, 0, 0, 1}));
}

TEST(OnnxRuntime, TwoThreadsGiveTheSameAnswer) {
  const auto path = write_model("threads.onnx", testing::tiny_detector());
  std::vector<float> scene(64 * 64);
  for (std::size_t i = 0; i < scene.size(); ++i) scene[i] = static_cast<float>(i % 7) / 7;
  const std::vector<std::int64_t> shape = {1, 1, 64, 64};
  const TensorView input{"scene", shape, scene};
  const auto one = open_onnxruntime(path, {.threads = 1});
  const auto two = open_onnxruntime(path, {.threads = 2});
  const auto a = one->run({&input, 1})[0].values;
  const auto b = two->run({&input, 1})[0].values;
  EXPECT_EQ(std::vector(a.begin(), a.end()), std::vector(b.begin(), b.end()));
}

TEST(OnnxRuntime, RunsAModelOfTheOnnxProject) {
  // The node test of ONNX's own suite (package libonnx-testdata): a 3×3 kernel over 5×5, padded by one.
  const std::filesystem::path path = "/usr/share/libonnx-testdata/data/node/test_basic_conv_with_padding/model.onnx";
  if (base::left_out(std::filesystem::exists(path), "libonnx-testdata is not installed")) return;
  const auto executor = open_onnxruntime(path);
  std::vector<float> x(25), w(9, 1.0f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const std::vector<std::int64_t> x_shape = {1, 1, 5, 5}, w_shape = {1, 1, 3, 3};
  const std::vector<TensorView> inputs = {{"x", x_shape, x}, {"W", w_shape, w}};
  const auto y = executor->run(inputs)[0].values;
  ASSERT_EQ(y.size(), 25u);
  for (int row = 0; row < 5; ++row) {
    for (int column = 0; column < 5; ++column) {
      float sum = 0;
      for (int r = std::max(0, row - 1); r <= std::min(4, row + 1); ++r)
        for (int c = std::max(0, column - 1); c <= std::min(4, column + 1); ++c)
          sum += x[static_cast<std::size_t>(5 * r + c)];
      EXPECT_FLOAT_EQ(y[static_cast<std::size_t>(5 * row + column)], sum);
    }
  }
}

TEST(OnnxRuntime, NamesAMissingFile) {
  EXPECT_EQ(fault_of([] { open_onnxruntime("no/such.onnx"); }), "cannot open no/such.onnx: there is no such file");
}

TEST(OnnxRuntime, NamesACorruptFile) {
  std::string bytes = testing::onnx_bytes(conv_relu());
  bytes.resize(bytes.size() / 2);
  const auto path = testing::scratch_file("corrupt.onnx");
  base::write_file(path, bytes);
  const std::string fault = fault_of([&] { open_onnxruntime(path); });
  EXPECT_TRUE(contains(fault, path.string())) << fault;
  EXPECT_TRUE(contains(fault, "ONNX Runtime cannot load this model: ")) << fault;
  base::write_file(path, "");
  EXPECT_TRUE(contains(fault_of([&] { open_onnxruntime(path); }), path.string()));
}

TEST(OnnxRuntime, NamesAnOperatorItDoesNotHave) {
  OnnxModel model = conv_relu();
  model.nodes[1].op = "Frobnicate";
  const std::string fault = fault_of([&] { open_onnxruntime(write_model("unsupported.onnx", model)); });
  EXPECT_TRUE(contains(fault, "unsupported.onnx")) << fault;
  EXPECT_TRUE(contains(fault, "Frobnicate")) << fault;
}

TEST(OnnxRuntime, RefusesAnInputOfWholeNumbers) {
  OnnxModel model;
  model.inputs = {{"x", {2}, testing::kInt64}};
  model.outputs = {{"y", {2}, testing::kInt64}};
  model.nodes = {{"Identity", {"x"}, {"y"}, {}}};
  EXPECT_TRUE(contains(fault_of([&] { open_onnxruntime(write_model("int64.onnx", model)); }),
                       "input 'x' is not of 32-bit floats"));
}

TEST(OnnxRuntime, NamesAWrongInput) {
  const auto executor = open_onnxruntime(write_model("wrong.onnx", conv_relu()));
  const std::vector<std::int64_t> shape = {1, 1, 1, 3};
  const std::vector<float> x(3);
  const TensorView input{"image", shape, x};
  EXPECT_TRUE(contains(fault_of([&] { executor->run({&input, 1}); }), "the model has no input 'image'"));
}

TEST(OnnxRuntime, ShowsWhichKernelsRun) {
  const auto path = write_model("kernels.onnx", conv_relu());
  const std::vector<std::int64_t> shape = {1, 1, 1, 3};
  const std::vector<float> x(3);
  const TensorView input{"x", shape, x};
  const auto as_written = kernels_of(path, {.optimise = false}, {&input, 1});
  ASSERT_TRUE(as_written.contains("Conv"));
  EXPECT_EQ(as_written.at("Conv").nodes, 1);
  EXPECT_EQ(as_written.at("Transpose").nodes, 2);
  EXPECT_TRUE(as_written.contains("Relu"));
  // The optimiser fuses the activation into the convolution.
  EXPECT_FALSE(kernels_of(path, {}, {&input, 1}).contains("Relu"));
}

}  // namespace
}  // namespace cradle::deploy
