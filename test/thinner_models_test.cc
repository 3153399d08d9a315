// Factorised models and models in sixteen bits, in both engines and before ONNX's own checker.
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include "cradle/compress/factorise.h"
#include "cradle/compress/storage.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::deploy {
namespace {

using testing::difference;
using testing::Difference;
using testing::Feed;
using testing::feed_for;

constexpr double kNarrow = 0.25;  // width: quick

graph::Graph built_in(const std::string& name) { return graph::build_architecture(name, kNarrow, 10, 1); }

/// The outputs of a graph in an engine.
class Outcome {
 public:
  Outcome(std::unique_ptr<Executor> executor, std::int64_t batch = 1) : executor_(std::move(executor)) {
    const Feed feed = feed_for(executor_->describe(), batch);
    const TensorView input = feed.view();
    outputs_ = executor_->run({&input, 1});
  }
  std::span<const TensorView> outputs() const { return outputs_; }

 private:
  std::unique_ptr<Executor> executor_;
  std::span<const TensorView> outputs_;
};

Outcome in_onnxruntime(const graph::Graph& g) {
  return Outcome(open_onnxruntime(testing::write_graph("thinner.onnx", g)));
}
Outcome in_onednn(const graph::Graph& g) { return Outcome(open_onednn(testing::write_graph("thinner.onnx", g))); }

/// ONNX's own opinion: the rules of the format, and types and shapes of every node.
void expect_sound(const graph::Graph& g, const std::string& what) {
  ::onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(onnx::serialise_onnx(g)));
  EXPECT_NO_THROW(::onnx::checker::check_model(model)) << what;
  const ::onnx::ShapeInferenceOptions strict(true, 1, false);
  EXPECT_NO_THROW(::onnx::shape_inference::InferShapes(model, ::onnx::OpSchemaRegistry::Instance(), strict)) << what;
}

TEST(Factorised, ModelsRunAlikeInBothEngines) {
  compress::FactoriseOptions options;
  options.ranks.choice = compress::RankChoice::kBudget;
  options.ranks.amount = 1.5;
  options.ranks.unit = compress::CostUnit::kMacs;
  for (const char* name : {"lenet5", "resnet-small", "mobilenet-small", "centernet-dense", "unet-dense"})
    for (const auto method : {compress::FactoriseMethod::kSpatial, compress::FactoriseMethod::kChannel,
                              compress::FactoriseMethod::kTucker}) {
      options.method = method;
      const graph::Graph thin = compress::factorise(built_in(name), options).graph;
      expect_sound(thin, name);
      const Difference d = difference(in_onnxruntime(thin).outputs(), in_onednn(thin).outputs());
      EXPECT_LE(d.greatest, 5e-6 * d.of) << name << " " << compress::name_of(method);
      EXPECT_GT(d.of, 0) << name;
    }
}

TEST(Stored, ModelsDifferByTheRoundingOfTheirWeights) {
  for (const graph::Architecture& architecture : graph::architectures()) {
    const graph::Graph g = built_in(architecture.name);
    const Outcome exact = in_onnxruntime(g);
    for (const graph::Type type : {graph::Type::kF16, graph::Type::kBf16}) {
      const graph::Graph stored = compress::store_as(g, type).graph;
      expect_sound(stored, architecture.name);
      // Weights with errors of at most 2⁻¹¹ or 2⁻⁸, which the layers add up: 50 dB and 30 dB below the signal in every
      // net (measured 54 and 37 at least).
      const double least = type == graph::Type::kF16 ? 1e5 : 1e3;
      const Difference d = difference(exact.outputs(), in_onnxruntime(stored).outputs());
      EXPECT_GT(d.signal, least * d.noise) << architecture.name << " " << graph::name_of(type);
      EXPECT_GT(d.noise, 0) << architecture.name;
      const Difference engines = difference(in_onnxruntime(stored).outputs(), in_onednn(stored).outputs());
      EXPECT_LE(engines.greatest, 5e-6 * engines.of) << architecture.name << " " << graph::name_of(type);
    }
  }
}

TEST(ComputedInHalves, ModelsDifferByTheRoundingOfEachStep) {
  for (const graph::Architecture& architecture : graph::architectures()) {
    const graph::Graph g = built_in(architecture.name), half = compress::compute_in_float16(g).graph;
    expect_sound(half, architecture.name);
    const Difference d = difference(in_onnxruntime(g).outputs(), in_onnxruntime(half).outputs());
    EXPECT_GT(d.signal, 1e5 * d.noise) << architecture.name;  // 50 dB; eleven bits in each of some twenty steps
    EXPECT_GT(d.noise, 0) << architecture.name;
  }
}

}  // namespace
}  // namespace cradle::deploy
