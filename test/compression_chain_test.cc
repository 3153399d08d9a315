// One chain of operators in which weights lie in every way that quantisation knows: grouped, by columns, behind
// pooling.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"
#include "cradle/compress/bias_correction.h"
#include "cradle/compress/equalise.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int4.h"
#include "cradle/compress/simulate.h"
#include "interpreted.h"

namespace cradle::test {
namespace {

using graph::Graph;

void floats(Graph& g, const std::string& name, graph::Shape shape, double deviation) {
  base::Stream stream(11, base::stable_id(name));
  std::vector<float> values(static_cast<std::size_t>(graph::elements_of(shape)));
  for (float& v : values) v = static_cast<float>(stream.normal() * deviation);
  g.initializers[name] = graph::tensor_f32(std::move(shape), values);
}

std::string add(Graph& g, const std::string& op, const std::string& name, std::vector<std::string> inputs,
                std::map<std::string, graph::Attribute> attributes = {}) {
  g.nodes.push_back({name, op, "", std::move(inputs), {name}, std::move(attributes)});
  return name;
}

/// Conv a (2 groups, 4 → 8) → LeakyRelu → AveragePool 2×2 → Conv b (2 groups, 8 → 6) → Flatten → Gemm g by columns
/// (24 → 5) → MatMul m (5 → 3). Kernels of one element, so that what a convolution multiplies with is a pixel.
Graph chain() {
  Graph net;
  net.opset = 13;
  net.inputs = {{"x", graph::Type::kF32, {-1, 4, 4, 4}}};
  floats(net, "a.w", {8, 2, 1, 1}, 0.5);
  floats(net, "a.b", {8}, 0.3);
  floats(net, "b.w", {6, 4, 1, 1}, 0.5);
  floats(net, "b.b", {6}, 0.3);
  floats(net, "g.w", {24, 5}, 0.3);
  floats(net, "g.b", {5}, 0.3);
  floats(net, "m.w", {5, 3}, 0.5);
  add(net, "Conv", "a", {"x", "a.w", "a.b"}, {{"group", std::int64_t{2}}});
  add(net, "LeakyRelu", "l", {"a"}, {{"alpha", 0.1F}});
  add(net, "AveragePool", "p", {"l"},
      {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}});
  add(net, "Conv", "b", {"p", "b.w", "b.b"}, {{"group", std::int64_t{2}}});
  add(net, "Flatten", "f", {"b"});
  add(net, "Gemm", "g", {"f", "g.w", "g.b"});
  add(net, "MatMul", "m", {"g", "m.w"});
  net.outputs = {{"m", graph::Type::kF32, {-1, 3}}};
  return net;
}

constexpr const char* kLayers[] = {"a", "b", "g", "m"};
const std::vector<std::string> kValues{"x", "a", "l", "p", "b", "f", "g", "m"};

graph::ActivationStatistics statistics_of(const Graph& net, const learn::Array& noise) {
  graph::ActivationStatistics statistics;
  for (const auto& [name, array] : values_of(net, kValues, noise)) {
    const std::vector<float> values(array.values.begin(), array.values.end());
    graph::add(statistics.values[name], values.data(), values.size());
    graph::add_channel_means(statistics.values[name], values, array.shape);
  }
  return statistics;
}

/// Where the weights of a layer's output channel o lie, and the inputs that they are multiplied with.
struct Reads {
  std::string input;
  std::size_t outputs, inputs, groups;
  bool columns;
  std::size_t weight_at(std::size_t o, std::size_t i) const { return columns ? i * outputs + o : o * inputs + i; }
};
Reads reads_of(const std::string& layer) {
  if (layer == "a") return {"x", 8, 2, 2, false};
  if (layer == "b") return {"p", 6, 4, 2, false};
  if (layer == "g") return {"f", 5, 24, 1, true};
  return {"g", 3, 5, 1, true};
}

/// Each row that a layer multiplies with its weights: of a convolution a pixel's channels, group by group.
std::vector<std::vector<double>> rows_of(const learn::Array& input, const Reads& reads) {
  const std::size_t channels = reads.inputs * reads.groups;
  std::size_t places = 1;
  for (std::size_t axis = 2; axis < input.shape.size(); ++axis) places *= static_cast<std::size_t>(input.shape[axis]);
  std::vector<std::vector<double>> rows;
  for (std::size_t image = 0; image < input.values.size() / (channels * places); ++image)
    for (std::size_t place = 0; place < places; ++place) {
      std::vector<double>& row = rows.emplace_back();
      for (std::size_t c = 0; c < channels; ++c) row.push_back(input.values[(image * channels + c) * places + place]);
    }
  return rows;
}

graph::Grams grams_of(const Graph& net, const learn::Array& noise) {
  const learn::Arrays values = values_of(net, kValues, noise);
  graph::Grams grams;
  for (const char* layer : kLayers) {
    const Reads reads = reads_of(layer);
    graph::LayerGram& gram = grams.layers[layer];
    gram = {reads.groups, reads.inputs, 0, std::vector<float>(reads.groups * reads.inputs * reads.inputs, 0.0F)};
    for (const std::vector<double>& row : rows_of(values.at(reads.input), reads)) {
      const std::vector<float> x(row.begin(), row.end());
      for (std::size_t group = 0; group < reads.groups; ++group)
        add_rows(gram, group, x.data() + group * reads.inputs, 1);
    }
  }
  return grams;
}

/// Σ over rows and outputs of the squared change of a layer's output that other weights make.
double output_error(const std::vector<std::vector<double>>& rows, const Reads& reads, std::span<const float> before,
                    std::span<const float> after) {
  double sum = 0;
  for (const std::vector<double>& row : rows)
    for (std::size_t o = 0; o < reads.outputs; ++o) {
      const std::size_t first = o / (reads.outputs / reads.groups) * reads.inputs;
      double change = 0;
      for (std::size_t i = 0; i < reads.inputs; ++i) {
        const std::size_t at = reads.weight_at(o, i);
        change += (static_cast<double>(after[at]) - static_cast<double>(before[at])) * row[first + i];
      }
      sum += change * change;
    }
  return sum;
}

class Chain : public testing::Test {
 protected:
  const Graph net_ = chain();
  const learn::Array noise_ = noise_for(net_, 16);
};

TEST_F(Chain, IsQuantisedInAllOfItsLayers) {
  for (const bool per_channel : {true, false}) {
    compress::Int8Options options;
    options.per_channel = per_channel;
    const compress::QuantisedGraph q = compress::quantise_int8(net_, statistics_of(net_, noise_), options);
    for (const compress::QuantisedLayer& layer : q.layers) EXPECT_TRUE(layer.quantised) << layer.name << layer.reason;
    EXPECT_EQ(q.layers.size(), 4U);
    EXPECT_GT(sqnr(outputs_of(net_, noise_), outputs_of(q.graph, noise_)), 28);
  }
}

TEST_F(Chain, HasAScaleForEachColumnOfAProduct) {
  const Graph q = compress::quantise_int8(net_, statistics_of(net_, noise_)).graph;
  for (const char* layer : kLayers) {
    const Reads reads = reads_of(layer);
    const std::string weight = std::string(layer) + ".w";
    const graph::Tensor& codes = q.initializers.at(weight + ".int");
    const auto scales = q.initializers.at(weight + ".scale").f32();
    ASSERT_EQ(scales.size(), reads.outputs) << layer;
    for (std::size_t o = 0; o < reads.outputs; ++o) {
      int greatest = 0;
      for (std::size_t i = 0; i < reads.inputs; ++i) {
        const std::size_t at = reads.weight_at(o, i);
        const int code = static_cast<std::int8_t>(codes.bytes[at]);
        greatest = std::max(greatest, std::abs(code));
        EXPECT_NEAR(static_cast<float>(code) * scales[o], net_.initializers.at(weight).f32()[at], 0.501F * scales[o]);
      }
      EXPECT_EQ(greatest, 127) << layer << " fills the codes of each output channel";
    }
  }
}

TEST_F(Chain, IsRoundedForWhatEachLayerReads) {
  compress::Int8Options options;
  options.weight_bits = 3;
  const Graph nearest = compress::simulate_int8(net_, statistics_of(net_, noise_), options).graph;
  Graph adapted = nearest;
  const auto rounded = compress::round_adaptively(adapted, grams_of(net_, noise_));
  ASSERT_EQ(rounded.size(), 4U);
  const learn::Arrays values = values_of(net_, kValues, noise_);
  for (const compress::RoundedLayer& layer : rounded) {
    const Reads reads = reads_of(layer.name);
    const auto before = net_.initializers.at(layer.name + ".w").f32();
    const auto rows = rows_of(values.at(reads.input), reads);
    EXPECT_NEAR(layer.error, output_error(rows, reads, before, adapted.initializers.at(layer.name + ".w").f32()),
                1e-3 * layer.nearest_error)
        << layer.name;
    EXPECT_LE(layer.error, layer.nearest_error * (1 + 1e-9)) << layer.name;
    if (reads.inputs > 2) {
      EXPECT_LT(layer.error, layer.nearest_error) << layer.name << " has something to choose";
    }
  }
  const learn::Arrays exact = outputs_of(net_, noise_);
  EXPECT_GT(sqnr(exact, outputs_of(compress::harden(adapted), noise_)),
            sqnr(exact, outputs_of(compress::harden(nearest), noise_)));
}

TEST_F(Chain, HasItsBiasesCorrectedWhereTheyShifted) {
  const graph::ActivationStatistics before = statistics_of(net_, noise_);
  Graph shifted = net_;
  for (std::size_t c = 0; c < 8; ++c) shifted.initializers.at("a.b").f32()[c] += static_cast<float>(c + 1) / 4;
  for (std::size_t c = 0; c < 5; ++c) shifted.initializers.at("g.b").f32()[c] -= static_cast<float>(c + 1) / 4;
  Graph corrected = net_;
  EXPECT_EQ(compress::values_to_correct(net_), (std::vector<std::string>{"x", "a", "p", "b", "f", "g"}));
  EXPECT_EQ(compress::correct_biases(corrected, before, statistics_of(shifted, noise_)), 3);
  const auto found = [&](const char* layer, std::size_t c) {
    return corrected.initializers.at(std::string(layer) + ".corrected_bias").f32()[c];
  };
  const auto bias = [&](const char* name, std::size_t c) { return net_.initializers.at(name).f32()[c]; };
  for (std::size_t c = 0; c < 8; ++c) EXPECT_NEAR(found("a", c), bias("a.b", c) - static_cast<float>(c + 1) / 4, 1e-4);
  for (std::size_t c = 0; c < 6; ++c) EXPECT_NEAR(found("b", c), bias("b.b", c), 1e-4) << "it only passes on";
  for (std::size_t c = 0; c < 5; ++c) EXPECT_NEAR(found("g", c), bias("g.b", c) + static_cast<float>(c + 1) / 4, 1e-4);
}

TEST_F(Chain, IsEqualisedThroughLeakyReluAndPoolingAcrossGroups) {
  Graph unlike = net_;
  for (std::size_t c = 0; c < 8; ++c) {
    const float factor = std::pow(2.0F, static_cast<float>(c) - 4);
    for (std::size_t i = 0; i < 2; ++i) unlike.initializers.at("a.w").f32()[2 * c + i] *= factor;
    unlike.initializers.at("a.b").f32()[c] *= factor;
  }
  Graph equalised = unlike;
  EXPECT_EQ(compress::equalise(equalised), 1) << "a with b; behind the Flatten stands no convolution";
  EXPECT_LT(difference(outputs_of(unlike, noise_), outputs_of(equalised, noise_)), 1e-5);
  const auto a = equalised.initializers.at("a.w").f32(), b = equalised.initializers.at("b.w").f32();
  for (std::size_t c = 0; c < 8; ++c) {
    const float r1 = std::max(std::abs(a[2 * c]), std::abs(a[2 * c + 1]));
    float r2 = 0;
    for (std::size_t o = c / 4 * 3; o < c / 4 * 3 + 3; ++o) r2 = std::max(r2, std::abs(b[4 * o + c % 4]));
    EXPECT_NEAR(r1 / r2, 1, 1e-3) << "channel " << c;
  }
}

}  // namespace
}  // namespace cradle::test
