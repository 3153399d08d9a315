// Checks importance against finite differences of a loss written out here, for every way in which channels lie.
#include "cradle/learn/importance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/fault_test.h"
#include "cradle/base/random.h"
#include "cradle/compress/storage.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/network.h"
#include "cradle/learn/weight_places.h"

namespace cradle::learn {
namespace {

using graph::Shape;
using Ints = std::vector<std::int64_t>;

const std::vector<std::string> kKernels = {"conv.w", "deconv.w", "left.w", "gemm.w", "wide.w", "product.w"};
/// Biases, and the kernels with which they go.
const std::map<std::string, std::string> kBiases = {
    {"conv.b", "conv.w"}, {"deconv.b", "deconv.w"}, {"wide.b", "wide.w"}};

/// Conv → BatchNormalization → ConvTranspose in two groups → MatMul from the left → Gemm → Gemm with transB → MatMul,
/// with ReLU between.
graph::Graph net() {
  graph::Graph g;
  g.inputs = {{"image", graph::Type::kF32, {-1, 1, 28, 28}}};
  g.outputs = {{"logits", graph::Type::kF32, {-1, 10}}};
  const auto weight = [&](const std::string& name, const Shape& shape, double size) {
    base::Stream stream(3, base::stable_id("test.importance/" + name));
    std::vector<float> values(static_cast<std::size_t>(graph::elements_of(shape)));
    for (float& v : values) v = static_cast<float>(size * stream.normal());
    g.initializers[name] = graph::tensor_f32(shape, values);
  };
  weight("conv.w", {4, 1, 7, 7}, 0.3);
  weight("conv.b", {4}, 0.1);
  for (const char* name : {"norm.scale", "norm.shift", "norm.mean"}) weight(name, {4}, 0.5);
  g.initializers["norm.variance"] = graph::tensor_f32({4}, std::vector<float>{4, 2, 3, 1});  // not that of a batch
  weight("deconv.w", {4, 3, 2, 2}, 0.6);
  weight("deconv.b", {6}, 0.1);
  weight("left.w", {5, 8}, 0.6);  // on columns of 8
  weight("gemm.w", {6, 8}, 0.8);
  weight("wide.w", {7, 8}, 0.8);
  weight("wide.b", {7}, 0.3);
  weight("product.w", {7, 10}, 0.8);
  g.nodes = {
      {"conv", "Conv", "", {"image", "conv.w", "conv.b"}, {"a"}, {{"strides", Ints{7, 7}}}},
      {"norm", "BatchNormalization", "", {"a", "norm.scale", "norm.shift", "norm.mean", "norm.variance"}, {"n"}, {}},
      {"r1", "Relu", "", {"n"}, {"b"}, {}},
      {"deconv",
       "ConvTranspose",
       "",
       {"b", "deconv.w", "deconv.b"},
       {"c"},
       {{"strides", Ints{2, 2}}, {"group", std::int64_t{2}}}},
      {"r2", "Relu", "", {"c"}, {"d"}, {}},
      {"left", "MatMul", "", {"left.w", "d"}, {"l"}, {}},
      {"r2b", "Relu", "", {"l"}, {"m"}, {}},
      {"pool", "GlobalAveragePool", "", {"m"}, {"e"}, {}},
      {"flat", "Flatten", "", {"e"}, {"f"}, {}},
      {"gemm", "Gemm", "", {"f", "gemm.w"}, {"g"}, {}},
      {"r3", "Relu", "", {"g"}, {"h"}, {}},
      {"wide", "Gemm", "", {"h", "wide.w", "wide.b"}, {"i"}, {{"transB", std::int64_t{1}}}},
      {"r4", "Relu", "", {"i"}, {"j"}, {}},
      {"product", "MatMul", "", {"j", "product.w"}, {"logits"}, {}}};
  return g;
}

/// Which output channel an element of a kernel belongs to: the definition, element by element.
std::size_t channel_of(const std::string& kernel, std::size_t i) {
  if (kernel == "conv.w") return i / 49;
  if (kernel == "deconv.w") return i / 12 / 2 * 3 + i / 4 % 3;  // inputs 0 and 1 make channels 0 to 2, 2 and 3 the rest
  if (kernel == "left.w" || kernel == "wide.w") return i / 8;
  return i % (kernel == "gemm.w" ? 8 : 10);
}
std::size_t channels_of(const std::string& kernel) {
  static const std::map<std::string, std::size_t> channels = {{"conv.w", 4}, {"deconv.w", 6}, {"left.w", 5},
                                                              {"gemm.w", 8}, {"wide.w", 7},   {"product.w", 10}};
  return channels.at(kernel);
}

ImportanceOptions options(const std::string& kind) {
  ImportanceOptions o;
  o.task = "classification";
  o.kind = kind;
  o.images = 9;  // two whole batches
  o.batch = 4;
  return o;
}

/// The mean cross-entropy of one batch of the training images, in double precision.
double loss_of_batch(const graph::Graph& g, Arrays inputs, std::int64_t batch) {
  static const auto data = task::open_data_set("classification");
  Array images{{4, 1, 28, 28}, {}};
  std::vector<int> labels;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const task::Sample s = data->sample(task::Split::kTrain, static_cast<std::uint64_t>(batch) * 4 + i);
    images.values.insert(images.values.end(), s.pixels.begin(), s.pixels.end());
    labels.push_back(s.label);
  }
  inputs["image"] = images;
  const Array logits = run(g, inputs).at("logits");
  double loss = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    double sum = 0;
    for (std::size_t c = 0; c < 10; ++c) sum += std::exp(logits.values[n * 10 + c]);
    loss += (std::log(sum) - logits.values[n * 10 + static_cast<std::size_t>(labels[n])]) / 4;
  }
  return loss;
}

/// Scores by finite differences: each weight of each kernel and each bias is moved up and down.
std::map<std::string, std::vector<double>> slow_scores(graph::Graph g, bool taylor) {
  Arrays weights;  // as inputs, so that they are moved in double precision
  const auto release = [&](const std::string& name) {
    const graph::Tensor t = g.initializers.at(name);
    weights[name] = {t.shape, {t.f32().begin(), t.f32().end()}};
    g.initializers.erase(name);
    g.inputs.push_back({name, graph::Type::kF32, t.shape});
  };
  for (const std::string& name : kKernels) release(name);
  for (const auto& [bias, kernel] : kBiases) release(bias);
  const auto product = [&](const std::string& name, std::size_t i, std::int64_t batch) {
    constexpr double kStep = 1e-6;
    Arrays up = weights, down = weights;
    up[name].values[i] += kStep;
    down[name].values[i] -= kStep;
    return weights[name].values[i] * (loss_of_batch(g, up, batch) - loss_of_batch(g, down, batch)) / (2 * kStep);
  };
  std::map<std::string, std::vector<double>> scores;
  for (const std::string& name : kKernels) {
    scores[name].resize(channels_of(name));
    for (std::int64_t batch = 0; batch < 2; ++batch) {
      std::vector<double> sums(channels_of(name));
      const auto add = [&](std::size_t channel, double one) { sums[channel] += taylor ? one : std::abs(one); };
      for (std::size_t i = 0; i < weights[name].values.size(); ++i) add(channel_of(name, i), product(name, i, batch));
      for (const auto& [bias, kernel] : kBiases)
        for (std::size_t c = 0; kernel == name && c < sums.size(); ++c) add(c, product(bias, c, batch));
      for (std::size_t c = 0; c < sums.size(); ++c) scores[name][c] += taylor ? sums[c] * sums[c] : sums[c];
    }
  }
  return scores;
}

TEST(Importance, IsThatOfASlowDirectComputation) {
  for (const std::string kind : {"taylor", "first-order"}) {
    const Importance found = importance_of(net(), options(kind));
    EXPECT_EQ(found.kind, kind);
    EXPECT_EQ(found.images, 8);
    const auto wanted = slow_scores(net(), kind == "taylor");
    ASSERT_EQ(found.scores.size(), kKernels.size()) << "biases have none";
    for (const auto& [name, scores] : wanted) {
      ASSERT_EQ(found.scores.at(name).size(), scores.size()) << name;
      for (std::size_t c = 0; c < scores.size(); ++c)
        EXPECT_NEAR(found.scores.at(name)[c], scores[c], 1e-4 * (std::abs(scores[c]) + 1e-4))
            << kind << " " << name << c;
    }
  }
}

TEST(Importance, OfDeadChannelsIsZero) {
  graph::Graph g = net();
  const auto conv = g.initializers.at("conv.w").f32(), product = g.initializers.at("product.w").f32();
  std::fill(conv.begin() + 49, conv.begin() + 147, 0.0f);       // channels 1 and 2 make nothing
  g.initializers.at("norm.shift").f32()[2] = 2;                 // (which passes the ReLU)
  g.initializers.at("conv.b").f32()[1] = 0;                     // but for 2's bias
  std::fill(product.begin() + 20, product.begin() + 30, 0.0f);  // and nobody uses channel 2 of "wide"
  for (const std::string kind : {"taylor", "first-order"}) {
    const Importance found = importance_of(g, options(kind));
    EXPECT_EQ(found.scores.at("conv.w")[1], 0);
    EXPECT_GT(found.scores.at("conv.w")[2], 0);
    EXPECT_EQ(found.scores.at("wide.w")[2], 0);
    EXPECT_GT(found.scores.at("conv.w")[0], 0);
    EXPECT_GT(found.scores.at("wide.w")[0] + found.scores.at("wide.w")[1], 0);
  }
}

TEST(Importance, TakesABatchOfAllImagesWhereThereAreFewer) {
  ImportanceOptions few = options("taylor"), all = few;
  few.images = 3;  // a batch is 4
  all.images = all.batch = 3;
  const Importance found = importance_of(net(), few);
  EXPECT_EQ(found.images, 3);
  EXPECT_EQ(found.scores, importance_of(net(), all).scores);
}

TEST(Importance, SeesThePixelsAsTheGraphWantsThem) {
  graph::Graph own = net();  // has the mean and the deviation in itself
  own.initializers["mean"] = graph::tensor_f32({}, std::vector<float>{0.5f});
  own.initializers["deviation"] = graph::tensor_f32({}, std::vector<float>{0.25f});
  own.nodes[0].inputs[0] = "normalised";
  own.nodes.insert(own.nodes.begin(), {{"less", "Sub", "", {"image", "mean"}, {"centred"}, {}},
                                       {"by", "Div", "", {"centred", "deviation"}, {"normalised"}, {}}});
  ImportanceOptions told = options("first-order");
  const Importance wanted = importance_of(own, told), plain = importance_of(net(), told);
  told.pixels = {{0.5f}, {0.25f}};
  const Importance found = importance_of(net(), told);
  for (const auto& [name, scores] : wanted.scores)
    for (std::size_t c = 0; c < scores.size(); ++c)
      EXPECT_NEAR(found.scores.at(name)[c], scores[c], 1e-4 * (scores[c] + 1e-4)) << name << c;
  EXPECT_GT(std::abs(plain.scores.at("product.w")[0] / wanted.scores.at("product.w")[0] - 1), 0.01);
}

TEST(Importance, OfStoredWeightsIsThatOfTheirNumbers) {
  const graph::Graph stored = compress::store_as(net(), graph::Type::kBf16).graph;
  const Importance found = importance_of(stored, options("taylor"));
  ASSERT_EQ(found.scores.size(), kKernels.size());
  EXPECT_EQ(found.scores, importance_of(with_float_weights(stored), options("taylor")).scores);
}

TEST(Importance, PassesOverKernelsWithoutChannels) {
  graph::Graph g = net();
  g.initializers["vector"] = graph::tensor_f32({10}, std::vector<float>(10, 0.5f));
  g.initializers["column"] = graph::tensor_i64({2}, std::vector<std::int64_t>{-1, 1});
  g.nodes.back().outputs = {"p"};
  g.nodes.push_back({"vector", "MatMul", "", {"p", "vector"}, {"q"}, {}});
  g.nodes.push_back({"column", "Reshape", "", {"q", "column"}, {"r"}, {}});
  g.nodes.push_back({"sum", "Add", "", {"p", "r"}, {"logits"}, {}});
  const Importance found = importance_of(g, options("taylor"));
  EXPECT_EQ(found.scores.size(), kKernels.size());
  EXPECT_FALSE(found.scores.contains("vector"));
}

TEST(Importance, HasAScoreForEveryChannelOfEveryBuiltInTask) {
  for (const auto& [task, architecture, classes] :
       {std::tuple{"detection", "ssd-plain", 10}, {"segmentation", "unet-dense", 11}}) {
    const graph::Graph g = graph::build_architecture(architecture, 0.25, classes, 1);
    ImportanceOptions o = options("taylor");
    o.task = task;
    const Importance found = importance_of(g, o);
    for (const graph::Node& node : g.nodes)
      if (node.op == "Conv") {
        const auto channels = static_cast<std::size_t>(g.initializers.at(node.inputs[1]).shape[0]);
        EXPECT_EQ(found.scores.at(node.inputs[1]).size(), channels) << node.name;
      }
    const Importance again = importance_of(g, o);
    EXPECT_EQ(found.scores, again.scores) << "to the bit";
  }
}

TEST(Importance, RefusesByName) {
  const auto fault = [](const graph::Graph& g, const ImportanceOptions& o) {
    return base::fault_of([&] { importance_of(g, o); });
  };
  EXPECT_EQ(fault(net(), options("tailor")),
            "there is no importance 'tailor': expected taylor or first-order; did you mean 'taylor'?");
  ImportanceOptions few = options("taylor");
  few.images = 0;
  EXPECT_NE(fault(net(), few).find("at least one image"), std::string::npos);
  graph::Graph codes = net();
  codes.initializers["w8"] = graph::tensor_i8({6, 8}, std::vector<std::int8_t>(48));
  codes.initializers["s"] = graph::tensor_f32({}, std::vector<float>{0.1f});
  codes.nodes[9].inputs[1] = "decoded";
  codes.nodes.insert(codes.nodes.begin(), {"d", "DequantizeLinear", "", {"w8", "s"}, {"decoded"}, {}});
  EXPECT_NE(fault(codes, options("taylor"))
                .find("Gemm 'gemm': its weights 'w8' are whole numbers (codes) and cannot "
                      "be ranked"),
            std::string::npos);
  graph::Graph none;
  none.name = "none";
  none.inputs = net().inputs;
  none.nodes = {{"flat", "Flatten", "", {"image"}, {"logits"}, {}}};
  none.outputs = net().outputs;
  EXPECT_NE(fault(none, options("taylor")).find("'none' has no float32 weights"), std::string::npos);
}

}  // namespace
}  // namespace cradle::learn
