// Checks that target maps and decoded boxes are inverses of one another.
#include "cradle/task/centres.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"
#include "cradle/task/detection.h"

namespace cradle::task {
namespace {

constexpr int kSide = 16, kStride = 4, kClasses = 10;

/// What a perfect network would put out for these targets: logits for heatmap and offset, logarithms as they are.
struct Maps {
  std::vector<float> heatmap, box;
};
float logit(float p) { return std::log(std::clamp(p, 1e-4f, 1 - 1e-4f) / (1 - std::clamp(p, 1e-4f, 1 - 1e-4f))); }
Maps perfect(const CentreTargets& t) {
  Maps maps{t.heatmap, t.box};
  for (float& v : maps.heatmap) v = logit(v);
  for (std::size_t i = 0; i < 2 * kSide * kSide; ++i) maps.box[i] = logit(maps.box[i]);
  return maps;
}

TEST(Centres, DecodeIsTheInverseOfEncode) {
  base::Stream stream(1, base::stable_id("test.centres"));
  for (int round = 0; round < 200; ++round) {
    // One box in each quadrant, so that no two share a neighbourhood.
    std::vector<Box> truth;
    for (int q = 0; q < 4; ++q) {
      const auto w = static_cast<float>(6 + 18 * stream.uniform()), h = static_cast<float>(6 + 18 * stream.uniform());
      const auto x = static_cast<float>((q % 2) * 32 + (32 - w) * stream.uniform());
      const auto y = static_cast<float>((q / 2) * 32 + (32 - h) * stream.uniform());
      truth.push_back({x, y, x + w, y + h, static_cast<int>(stream.below(kClasses))});
    }
    const Maps maps = perfect(encode_centres(truth, kClasses, kSide, kStride));
    const auto found = decode_centres(maps.heatmap, maps.box, kClasses, kSide, kStride, 4);
    ASSERT_EQ(found.size(), truth.size());
    for (const Box& t : truth) {
      const auto match = std::find_if(found.begin(), found.end(), [&](const Detection& d) {
        return d.box.label == t.label && iou(d.box, t) > 0.99;
      });
      ASSERT_NE(match, found.end()) << "round " << round << " label " << t.label;
      EXPECT_GT(match->score, 0.99f);
    }
    EXPECT_DOUBLE_EQ(mean_average_precision({found}, {truth}, kClasses, 0.95), 1.0);
  }
}

TEST(Centres, GaussianIsOneAtTheCentreAndFollowsTheBoxsShape) {
  // 24 × 8 pixels around (32, 32): 6 × 2 cells around cell (8, 8); deviations 0.54 and 0.18 cells.
  const CentreTargets t = encode_centres(std::vector<Box>{{20, 28, 44, 36, 3}}, kClasses, kSide, kStride);
  const float* map = t.heatmap.data() + 3 * kSide * kSide;
  EXPECT_FLOAT_EQ(map[8 * kSide + 8], 1.0f);
  EXPECT_NEAR(map[8 * kSide + 9], std::exp(-0.5 / (0.54 * 0.54)), 1e-6);
  EXPECT_NEAR(map[9 * kSide + 8], std::exp(-0.5 / (0.18 * 0.18)), 1e-6);
  EXPECT_FLOAT_EQ(t.centre[8 * kSide + 8], 1.0f);
  EXPECT_FLOAT_EQ(t.box[2 * kSide * kSide + 8 * kSide + 8], std::log(6.0f));
  EXPECT_FLOAT_EQ(t.heatmap[8 * kSide + 8], 0.0f);  // another class sees nothing
}

TEST(Centres, SmallerBoxKeepsACellThatTwoClaim) {
  const std::vector<Box> boxes = {{30, 30, 36, 36, 0}, {20, 20, 46, 46, 1}};
  for (const auto& order : {boxes, std::vector<Box>{boxes[1], boxes[0]}}) {
    const CentreTargets t = encode_centres(order, kClasses, kSide, kStride);
    EXPECT_FLOAT_EQ(t.box[2 * kSide * kSide + 8 * kSide + 8], std::log(6.0f / 4));
  }
}

TEST(Centres, PlateauGivesOneDetection) {
  std::vector<float> heatmap(kSide * kSide, -8.0f), box(4 * kSide * kSide, 0.0f);
  heatmap[5 * kSide + 5] = heatmap[5 * kSide + 6] = heatmap[6 * kSide + 5] = 2.0f;
  const auto found = decode_centres(heatmap, box, 1, kSide, kStride, 20);
  EXPECT_EQ(std::count_if(found.begin(), found.end(), [](const Detection& d) { return d.score > 0.5f; }), 1);
  EXPECT_FLOAT_EQ(found[0].box.x0, 5.5f * 4 - 2);  // offset sigmoid(0) = 1/2; width exp(0) = one stride
}

TEST(Centres, NumbersThatAreNoneAreNoFind) {
  const float nan = std::nanf("");
  std::vector<float> heatmap(kSide * kSide, nan), box(4 * kSide * kSide, 0.0f);
  EXPECT_TRUE(decode_centres(heatmap, box, 1, kSide, kStride, 20).empty());
  heatmap.assign(heatmap.size(), -8.0f);
  heatmap[5 * kSide + 5] = 3.0f;
  box[2 * kSide * kSide + 5 * kSide + 5] = nan;
  for (const Detection& d : decode_centres(heatmap, box, 1, kSide, kStride, 20)) EXPECT_LT(d.score, 0.5f);
}

TEST(Centres, DecodeReturnsTheBestByFallingScoreWithinTheImage) {
  base::Stream stream(2, base::stable_id("test.decode"));
  std::vector<float> heatmap(kClasses * kSide * kSide), box(4 * kSide * kSide);
  for (float& v : heatmap) v = static_cast<float>(4 * stream.normal());
  for (float& v : box) v = static_cast<float>(200 * stream.normal());  // wild outputs stay finite
  const auto found = decode_centres(heatmap, box, kClasses, kSide, kStride, 20);
  ASSERT_EQ(found.size(), 20u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LE(found[i].score, found[i == 0 ? 0 : i - 1].score);
    EXPECT_GE(found[i].box.x0, 0.0f);
    EXPECT_LE(found[i].box.y1, 64.0f);
    EXPECT_TRUE(std::isfinite(found[i].box.x1));
  }
}

}  // namespace
}  // namespace cradle::task
