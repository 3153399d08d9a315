// Checks that gradients pass codes straight through, that coded nets learn, and that codes alone are refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cradle/base/fault_test.h"
#include "cradle/base/random.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/simulate.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/network.h"
#include "cradle/learn/train.h"
#include "cradle/learn/weight_places.h"

namespace cradle::learn {
namespace {

using graph::Shape;

graph::Tensor scalar(float value) { return graph::tensor_f32({}, std::vector<float>{value}); }

/// Puts QuantizeLinear and DequantizeLinear between a value and the node that reads it as its input `place`.
void code(graph::Graph& g, const std::string& reader, std::size_t place, const graph::Tensor& scale,
          const graph::Tensor& zero, std::int64_t axis) {
  const auto node =
      std::find_if(g.nodes.begin(), g.nodes.end(), [&](const graph::Node& n) { return n.outputs[0] == reader; });
  const std::string value = node->inputs.at(place), id = reader + "." + std::to_string(place);
  g.initializers[id + ".scale"] = scale;
  g.initializers[id + ".zero"] = zero;
  node->inputs[place] = id + ".decoded";
  const std::vector<graph::Node> pair = {
      {id + ".q", "QuantizeLinear", "", {value, id + ".scale", id + ".zero"}, {id + ".codes"}, {{"axis", axis}}},
      {id + ".d",
       "DequantizeLinear",
       "",
       {id + ".codes", id + ".scale", id + ".zero"},
       {id + ".decoded"},
       {{"axis", axis}}}};
  g.nodes.insert(node, pair.begin(), pair.end());
}

/// x → codes → y.
graph::Graph coding(const Shape& shape, float scale, const graph::Tensor& zero) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, shape}};
  g.outputs = {{"y", graph::Type::kF32, shape}};
  g.nodes = {{"id", "Identity", "", {"x"}, {"y"}, {}}};
  code(g, "y", 0, scalar(scale), zero, 0);
  return g;
}

TEST(StraightThrough, TheGradientIsOneWithinTheRangeAndNoneBeyond) {
  // Levels of x/0.5 + 3: −3.4 rounds to −3, the lowest level, and 252.4 to 252, the highest.
  const Array x{{8}, {-10, -2, -1.7, -1.5, 0.26, 126, 126.2, 126.3}};
  const graph::Graph g = coding({8}, 0.5f, graph::tensor_u8({}, std::vector<std::uint8_t>{3}));
  const Array weights{{8}, {1, 2, 3, 4, 5, 6, 7, 8}};
  const Gradients found = gradients_of(g, {{"x", x}}, {{"y", weights}});
  EXPECT_EQ(found.of.at("x").values, (std::vector<double>{0, 0, 3, 4, 5, 6, 7, 0}));
  const Array y = run(g, {{"x", x}}).at("y");
  double sum = 0;
  for (std::size_t i = 0; i < 8; ++i) sum += weights.values[i] * y.values[i];
  EXPECT_EQ(found.value, sum) << "the values are those of inference";
  const Array s{{4}, {-65, -64, 63.5, 64}};
  const graph::Graph low = coding({4}, 0.5f, graph::tensor_i8({}, std::vector<std::int8_t>{0}));
  EXPECT_EQ(gradients_of(low, {{"x", s}}, {{"y", {{4}, {1, 1, 1, 1}}}}).of.at("x").values,
            (std::vector<double>{0, 1, 1, 0}));
}

Array drawn(const Shape& shape, const std::string& name) {
  base::Stream stream(5, base::stable_id("test.codes/" + name));
  Array array{shape, std::vector<double>(static_cast<std::size_t>(graph::elements_of(shape)))};
  for (double& v : array.values) v = static_cast<double>(static_cast<float>(stream.normal()));
  return array;
}

graph::Tensor tensor_from(const Array& array) {
  return graph::tensor_f32(array.shape, std::vector<float>(array.values.begin(), array.values.end()));
}

/// With the weights that the codes stand for, all gradients must be those of the float net; those of weights that
/// saturate are 0. The scales are powers of two, so that both nets hold the same numbers.
TEST(StraightThrough, WeightsBehindCodesOfTheirChannelsHaveTheGradientOfTheirDecodedValues) {
  const Shape shape = {3, 2, 3, 3};
  Array w = drawn(shape, "w");
  w.values[0] = 9;  // 36 levels of a quarter: within; of the second channel 9 · 64 levels: beyond
  w.values[18] = 9;
  const std::vector<float> scales = {0.25f, 1.0f / 64, 0.125f};
  graph::Graph coded;
  coded.inputs = {{"x", graph::Type::kF32, {1, 2, 5, 5}}};
  coded.outputs = {{"y", graph::Type::kF32, {}}};
  coded.initializers = {{"w", tensor_from(w)}, {"b", tensor_from(drawn({3}, "b"))}};
  coded.nodes = {{"conv", "Conv", "", {"x", "w", "b"}, {"y"}, {}}};
  graph::Graph plain = coded;
  code(coded, "y", 1, graph::tensor_f32({3}, scales), graph::tensor_i8({3}, std::vector<std::int8_t>{0, 0, 0}), 0);
  Array decoded = w;
  std::vector<bool> within(w.values.size());
  for (std::size_t i = 0; i < w.values.size(); ++i) {
    const double scale = scales[i / 18], level = std::nearbyint(w.values[i] / scale);
    within[i] = level >= -128 && level <= 127;
    decoded.values[i] = std::clamp(level, -128.0, 127.0) * scale;
  }
  plain.initializers["w"] = tensor_from(decoded);
  const Arrays x = {{"x", drawn({1, 2, 5, 5}, "x")}}, weights = {{"y", drawn({1, 3, 3, 3}, "y")}};
  const Gradients found = gradients_of(coded, x, weights), wanted = gradients_of(plain, x, weights);
  ASSERT_TRUE(found.of.contains("w") && found.of.contains("b")) << "trainable though codes stand between";
  EXPECT_EQ(found.of.size(), 3u) << "scales are not trained";
  EXPECT_DOUBLE_EQ(found.value, wanted.value);
  EXPECT_EQ(std::count(within.begin(), within.end(), false), 1);
  for (const auto& [name, gradient] : wanted.of)
    for (std::size_t i = 0; i < gradient.values.size(); ++i)
      EXPECT_NEAR(found.of.at(name).values[i], name == "w" && !within[i] ? 0 : gradient.values[i], 1e-12) << name;
}

TEST(WeightPlaces, AreSeenThroughCodes) {
  graph::Graph g = graph::build_architecture("mlp", 0.25, 10, 1);
  const auto before = trainable_places(g);
  std::vector<std::string> outputs;
  for (const Kernel& kernel : kernels_of(g)) {
    EXPECT_EQ(before.at(kernel.initializer), Role::kKernel);
    outputs.push_back(g.nodes[kernel.node].outputs[0]);
  }
  for (const std::string& output : outputs)
    code(g, output, 1, scalar(0.01f), graph::tensor_i8({}, std::vector<std::int8_t>{0}), 0);
  const auto after = trainable_places(g);
  for (const auto& [name, role] : before) EXPECT_TRUE(after.contains(name) && after.at(name) == role) << name;
  EXPECT_EQ(kernels_of(g).size(), 3u);
}

/// Conv → ReLU → Gemm without biases, so that nothing but weights and activations is coded.
graph::Graph bare_net() {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 2, 5, 5}}};
  g.outputs = {{"y", graph::Type::kF32, {1, 4}}};
  g.initializers = {{"w", tensor_from(drawn({3, 2, 3, 3}, "w"))}, {"v", tensor_from(drawn({4, 27}, "v"))}};
  g.nodes = {{"conv", "Conv", "", {"x", "w"}, {"a"}, {}},
             {"relu", "Relu", "", {"a"}, {"b"}, {}},
             {"flat", "Flatten", "", {"b"}, {"c"}, {}},
             {"gemm", "Gemm", "", {"c", "v"}, {"y"}, {{"transB", std::int64_t{1}}}}};
  return g;
}

TEST(QuantisedTraining, SaturatesWeightsWhereTheyWillWhenTheyAreHardened) {
  const graph::Graph net = bare_net();
  const Arrays x = {{"x", drawn({1, 2, 5, 5}, "x")}};
  graph::ActivationStatistics statistics;
  for (const auto& [name, array] : run(compress::add_outputs(net, compress::values_to_calibrate(net)), x)) {
    const std::vector<float> values(array.values.begin(), array.values.end());
    add(statistics.values[name], values.data(), values.size());
  }
  const std::vector<float> pixels(x.at("x").values.begin(), x.at("x").values.end());
  add(statistics.values["x"], pixels.data(), pixels.size());
  statistics.images = 1;
  for (const auto& [dialect, bits] : {std::pair{compress::Dialect::kOnnxRuntimeX86, 8},
                                      {compress::Dialect::kOnnxRuntimeX86Avx2, 8},  // which makes it 7
                                      {compress::Dialect::kOnnxRuntimeX86, 4},
                                      {compress::Dialect::kOnnxRuntimeX86, 2}}) {
    compress::Int8Options options;
    options.dialect = dialect;
    options.weight_bits = bits;
    graph::Graph simulated = compress::simulate_int8(net, statistics, options).graph;
    // As training may leave them: some weights are beyond the scale's last code.
    for (const char* name : {"w", "v"})
      for (std::size_t i = 0; i < simulated.initializers.at(name).f32().size(); i += 3)
        simulated.initializers.at(name).f32()[i] *= 1.7f;
    const Array ones{{1, 4}, {1, 1, 1, 1}}, y = run(compress::harden(simulated), x).at("y");
    const double hardened = std::accumulate(y.values.begin(), y.values.end(), 0.0);
    EXPECT_NEAR(gradients_of(simulated, x, {{"y", ones}}).value, hardened, 1e-9) << compress::name_of(dialect) << bits;
    EXPECT_NE(hardened, 0);
  }
}

TEST(Codes, OfOtherTypesThanInt8AndUint8AreRefusedByName) {
  const graph::Tensor zero{graph::Type::kI16, {}, {0, 0}};
  const Arrays x = {{"x", {{1}, {1}}}};
  EXPECT_EQ(base::fault_of([&] { run(coding({1}, 0.5f, zero), x); }),
            "QuantizeLinear 'y.0.q': its codes are int16; expected int8 or uint8");
  graph::Graph said = coding({1}, 0.5f, graph::tensor_u8({}, std::vector<std::uint8_t>{0}));
  for (graph::Node& node : said.nodes) node.inputs.resize(std::min<std::size_t>(2, node.inputs.size()));
  EXPECT_EQ(run(said, {{"x", {{1}, {-1}}}}).at("y").values[0], 0) << "uint8 unless it says otherwise";
  said.nodes[0].attributes["output_dtype"] = static_cast<std::int64_t>(graph::Type::kI8);
  EXPECT_EQ(run(said, {{"x", {{1}, {-1}}}}).at("y").values[0], -1);
  said.nodes[0].attributes["output_dtype"] = static_cast<std::int64_t>(graph::Type::kU16);
  EXPECT_NE(base::fault_of([&] { run(said, x); }).find("'y.0.q': its codes are uint16"), std::string::npos);
}

/// A dense net whose weights and activations are coded in eight bits.
graph::Graph coded_net() {
  graph::Graph g = graph::build_architecture("mlp", 0.25, 10, 1);
  const std::vector<Kernel> kernels = kernels_of(g);
  std::vector<std::string> outputs;
  for (const Kernel& kernel : kernels) outputs.push_back(g.nodes[kernel.node].outputs[0]);
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    const graph::Tensor w = g.initializers.at(kernels[k].initializer);
    const auto rows = static_cast<std::size_t>(w.shape[0]), columns = w.f32().size() / rows;
    std::vector<float> scales(rows);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c)
        scales[r] = std::max(scales[r], 1.5f / 127 * std::abs(w.f32()[r * columns + c]));
    code(g, outputs[k], 1, graph::tensor_f32({w.shape[0]}, scales),
         graph::tensor_i8({w.shape[0]}, std::vector<std::int8_t>(rows)), 0);
    code(g, outputs[k], 0, scalar(8.0f / 255), graph::tensor_u8({}, std::vector<std::uint8_t>{0}), 0);
  }
  return g;
}

TEST(QuantisedTraining, LearnsThroughCodesAndEvaluatesTheSame) {
  const graph::Graph begun = coded_net();
  graph::Graph g = begun;
  TrainOptions o;
  o.task = "classification";
  o.epochs = 2;
  o.train_images = 2000;
  o.validation_images = 500;
  o.batch = 32;
  o.weight_decay = 0;  // nothing but gradients moves a weight
  const TrainReport report = train(g, o);
  EXPECT_GT(report.qualities[0].value.value, 0.6) << "chance is 0.1";
  EXPECT_EQ(g.nodes.size(), begun.nodes.size());
  for (const auto& [name, tensor] : begun.initializers) {
    const bool trained = name.ends_with(".weight") || name.ends_with(".bias");
    EXPECT_EQ(tensor.bytes != g.initializers.at(name).bytes, trained) << name;
  }
  EvaluateOptions e;
  e.task = o.task;
  e.split = task::Split::kValidation;
  e.images = o.validation_images;
  e.batch = o.batch;
  EXPECT_EQ(evaluate(g, e)[0].value.value, report.qualities[0].value.value);
}

TEST(QuantisedTraining, RefusesWeightsThatAreCodesAndSaysWhatToDo) {
  graph::Graph g = graph::build_architecture("mlp", 0.25, 10, 1);
  const Kernel kernel = kernels_of(g).at(1);
  const std::string node = g.nodes[kernel.node].name, output = g.nodes[kernel.node].outputs[0];
  const Shape shape = g.initializers.at(kernel.initializer).shape;
  g.initializers["codes"] =
      graph::tensor_i8(shape, std::vector<std::int8_t>(static_cast<std::size_t>(graph::elements_of(shape))));
  g.initializers["scale"] = scalar(0.01f);
  g.nodes[kernel.node].inputs[1] = "decoded";
  g.nodes.insert(g.nodes.begin(), {"d", "DequantizeLinear", "", {"codes", "scale"}, {"decoded"}, {}});
  TrainOptions o;
  o.task = "classification";
  const std::string fault = base::fault_of([&] { train(g, o); });
  EXPECT_NE(fault.find(node), std::string::npos) << fault;
  EXPECT_NE(fault.find("'codes' are whole numbers (codes) and cannot be trained; take the float model"),
            std::string::npos)
      << fault;
}

}  // namespace
}  // namespace cradle::learn
