#include "cradle/deploy/onednn_executor.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/file.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/onednn_program.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::deploy {
namespace {

using base::fault_of;

using graph::Attribute;
using graph::Graph;
using testing::difference;
using testing::Feed;
using testing::feed_for;
using testing::OnnxModel;
using testing::write_graph;
using testing::write_model;
using Ints = std::vector<std::int64_t>;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// y = Relu(Conv(x, w)) with a 1×1 kernel of weights 2 and -2.
OnnxModel conv_relu() {
  OnnxModel model;
  model.inputs = {{"x", {-1, 1, 1, 3}}};
  model.outputs = {{"y", {-1, 2, 1, 3}}};
  model.initializers = {{"w", {2, 1, 1, 1}, {2, -2}}};
  model.nodes = {{"Conv", {"x", "w"}, {"c"}, {}}, {"Relu", {"c"}, {"y"}, {}}};
  return model;
}

/// x [1, 8, 6, 6] through a convolution of random weights, then `op`s one after the other to y.
Graph conv_and(const std::vector<graph::Node>& after) {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 8, 6, 6}}};
  std::vector<float> weights(8 * 8);
  base::Stream stream(1, 0);
  for (float& w : weights) w = static_cast<float>(stream.normal());
  g.initializers["w"] = graph::tensor_f32({8, 8, 1, 1}, weights);
  weights.resize(8 * 8 * 9);
  for (float& w : weights) w = static_cast<float>(stream.normal());
  g.initializers["wide"] = graph::tensor_f32({8, 8, 3, 3}, weights);
  g.nodes = {{"conv", "Conv", "", {"x", "w"}, {"c"}, {}}};
  g.nodes.insert(g.nodes.end(), after.begin(), after.end());
  g.outputs = {{"y", graph::Type::kF32, {}, false}};
  return g;
}

/// Relative difference to ONNX Runtime.
double error_of(const Graph& graph) {
  const auto path = write_graph("case.onnx", graph);
  const auto a = open_onnxruntime(path), b = open_onednn(path);
  const Feed feed = feed_for(a->describe(), 1);
  const TensorView input = feed.view();
  const auto d = difference(a->run({&input, 1}), b->run({&input, 1}));
  EXPECT_GT(d.of, 0);
  return d.greatest / d.of;
}

std::vector<CompiledStep> steps_of(const Graph& graph) {
  const auto path = write_graph("steps.onnx", graph);
  const Feed feed = feed_for(open_onednn(path)->describe(), 1);
  const TensorView input = feed.view();
  return onednn_steps(path, {}, {&input, 1});
}

TEST(OneDnn, DescribesWhatAModelTakesAndGives) {
  const auto path = write_model("describe.onnx", conv_relu());
  const auto executor = open_onednn(path);
  const Description& description = executor->describe();
  EXPECT_EQ(description.engine, "oneDNN");
  EXPECT_TRUE(description.engine_version.starts_with("2."));
  EXPECT_EQ(description.model, path.string());
  EXPECT_EQ(description.inputs.at(0).shape, (Ints{-1, 1, 1, 3}));
  EXPECT_EQ(description.outputs.at(0).name, "y");
}

TEST(OneDnn, RunsWhatWeComputeByHandForAnyBatch) {
  const auto executor = open_onednn(write_model("run.onnx", conv_relu()));
  const std::vector<float> x = {1, -1, 0.5f, 3, 0, -4};
  const Ints two = {2, 1, 1, 3}, one = {1, 1, 1, 3};
  for (int round = 0; round < 2; ++round) {  // back and forth between shapes
    const TensorView both{"x", two, x};
    const auto y = executor->run({&both, 1})[0];
    EXPECT_EQ(Ints(y.shape.begin(), y.shape.end()), (Ints{2, 2, 1, 3}));
    EXPECT_EQ(std::vector(y.values.begin(), y.values.end()), (std::vector<float>{2, 0, 1, 0, 2, 0, 6, 0, 0, 0, 0, 8}));
    const TensorView first{"x", one, std::span(x).first(3)};
    const auto z = executor->run({&first, 1})[0].values;
    EXPECT_EQ(std::vector(z.begin(), z.end()), (std::vector<float>{2, 0, 1, 0, 2, 0}));
  }
}

TEST(OneDnn, ForgetsTheOldestShapesAndCompilesThemAgain) {
  const auto executor = open_onednn(write_model("shapes.onnx", conv_relu()));
  const std::vector<float> x(3 * 8, 1.0f);
  for (const std::int64_t batch : {1, 2, 3, 4, 5, 6, 1}) {
    const Ints shape = {batch, 1, 1, 3};
    const TensorView input{"x", shape, std::span(x).first(static_cast<std::size_t>(3 * batch))};
    EXPECT_EQ(executor->run({&input, 1})[0].values[0], 2.0f);
  }
}

TEST(OneDnn, TwoThreadsGiveTheSameAnswer) {
  const auto path = write_graph("threads.onnx", graph::build_architecture("resnet-small", 0.25, 10, 1));
  const auto one = open_onednn(path, {.threads = 1}), two = open_onednn(path, {.threads = 2});
  const Feed feed = feed_for(one->describe(), 2);
  const TensorView input = feed.view();
  const auto d = difference(one->run({&input, 1}), two->run({&input, 1}));
  EXPECT_LE(d.greatest, 1e-6 * d.of);
}

TEST(OneDnn, FusesActivationsSumsAndNormsIntoConvolutions) {
  const auto steps = steps_of(graph::build_architecture("resnet-small", 0.25, 10, 1));
  for (const CompiledStep& step : steps) {
    EXPECT_FALSE(step.work.starts_with("Relu") || step.work.starts_with("Add") || step.work.starts_with("Batch"))
        << step.work;
    // Between convolutions nothing changes its layout: only the input does.
    EXPECT_TRUE(!step.work.starts_with("to fp32") || &step == &steps.front()) << step.work;
  }
}

TEST(OneDnn, AddsInPlaceOnlyWhereNobodyReadsTheAddendAgain) {
  // c + conv(c) would read c while it writes to it; in the second case c is read again after the sum.
  const graph::Node second{"second", "Conv", "", {"c", "wide"}, {"d"}, {{"pads", Ints{1, 1, 1, 1}}}};
  EXPECT_LE(error_of(conv_and({second, {"s", "Add", "", {"d", "c"}, {"y"}, {}}})), 1e-6);
  const graph::Node third{"third", "Conv", "", {"d", "w"}, {"e"}, {}};
  const Graph again =
      conv_and({second, third, {"s", "Add", "", {"e", "c"}, {"s"}, {}}, {"t", "Mul", "", {"s", "c"}, {"y"}, {}}});
  EXPECT_LE(error_of(again), 1e-6);
  const Graph once = conv_and({second, third, {"s", "Add", "", {"e", "c"}, {"y"}, {}}});
  EXPECT_LE(error_of(once), 1e-6);
  EXPECT_EQ(steps_of(once)[3].work, "Conv+Add");
}

TEST(OneDnn, GivesEachOfTwoLikeFunctionsItsOwnParameters) {
  Graph g = conv_and({{"a", "HardSigmoid", "", {"c"}, {"a"}, {{"alpha", 0.5f}, {"beta", 0.1f}}},
                      {"b", "HardSigmoid", "", {"a"}, {"y"}, {{"alpha", 2.0f}, {"beta", -0.3f}}}});
  EXPECT_LE(error_of(g), 1e-6);
  Graph leaky = conv_and({{"a", "LeakyRelu", "", {"c"}, {"a"}, {{"alpha", 0.5f}}},
                          {"b", "LeakyRelu", "", {"a"}, {"y"}, {{"alpha", 0.1f}}}});
  EXPECT_LE(error_of(leaky), 1e-6);
}

TEST(OneDnn, KnowsActivationsThatExportsWriteInParts) {
  Graph swish = conv_and({{"s", "Sigmoid", "", {"c"}, {"s"}, {}}, {"m", "Mul", "", {"c", "s"}, {"y"}, {}}});
  EXPECT_LE(error_of(swish), 1e-6);
  EXPECT_EQ(steps_of(swish)[1].work, "Conv+Swish");
  Graph hard = conv_and({{"p", "Add", "", {"c", "three"}, {"p"}, {}},
                         {"k", "Clip", "", {"p", "zero", "six"}, {"k"}, {}},
                         {"m", "Mul", "", {"c", "k"}, {"m"}, {}},
                         {"d", "Div", "", {"m", "six"}, {"y"}, {}}});
  for (const auto& [name, value] : std::map<std::string, float>{{"zero", 0}, {"three", 3}, {"six", 6}})
    hard.initializers[name] = graph::tensor_f32({}, {&value, 1});
  EXPECT_LE(error_of(hard), 1e-6);
  EXPECT_EQ(steps_of(hard)[1].work, "Conv+HardSwish");
  const float four = 4;  // another function, which must stay
  hard.initializers["three"] = graph::tensor_f32({}, {&four, 1});
  EXPECT_LE(error_of(hard), 1e-6);
  EXPECT_EQ(steps_of(hard)[1].work, "Conv");
}

TEST(OneDnn, FollowsShapesThatAnExportComputes) {
  Graph g = conv_and({{"s", "Shape", "", {"c"}, {"s"}, {}},
                      {"g", "Gather", "", {"s", "zero"}, {"n"}, {}},
                      {"u", "Unsqueeze", "", {"n", "axes"}, {"n1"}, {}},
                      {"k", "Concat", "", {"n1", "rest"}, {"new"}, {{"axis", std::int64_t{0}}}},
                      {"r", "Reshape", "", {"c", "new"}, {"y"}, {}}});
  g.initializers["zero"] = graph::tensor_i64({}, Ints{0});
  g.initializers["axes"] = graph::tensor_i64({1}, Ints{0});
  g.initializers["rest"] = graph::tensor_i64({1}, Ints{-1});
  EXPECT_LE(error_of(g), 1e-6);
}

TEST(OneDnn, FoldsWhatIsConstantBeforeTheFirstRun) {
  Graph g = conv_and({{"e", "Exp", "", {"k"}, {"e"}, {}}, {"m", "Mul", "", {"c", "e"}, {"y"}, {}}});
  g.initializers["k"] = graph::tensor_f32({8, 1, 1}, std::vector<float>{0, 1, 2, 0, 1, 2, 0, 1});
  EXPECT_LE(error_of(g), 1e-6);
  for (const CompiledStep& step : steps_of(g)) EXPECT_NE(step.work, "Exp");
}

TEST(OneDnn, ReadsWeightsThatAreStoredAsHalves) {
  Graph g = conv_and(
      {{"cast", "Cast", "", {"h"}, {"f"}, {{"to", std::int64_t{1}}}}, {"m", "Mul", "", {"c", "f"}, {"y"}, {}}});
  // 1, -2, 1/3 rounded, the least normal, the least subnormal, 65504, 0 and -0 (IEEE 754-2008, table 3.5).
  const std::vector<std::uint16_t> bits = {0x3c00, 0xc000, 0x3555, 0x0400, 0x0001, 0x7bff, 0x0000, 0x8000};
  graph::Tensor halves{graph::Type::kF16, {8, 1, 1}, {}};
  for (const std::uint16_t half : bits) {
    halves.bytes.push_back(static_cast<std::uint8_t>(half & 255));
    halves.bytes.push_back(static_cast<std::uint8_t>(half >> 8));
  }
  g.initializers["h"] = halves;
  EXPECT_LE(error_of(g), 1e-6);
}

TEST(OneDnn, NamesWhatItCannotOpen) {
  EXPECT_EQ(fault_of([] { open_onednn("no/such.onnx"); }), "cannot open no/such.onnx: there is no such file");
  std::string bytes = testing::onnx_bytes(conv_relu());
  bytes.resize(bytes.size() / 2);
  const auto path = testing::scratch_file("corrupt.onnx");
  base::write_file(path, bytes);
  EXPECT_TRUE(contains(fault_of([&] { open_onednn(path); }), path.string()));
}

TEST(OneDnn, NamesTheNodeAndTheOperatorThatItDoesNotRun) {
  const std::string fault = fault_of([] {
    open_onednn(write_graph("op.onnx", conv_and({{"far", "ArgMax", "", {"c"}, {"y"}, {}}})));
  });
  EXPECT_TRUE(contains(fault, "op.onnx: ArgMax 'far': the oneDNN engine does not run the operator 'ArgMax'")) << fault;
}

TEST(OneDnn, NamesAnAttributeThatItDoesNotRun) {
  Graph g = conv_and({{"mean",
                       "AveragePool",
                       "",
                       {"c"},
                       {"y"},
                       {{"kernel_shape", Ints{2, 2}},
                        {"strides", Ints{2, 2}},
                        {"pads", Ints{1, 1, 0, 0}},
                        {"ceil_mode", std::int64_t{1}},
                        {"count_include_pad", std::int64_t{1}}}}});
  EXPECT_TRUE(
      contains(fault_of([&] { open_onednn(write_graph("a.onnx", g)); }), "AveragePool 'mean': the oneDNN engine"));
}

TEST(OneDnn, NamesAConstantOfATypeWithWhichItDoesNotCompute) {
  const float scale = 0.1f;
  Graph g =
      conv_and({{"d", "DequantizeLinear", "", {"codes", "s"}, {"f"}, {}}, {"m", "Mul", "", {"c", "f"}, {"y"}, {}}});
  g.initializers["codes"] = {graph::Type::kU16, {8, 1, 1}, std::vector<std::uint8_t>(16)};
  g.initializers["s"] = graph::tensor_f32({}, {&scale, 1});
  EXPECT_TRUE(contains(fault_of([&] { open_onednn(write_graph("u16.onnx", g)); }), "the constant 'codes' (uint16)"));
}

TEST(OneDnn, RefusesInputsThatDoNotFit) {
  OnnxModel model;
  model.inputs = {{"x", {2}, testing::kInt64}};
  model.outputs = {{"y", {2}, testing::kInt64}};
  model.nodes = {{"Identity", {"x"}, {"y"}, {}}};
  EXPECT_TRUE(
      contains(fault_of([&] { open_onednn(write_model("int64.onnx", model)); }), "input 'x' is not of 32-bit floats"));
  const auto executor = open_onednn(write_model("wrong.onnx", conv_relu()));
  const Ints shape = {1, 1, 1, 3};
  const std::vector<float> x(3);
  const TensorView input{"image", shape, x};
  EXPECT_TRUE(contains(fault_of([&] { executor->run({&input, 1}); }), "the model has no input 'image'"));
}

TEST(OneDnn, RefusesBf16ForAQuantisedModel) {
  if (!has_native_bf16()) {
    EXPECT_TRUE(contains(
        fault_of([] { open_onednn(write_model("b.onnx", conv_relu()), {.precision = Precision::kBf16}); }), "bf16"));
    return;
  }
  const float scale = 0.1f;
  const std::uint8_t zero = 3;
  Graph g = conv_and({{"q", "QuantizeLinear", "", {"c", "s", "z"}, {"q"}, {}},
                      {"d", "DequantizeLinear", "", {"q", "s", "z"}, {"y"}, {}}});
  g.initializers["s"] = graph::tensor_f32({}, {&scale, 1});
  g.initializers["z"] = graph::tensor_u8({}, {&zero, 1});
  EXPECT_LE(error_of(g), 0.05) << "in fp32 it runs";
  EXPECT_TRUE(contains(fault_of([&] { open_onednn(write_graph("q.onnx", g), {.precision = Precision::kBf16}); }),
                       "the model is quantised (QuantizeLinear 'q')"));
}

TEST(OneDnnProgram, LaysValuesThatDoNotLiveTogetherInOnePlace) {
  onednn::Program program;
  const dnnl::memory::desc desc({1000}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
  onednn::Operand last = program.input(desc);
  const onednn::Operand input = last;
  for (int i = 0; i < 6; ++i) {
    const onednn::Operand next = program.temporary(desc);
    program.add({{},
                 [](std::span<std::byte* const> at) {
                   for (std::size_t k = 0; k < 1000; ++k)
                     reinterpret_cast<float*>(at[1])[k] = reinterpret_cast<const float*>(at[0])[k] + 1;
                 },
                 {{DNNL_ARG_SRC, last}, {DNNL_ARG_DST, next}},
                 {}});
    last = next;
  }
  program.keep(last);
  program.finish();
  EXPECT_EQ(program.temporary_bytes(), 2 * 4032u) << "five values in a row, of which two live at a time";
  const std::vector<float> x(1000, 1.0f);
  program.set_input(input, x.data());
  program.run();
  EXPECT_EQ(reinterpret_cast<const float*>(program.data(last))[999], 7.0f);
}

TEST(OneDnn, TellsTheMetadataAsOnnxRuntimeDoes) {
  // A detector with anchors can only be judged by them.
  const auto file = write_graph("anchors.onnx", graph::build_architecture("ssd-residual", 0.25, 10, 1));
  const auto metadata = open_onednn(file)->describe().metadata;
  EXPECT_TRUE(metadata.contains("cradle.anchors"));
  EXPECT_EQ(metadata, open_onnxruntime(file)->describe().metadata);
}

}  // namespace
}  // namespace cradle::deploy
