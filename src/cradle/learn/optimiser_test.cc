// Checks the optimisers' steps against their published recursions, written out by hand.
#include "cradle/learn/optimiser.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "cradle/base/error.h"

namespace cradle::learn {
namespace {

/// Two weights that decay and one bias that does not.
std::vector<Parameter> parameters() {
  return {{"w", at::tensor({0.5, -2.0}, at::kDouble).set_requires_grad(true), true},
          {"b", at::tensor({1.0}, at::kDouble).set_requires_grad(true), false}};
}

void give_gradients(const std::vector<Parameter>& all, const std::array<double, 3>& g) {
  all[0].value.mutable_grad() = at::tensor({g[0], g[1]}, at::kDouble);
  all[1].value.mutable_grad() = at::tensor({g[2]}, at::kDouble);
}

std::array<double, 3> values(const std::vector<Parameter>& all) {
  return {all[0].value[0].item<double>(), all[0].value[1].item<double>(), all[1].value[0].item<double>()};
}

constexpr std::array<std::array<double, 3>, 3> kGradients = {{{0.3, -0.2, 1.0}, {-0.1, 0.4, 0.5}, {0.2, 0.2, -2.0}}};
constexpr double kRate = 0.1, kDecay = 0.01;

TEST(Optimiser, SgdIsNesterovsMomentumWithDecayOfWeightsOnly) {
  const std::vector<Parameter> all = parameters();
  Optimiser sgd("sgd", all, kDecay);
  std::array<double, 3> x = values(all), v{};
  for (const auto& g : kGradients) {
    give_gradients(all, g);
    sgd.step(kRate);
    for (std::size_t i = 0; i < 3; ++i) {
      const double full = g[i] + (i < 2 ? kDecay * x[i] : 0);
      v[i] = 0.9 * v[i] + full;
      x[i] -= kRate * (full + 0.9 * v[i]);
      EXPECT_NEAR(values(all)[i], x[i], 1e-12);
    }
  }
  EXPECT_FALSE(all[0].value.grad().defined());  // cleared for the next step
}

TEST(Optimiser, AdamwDecaysApartFromTheGradient) {
  const std::vector<Parameter> all = parameters();
  Optimiser adamw("adamw", all, kDecay);
  std::array<double, 3> x = values(all), m{}, s{};
  for (std::size_t t = 0; t < kGradients.size(); ++t) {
    give_gradients(all, kGradients[t]);
    adamw.step(kRate);
    for (std::size_t i = 0; i < 3; ++i) {
      const double g = kGradients[t][i], n = static_cast<double>(t) + 1;
      m[i] = 0.9 * m[i] + 0.1 * g;
      s[i] = 0.999 * s[i] + 0.001 * g * g;
      const double step = m[i] / (1 - std::pow(0.9, n)) / (std::sqrt(s[i] / (1 - std::pow(0.999, n))) + 1e-8);
      x[i] -= kRate * (step + (i < 2 ? kDecay * x[i] : 0));
      EXPECT_NEAR(values(all)[i], x[i], 1e-12);
    }
  }
}

TEST(Optimiser, ShortensGradientsThatAreTogetherTooLong) {
  const std::vector<Parameter> all = parameters();
  Optimiser sgd("sgd", all, 0);
  const std::array<double, 3> before = values(all), long_one = {30, 0, 40};  // length 50, ten times kLongestGradient
  give_gradients(all, long_one);
  EXPECT_NEAR(sgd.step(kRate), 50, 1e-12);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(values(all)[i], before[i] - kRate * 1.9 * long_one[i] * kLongestGradient / 50, 1e-12);
}

TEST(Optimiser, PassesOverWeightsWithoutGradient) {
  const std::vector<Parameter> all = parameters();
  Optimiser sgd("sgd", all, kDecay);
  sgd.step(kRate);
  EXPECT_EQ(values(all), (std::array<double, 3>{0.5, -2.0, 1.0}));
}

TEST(Optimiser, HasTwoNames) {
  const std::vector<Parameter> all = parameters();
  EXPECT_THROW(Optimiser("adam", all, 0), base::Error);
}

}  // namespace
}  // namespace cradle::learn
