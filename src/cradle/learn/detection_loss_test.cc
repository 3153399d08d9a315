// Checks the detection loss against its formula and its gradient against finite differences.
#include "cradle/learn/detection_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"

namespace cradle::learn {
namespace {

constexpr int kClasses = 2, kSide = 4, kStride = 16;
constexpr std::size_t kCells = kSide * kSide;

struct Example {
  std::vector<float> heatmap, box;
  std::vector<task::CentreTargets> targets;
};

Example example() {
  Example e;
  e.targets = {
      task::encode_centres(std::vector<task::Box>{{3, 5, 40, 30, 0}, {30, 30, 60, 64, 1}}, kClasses, kSide, kStride),
      task::encode_centres(std::vector<task::Box>{{10, 10, 20, 30, 1}}, kClasses, kSide, kStride)};
  base::Stream stream(5, base::stable_id("test.loss"));
  e.heatmap.resize(2 * kClasses * kCells);
  e.box.resize(2 * 4 * kCells);
  for (float& v : e.heatmap) v = static_cast<float>(2 * stream.normal());
  for (float& v : e.box) v = static_cast<float>(stream.normal());
  return e;
}

double total(const Example& e) { return detection_loss(e.heatmap, e.box, e.targets).total(); }

TEST(DetectionLoss, IsThePublishedFormula) {
  const Example e = example();
  double focal = 0, distance = 0;
  for (std::size_t n = 0; n < 2; ++n) {
    const task::CentreTargets& t = e.targets[n];
    for (std::size_t i = 0; i < kClasses * kCells; ++i) {
      const double p = 1 / (1 + std::exp(-double{e.heatmap[n * kClasses * kCells + i]})), y = t.heatmap[i];
      focal -= y == 1 ? std::pow(1 - p, 2) * std::log(p) : std::pow(1 - y, 4) * p * p * std::log(1 - p);
    }
    for (std::size_t i = 0; i < 4 * kCells; ++i) {
      const double x = e.box[n * 4 * kCells + i], value = i < 2 * kCells ? 1 / (1 + std::exp(-x)) : x;
      if (t.centre[i % kCells] == 1) distance += std::abs(value - t.box[i]);
    }
  }
  const DetectionLoss loss = detection_loss(e.heatmap, e.box, e.targets);
  EXPECT_NEAR(loss.heatmap, focal / 3, 1e-9);  // three objects
  EXPECT_NEAR(loss.box, distance / 3, 1e-9);
}

TEST(DetectionLoss, HasTheGradientOfFiniteDifferences) {
  const Example e = example();
  const DetectionLoss loss = detection_loss(e.heatmap, e.box, e.targets);
  const auto slope = [&](auto member, std::size_t i) {
    Example up = e, down = e;
    (up.*member)[i] += 0.01f;
    (down.*member)[i] -= 0.01f;
    return (total(up) - total(down)) / (double{(up.*member)[i]} - double{(down.*member)[i]});
  };
  for (std::size_t i = 0; i < e.heatmap.size(); ++i)
    EXPECT_NEAR(loss.heatmap_gradient[i], slope(&Example::heatmap, i), 2e-4) << "heatmap " << i;
  for (std::size_t i = 0; i < e.box.size(); ++i)
    EXPECT_NEAR(loss.box_gradient[i], slope(&Example::box, i), 2e-4) << "box " << i;
}

TEST(DetectionLoss, StaysFiniteForWildLogits) {
  Example e = example();
  for (std::size_t i = 0; i < e.heatmap.size(); ++i) e.heatmap[i] = i % 2 == 0 ? 500.0f : -500.0f;
  for (float& v : e.box) v = 500;
  const DetectionLoss loss = detection_loss(e.heatmap, e.box, e.targets);
  EXPECT_TRUE(std::isfinite(loss.total()));
  for (const float g : loss.heatmap_gradient) EXPECT_TRUE(std::isfinite(g));
}

TEST(DetectionLoss, IsNearZeroForWhatTheTargetsSay) {
  Example e = example();
  e.box.assign(e.box.size(), 0);
  for (std::size_t n = 0; n < 2; ++n) {
    const task::CentreTargets& t = e.targets[n];
    for (std::size_t i = 0; i < kClasses * kCells; ++i)
      e.heatmap[n * kClasses * kCells + i] = t.heatmap[i] == 1 ? 12.0f : -12.0f;
    for (std::size_t i = 0; i < 4 * kCells; ++i) {
      const double y = t.box[i];
      e.box[n * 4 * kCells + i] = static_cast<float>(
          i < 2 * kCells ? std::log(std::clamp(y, 1e-6, 1 - 1e-6) / (1 - std::clamp(y, 1e-6, 1 - 1e-6))) : y);
    }
  }
  EXPECT_LT(total(e), 1e-4);
}

TEST(DetectionLoss, OfAnEmptySceneIsFinite) {
  const auto nothing = task::encode_centres({}, kClasses, kSide, kStride);
  const std::vector<float> heatmap(kClasses * kCells, -2), box(4 * kCells, 1);
  const DetectionLoss loss = detection_loss(heatmap, box, std::vector{nothing});
  EXPECT_GT(loss.heatmap, 0);
  EXPECT_EQ(loss.box, 0);
}

}  // namespace
}  // namespace cradle::learn
