#include "cradle/deploy/executor.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

const Description kModel{
    "none", "0", "m.onnx", {{"scene", {-1, 1, 2, 2}}, {"mask", {3}}}, {{"heatmap", {}}, {"box", {}}}, {}};

std::string fault_of(std::span<const TensorView> inputs) {
  try {
    check_inputs(kModel, inputs);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

const std::vector<std::int64_t> kSceneShape = {2, 1, 2, 2}, kMaskShape = {3};
const std::vector<float> kNumbers(8);
const TensorView kScene{"scene", kSceneShape, kNumbers};
const TensorView kMask{"mask", kMaskShape, std::span(kNumbers).first(3)};

TEST(Executor, AcceptsInputsInAnyOrder) {
  EXPECT_EQ(fault_of(std::vector{kScene, kMask}), "");
  EXPECT_EQ(fault_of(std::vector{kMask, kScene}), "");
}

TEST(Executor, NamesAnUnknownInputAndTheNearest) {
  TensorView wrong = kScene;
  wrong.name = "scenes";
  EXPECT_EQ(fault_of(std::vector{wrong, kMask}),
            "m.onnx: the model has no input 'scenes'; it has scene, mask; did you mean 'scene'?");
}

TEST(Executor, NamesAMissingInputAndOneGivenTwice) {
  EXPECT_NE(fault_of(std::vector{kScene}).find("input 'mask' is missing"), std::string::npos);
  EXPECT_NE(fault_of(std::vector{kScene, kMask, kMask}).find("'mask' is given more than once"), std::string::npos);
}

TEST(Executor, NamesAShapeThatDoesNotFit) {
  const std::vector<std::int64_t> shape = {2, 1, 2, 3};
  EXPECT_EQ(fault_of(std::vector{TensorView{"scene", shape, kNumbers}, kMask}),
            "m.onnx: input 'scene' takes [N × 1 × 2 × 2], not [2 × 1 × 2 × 3]");
}

TEST(Executor, NamesTooFewValues) {
  EXPECT_EQ(fault_of(std::vector{TensorView{"scene", kSceneShape, std::span(kNumbers).first(7)}, kMask}),
            "m.onnx: input 'scene' has 7 values; its shape [2 × 1 × 2 × 2] asks for 8");
}

TEST(Executor, FindsPortsByName) {
  EXPECT_EQ(port_named(kModel, "box", "output"), 1u);
  EXPECT_THROW(port_named(kModel, "box", "input"), base::Error);
}

}  // namespace
}  // namespace cradle::deploy
