// Checks the anchors' loss against its formula, its choice of negatives, and its gradient against finite differences.
#include "cradle/learn/anchor_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"

namespace cradle::learn {
namespace {

/// Two levels of 2×2 and 1 cells with two shapes and one; two classes; two images.
struct Example {
  std::vector<std::vector<float>> scores, offsets;
  std::vector<task::AnchorTargets> targets;

  task::AnchorMaps maps() const {
    task::AnchorMaps m;
    m.images = targets.size();
    m.classes = 2;
    m.levels = {{0, 1, scores[0], offsets[0], 2, 4}, {2, 3, scores[1], offsets[1], 1, 1}};
    return m;
  }
  AnchorLoss loss() const { return anchor_loss(maps(), targets); }
};

constexpr std::size_t kAnchors = 9;

Example example(std::vector<std::vector<int>> classes) {
  Example e;
  base::Stream stream(3, base::stable_id("test.anchor_loss"));
  const auto fill = [&](std::size_t count) {
    std::vector<float> all(count);
    for (float& v : all) v = static_cast<float>(2 * stream.normal());
    return all;
  };
  const std::size_t n = classes.size();
  e.scores = {fill(n * 2 * 3 * 4), fill(n * 3)};
  e.offsets = {fill(n * 2 * 4 * 4), fill(n * 4)};
  for (std::vector<int>& c : classes) {
    task::AnchorTargets t{c, std::vector<std::array<float, 4>>(kAnchors)};
    for (std::size_t i = 0; i < kAnchors; ++i)
      if (c[i] > 0)
        for (float& v : t.offsets[i]) v = static_cast<float>(stream.normal());
    e.targets.push_back(t);
  }
  return e;
}

/// −ln p of each anchor's own class in image `n`, and its distance of offsets.
struct Terms {
  std::vector<double> entropy, distance;
};
Terms terms(const Example& e, std::size_t n) {
  Terms all;
  for (std::size_t anchor = 0; anchor < kAnchors; ++anchor) {
    const std::size_t level = anchor / 8, cells = level == 0 ? 4 : 1, shapes = level == 0 ? 2 : 1;
    const std::size_t shape = level == 0 ? anchor / 4 : 0, cell = level == 0 ? anchor % 4 : 0;
    double sum = 0, own = 0, distance = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const double x = e.scores[level][((n * shapes + shape) * 3 + c) * cells + cell];
      sum += std::exp(x);
      if (static_cast<int>(c) == e.targets[n].classes[anchor]) own = x;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const double d = std::abs(double{e.offsets[level][((n * shapes + shape) * 4 + i) * cells + cell]} -
                                double{e.targets[n].offsets[anchor][i]});
      distance += d < 1 ? d * d / 2 : d - 0.5;
    }
    all.entropy.push_back(std::log(sum) - own);
    all.distance.push_back(distance);
  }
  return all;
}

TEST(AnchorLoss, IsThePapersOverPositivesAndTheHardestNegatives) {
  const Example e = example({{0, 1, 0, 0, 0, 0, 2, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 1}});
  double classes = 0, boxes = 0;
  for (std::size_t n = 0; n < 2; ++n) {
    const Terms t = terms(e, n);
    std::vector<double> negatives;
    std::size_t positives = 0;
    for (std::size_t i = 0; i < kAnchors; ++i) {
      if (e.targets[n].classes[i] == 0) {
        negatives.push_back(t.entropy[i]);
        continue;
      }
      ++positives;
      classes += t.entropy[i];
      boxes += t.distance[i];
    }
    std::sort(negatives.rbegin(), negatives.rend());
    for (std::size_t i = 0; i < std::min(3 * positives, negatives.size()); ++i) classes += negatives[i];
  }
  EXPECT_NEAR(e.loss().classes, classes / 3, 1e-6);
  EXPECT_NEAR(e.loss().boxes, boxes / 3, 1e-6);
  EXPECT_NEAR(e.loss().total(), (classes + boxes) / 3, 1e-6);
}

/// Anchors of image `n` whose scores the gradient moves.
std::size_t moved(const Example& e, std::size_t n) {
  const AnchorLoss loss = e.loss();
  std::size_t count = 0;
  for (std::size_t anchor = 0; anchor < kAnchors; ++anchor) {
    const std::size_t level = anchor / 8, cells = level == 0 ? 4 : 1, shapes = level == 0 ? 2 : 1;
    const std::size_t shape = level == 0 ? anchor / 4 : 0, cell = level == 0 ? anchor % 4 : 0;
    count += loss.score_gradients[level][(n * shapes + shape) * 3 * cells + cell] != 0;
  }
  return count;
}

TEST(AnchorLoss, LooksAtThreeNegativesForEachPositive) {
  const Example e = example({{0, 1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 0, 0, 0, 0, 0}});
  EXPECT_EQ(moved(e, 0), 4u);
  EXPECT_EQ(moved(e, 1), 3u) << "of an image without boxes as for one";
  EXPECT_EQ(moved(e, 2), 9u) << "no more than there are";
}

TEST(AnchorLoss, WithoutAnyBoxIsFinite) {
  const Example e = example({{0, 0, 0, 0, 0, 0, 0, 0, 0}});
  EXPECT_TRUE(std::isfinite(e.loss().total()));
  EXPECT_GT(e.loss().classes, 0);
  EXPECT_EQ(e.loss().boxes, 0);
}

TEST(AnchorLoss, HasTheGradientOfFiniteDifferences) {
  const Example e = example({{0, 1, 0, 0, 0, 0, 2, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 1}});
  const AnchorLoss loss = e.loss();
  constexpr float kStep = 1e-2f;
  const auto check = [&](auto member, const std::vector<std::vector<float>>& gradients) {
    for (std::size_t level = 0; level < 2; ++level)
      for (std::size_t i = 0; i < gradients[level].size(); ++i) {
        Example up = e, down = e;
        (up.*member)[level][i] += kStep;
        (down.*member)[level][i] -= kStep;
        const double slope = (up.loss().total() - down.loss().total()) / (2 * double{kStep});
        EXPECT_NEAR(gradients[level][i], slope, 2e-4) << level << " " << i;
      }
  };
  check(&Example::scores, loss.score_gradients);
  check(&Example::offsets, loss.offset_gradients);
}

TEST(AnchorLoss, DoesNotOverflow) {
  Example e = example({{0, 1, 0, 0, 0, 0, 2, 0, 0}});
  for (auto* maps : {&e.scores, &e.offsets})
    for (auto& map : *maps)
      for (float& v : map) v *= 1e6f;
  const AnchorLoss loss = e.loss();
  EXPECT_TRUE(std::isfinite(loss.total()));
  for (const float g : loss.score_gradients[0]) EXPECT_TRUE(std::isfinite(g));
}

}  // namespace
}  // namespace cradle::learn
