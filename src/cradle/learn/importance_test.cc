// Checks importance against finite differences of a loss written out here, for every way in which channels lie.
#include "cradle/learn/importance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/fault_test.h"
#include "cradle/base/random.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/network.h"

namespace cradle::learn {
namespace {

using graph::Shape;
using Ints = std::vector<std::int64_t>;

const std::vector<std::string> kKernels = {"conv.w", "deconv.w", "gemm.w", "wide.w", "product.w"};

/// Conv → BatchNormalization → ConvTranspose in two groups → Gemm → Gemm with transB → MatMul, with ReLU between.
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
  weight("gemm.w", {6, 8}, 0.8);
  weight("wide.w", {7, 8}, 0.8);
  weight("product.w", {7, 10}, 0.8);
  g.nodes = {
      {"conv", "Conv", "", {"image", "conv.w", "conv.b"}, {"a"}, {{"strides", Ints{7, 7}}}},
      {"norm", "BatchNormalization", "", {"a", "norm.scale", "norm.shift", "norm.mean", "norm.variance"}, {"n"}, {}},
      {"r1", "Relu", "", {"n"}, {"b"}, {}},
      {"deconv", "ConvTranspose", "", {"b", "deconv.w"}, {"c"}, {{"strides", Ints{2, 2}}, {"group", std::int64_t{2}}}},
      {"r2", "Relu", "", {"c"}, {"d"}, {}},
      {"pool", "GlobalAveragePool", "", {"d"}, {"e"}, {}},
      {"flat", "Flatten", "", {"e"}, {"f"}, {}},
      {"gemm", "Gemm", "", {"f", "gemm.w"}, {"g"}, {}},
      {"r3", "Relu", "", {"g"}, {"h"}, {}},
      {"wide", "Gemm", "", {"h", "wide.w"}, {"i"}, {{"transB", std::int64_t{1}}}},
      {"r4", "Relu", "", {"i"}, {"j"}, {}},
      {"product", "MatMul", "", {"j", "product.w"}, {"logits"}, {}}};
  return g;
}

/// Which output channel an element of a kernel belongs to: the definition, element by element.
std::size_t channel_of(const std::string& kernel, std::size_t i) {
  if (kernel == "conv.w") return i / 49;
  if (kernel == "deconv.w") return i / 12 / 2 * 3 + i / 4 % 3;  // inputs 0 and 1 make channels 0 to 2, 2 and 3 the rest
  if (kernel == "wide.w") return i / 8;
  return i % (kernel == "gemm.w" ? 8 : 10);
}
std::size_t channels_of(const std::string& kernel) {
  return kernel == "conv.w" ? 4 : kernel == "deconv.w" ? 6 : kernel == "gemm.w" ? 8 : kernel == "wide.w" ? 7 : 10;
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

/// Scores by finite differences: each weight of each kernel is moved up and down.
std::map<std::string, std::vector<double>> slow_scores(graph::Graph g, bool taylor) {
  Arrays kernels;  // as inputs, so that they are moved in double precision
  for (const std::string& name : kKernels) {
    const graph::Tensor t = g.initializers.at(name);
    kernels[name] = {t.shape, {t.f32().begin(), t.f32().end()}};
    g.initializers.erase(name);
    g.inputs.push_back({name, graph::Type::kF32, t.shape});
  }
  std::map<std::string, std::vector<double>> scores;
  for (const std::string& name : kKernels) {
    scores[name].resize(channels_of(name));
    for (std::int64_t batch = 0; batch < 2; ++batch) {
      std::vector<double> sums(channels_of(name));
      for (std::size_t i = 0; i < kernels[name].values.size(); ++i) {
        constexpr double kStep = 1e-6;
        const double w = kernels[name].values[i];
        Arrays up = kernels, down = kernels;
        up[name].values[i] += kStep;
        down[name].values[i] -= kStep;
        const double product = w * (loss_of_batch(g, up, batch) - loss_of_batch(g, down, batch)) / (2 * kStep);
        sums[channel_of(name, i)] += taylor ? product : std::abs(product);
      }
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
  std::fill(conv.begin() + 49, conv.begin() + 98, 0.0f);        // makes nothing
  std::fill(product.begin() + 20, product.begin() + 30, 0.0f);  // and nobody uses channel 2 of "wide"
  for (const std::string kind : {"taylor", "first-order"}) {
    const Importance found = importance_of(g, options(kind));
    EXPECT_EQ(found.scores.at("conv.w")[1], 0);
    EXPECT_EQ(found.scores.at("wide.w")[2], 0);
    EXPECT_GT(found.scores.at("conv.w")[0], 0);
    EXPECT_GT(found.scores.at("wide.w")[0] + found.scores.at("wide.w")[1], 0);
  }
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
  few.images = 3;
  EXPECT_NE(fault(net(), few).find("at least one batch"), std::string::npos);
  graph::Graph codes = net();
  codes.initializers["w8"] = graph::tensor_i8({6, 8}, std::vector<std::int8_t>(48));
  codes.initializers["s"] = graph::tensor_f32({}, std::vector<float>{0.1f});
  codes.nodes[7].inputs[1] = "decoded";
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
