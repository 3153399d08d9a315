// Checks the losses against their formulas and their gradients against finite differences.
#include "cradle/learn/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cradle/base/fault_test.h"
#include "cradle/base/random.h"

namespace cradle::learn {
namespace {

std::vector<float> noise(std::size_t n) {
  base::Stream stream(7, base::stable_id("test.losses"));
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(2 * stream.normal());
  return values;
}

/// Two images of three classes in two places each.
task::Logits logits_of(const std::vector<float>& values) { return {2, 3, 2, values}; }

TEST(CrossEntropy, IsMinusTheLogarithmOfTheSoftmaxOverJudgedPlaces) {
  const std::vector<float> values = noise(12);
  const std::vector<std::uint8_t> truth = {2, 0, task::kUnjudged, 1};
  double expected = 0;
  for (const auto& [image, place, label] : {std::tuple{0, 0, 2}, {0, 1, 0}, {1, 1, 1}}) {
    const auto at = [&](int c) { return double{values[static_cast<std::size_t>(image * 6 + c * 2 + place)]}; };
    expected -= std::log(std::exp(at(label)) / (std::exp(at(0)) + std::exp(at(1)) + std::exp(at(2))));
  }
  EXPECT_NEAR(cross_entropy(logits_of(values), truth).value, expected / 3, 1e-9);
}

TEST(CrossEntropy, GradientIsTheSlope) {
  std::vector<float> values = noise(12);
  const std::vector<std::uint8_t> truth = {2, 0, task::kUnjudged, 1};
  const Loss loss = cross_entropy(logits_of(values), truth);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float before = values[i];
    values[i] = before + 1e-2f;
    const double more = cross_entropy(logits_of(values), truth).value;
    values[i] = before - 1e-2f;
    const double less = cross_entropy(logits_of(values), truth).value;
    values[i] = before;
    EXPECT_NEAR(loss.gradients[0][i], (more - less) / 2e-2, 1e-4) << i;
  }
}

TEST(CrossEntropy, StaysFiniteAtLargeLogits) {
  const std::vector<float> values = {1000, -1000, 0, 0, -1000, 1000, 1000, 0, 0, 0, 0, 0};
  const Loss loss = cross_entropy(logits_of(values), std::vector<std::uint8_t>{1, 2, 0, 0});
  EXPECT_TRUE(std::isfinite(loss.value));
  for (const float g : loss.gradients[0]) EXPECT_TRUE(std::isfinite(g));
}

TEST(CrossEntropy, OfNothingJudgedIsZero) {
  const std::vector<float> values = noise(12);
  const std::vector<std::uint8_t> none(4, task::kUnjudged);
  EXPECT_EQ(cross_entropy(logits_of(values), none).value, 0);
}

TEST(Loss, TakesTheTruthOfItsTask) {
  const task::DataInfo classes = {"classification", "made up", {"a", "b"}, {1, 1, 1}, {}};
  const task::DataInfo masks = {"segmentation", "made up", {"a", "b"}, {1, 1, 2}, {}};
  const std::vector<float> values = {0, std::log(3.0f), 0, 0};
  const std::vector<std::int64_t> flat = {1, 2}, map = {1, 2, 1, 2};
  const task::TensorView one{"y", flat, std::span(values).first(2)}, two{"y", map, values};
  const task::Sample labelled{{}, 1, {}, {}}, masked{{}, -1, {}, {0, 1}};
  EXPECT_NEAR(loss_of(classes, {}, {&one, 1}, {&labelled, 1}).value, -std::log(0.75), 1e-6);
  // The first place has logits 0 and 0, the second ln 3 and 0.
  EXPECT_NEAR(loss_of(masks, {}, {&two, 1}, {&masked, 1}).value, (std::log(2) + std::log(4)) / 2, 1e-6);
}

TEST(BinaryCrossEntropy, IsThatOfTwoClassesAndItsGradientTheSlope) {
  std::vector<float> values = {0.2f, 0.9f, 0.5f, 0.7f};
  const std::vector<std::uint8_t> truth = {0, 1, task::kUnjudged, 0};
  const auto loss_now = [&] { return binary_cross_entropy({1, 1, 4, values}, truth); };
  const Loss loss = loss_now();
  EXPECT_NEAR(loss.value, -(std::log(0.8) + std::log(0.9) + std::log(0.3)) / 3, 1e-6);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float before = values[i];
    values[i] = before + 1e-3f;
    const double more = loss_now().value;
    values[i] = before - 1e-3f;
    const double less = loss_now().value;
    values[i] = before;
    EXPECT_NEAR(loss.gradients[0][i], (more - less) / 2e-3, 1e-3) << i;
  }
}

TEST(BinaryCrossEntropy, IsNotTakenOfLogits) {
  const task::DataInfo masks = {"segmentation", "made up", {"a", "b"}, {1, 1, 2}, {}};
  const std::vector<std::int64_t> map = {1, 1, 1, 2};
  std::vector<float> values = {0.5f, -2};
  const task::Sample truth{{}, -1, {}, {0, 1}};
  const auto loss = [&] {
    const task::TensorView one{"y", map, values};
    return loss_of(masks, {}, {&one, 1}, {&truth, 1}).value;
  };
  EXPECT_NE(base::fault_of(loss).find("'y': its one channel must be a probability"), std::string::npos);
  values[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(loss())) << "a training that got lost says so itself";
}

TEST(BinaryCrossEntropy, StaysFiniteWhereASigmoidIsFull) {
  const std::vector<float> values = {0.0f, 1.0f};
  const Loss loss = binary_cross_entropy({1, 1, 2, values}, std::vector<std::uint8_t>{1, 0});
  EXPECT_TRUE(std::isfinite(loss.value));
  for (const float g : loss.gradients[0]) EXPECT_TRUE(std::isfinite(g));
}

}  // namespace
}  // namespace cradle::learn
