// Checks anchors against cases computed by hand: scheme, offsets, matching, suppression, and whole maps.
#include "cradle/task/anchors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/task/judge.h"

namespace cradle::task {
namespace {

constexpr const char* kText = R"({"centre_scale":0.1,"size_scale":0.2,"levels":[)"
                              R"({"scores":"s8","offsets":"o8","stride":8,"shapes":[[12,12],[10,22]]},)"
                              R"({"scores":"s16","offsets":"o16","stride":16,"shapes":[[26,26]]}]})";

AnchorScheme scheme() { return anchors_in({{kAnchorsKey, kText}}); }
const ImageShape kImage{1, 64, 64};
DataInfo info_of(int classes) {
  return {"detection", "made up", std::vector<std::string>(static_cast<std::size_t>(classes), "c"), kImage, {}};
}

std::string fault_of(const std::string& text) {
  try {
    anchors_in({{kAnchorsKey, text}});
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Anchors, StandInTheMetadata) {
  EXPECT_TRUE(anchors_in({{"cradle.task", "detection"}}).levels.empty());
  const AnchorScheme s = scheme();
  ASSERT_EQ(s.levels.size(), 2u);
  EXPECT_EQ(s.centre_scale, 0.1f);
  EXPECT_EQ(s.size_scale, 0.2f);
  EXPECT_EQ(s.levels[0].scores, "s8");
  EXPECT_EQ(s.levels[1].offsets, "o16");
  EXPECT_EQ(s.levels[1].stride, 16);
  EXPECT_EQ(s.levels[0].shapes[1], (std::array<float, 2>{10, 22}));
}

TEST(Anchors, AWrongSchemeIsRefusedWithItsReason) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = kText;
    return fault_of(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_NE(fault_of("x").find("metadata 'cradle.anchors'"), std::string::npos);
  EXPECT_NE(fault_of("{}").find("'centre_scale'"), std::string::npos);
  EXPECT_NE(with("0.1", "0").find("centre_scale: expected a number above 0, found 0"), std::string::npos);
  EXPECT_NE(with("0.2", "\"a\"").find("size_scale"), std::string::npos);
  EXPECT_NE(with("\"stride\":8", "\"stride\":0").find("'stride'"), std::string::npos);
  EXPECT_NE(with("\"stride\":8", "\"stride\":2.5").find("'stride'"), std::string::npos);
  EXPECT_NE(with("[[26,26]]", "[]").find("'shapes': expected a list"), std::string::npos);
  EXPECT_NE(with("[[26,26]]", "[[26]]").find("pairs of width and height"), std::string::npos);
  EXPECT_NE(with("[[26,26]]", "[[26,-1]]").find("height: expected a number above 0"), std::string::npos);
  EXPECT_NE(with("\"s16\"", "3").find("'scores'"), std::string::npos);
}

TEST(Anchors, StandAroundTheCentresOfTheirCells) {
  const std::vector<Box> all = anchors_of(scheme(), kImage);
  ASSERT_EQ(all.size(), 2u * 64 + 16);
  const auto is = [&](std::size_t i, float x0, float y0, float x1, float y1) {
    EXPECT_EQ((std::array{all[i].x0, all[i].y0, all[i].x1, all[i].y1}), (std::array{x0, y0, x1, y1})) << i;
  };
  is(0, -2, -2, 10, 10);                  // the first cell's centre is 4, 4
  is(1, 6, -2, 18, 10);                   // columns first
  is(8, -2, 6, 10, 18);                   // then rows
  is(64, -1, -7, 9, 15);                  // then shapes
  is(128 + 5, 24 - 13, 11, 24 + 13, 37);  // then levels: row 1, column 1
}

TEST(Anchors, OffsetsAreThoseOfThePaper) {
  const Box anchor{10, 10, 20, 30, 0}, box{12, 14, 22, 24, 3};
  // Centres 15, 20 and 17, 19: (2/10)/0.1, (−1/20)/0.1; extents 10 × 20 and 10 × 10: 0, ln(1/2)/0.2.
  const std::array<float, 4> offsets = encode_anchor(box, anchor, scheme());
  EXPECT_FLOAT_EQ(offsets[0], 2);
  EXPECT_FLOAT_EQ(offsets[1], -0.5f);
  EXPECT_FLOAT_EQ(offsets[2], 0);
  EXPECT_NEAR(offsets[3], -3.4657f, 1e-4);
  const Box back = decode_anchor(offsets, anchor, scheme());
  EXPECT_NEAR(back.x0, 12, 1e-4);
  EXPECT_NEAR(back.y0, 14, 1e-4);
  EXPECT_NEAR(back.x1, 22, 1e-4);
  EXPECT_NEAR(back.y1, 24, 1e-4);
  const Box wild = decode_anchor(std::array<float, 4>{0, 0, 1e30f, 1e30f}, anchor, scheme());
  EXPECT_NEAR(wild.x1 - wild.x0, 160, 0.01) << "sixteen times the anchor at most";
}

TEST(Matching, TakesHalfOverlapAndForEachBoxItsBestAnchor) {
  const std::vector<Box> anchors = {{0, 0, 10, 10, 0}, {2, 0, 12, 10, 0}, {40, 40, 50, 50, 0}, {0, 30, 10, 40, 0}};
  // The first box is the first anchor; the second anchor overlaps it by 80/120. The second box is small and far.
  const std::vector<Box> boxes = {{0, 0, 10, 10, 4}, {42, 42, 46, 46, 7}};
  const AnchorTargets t = match_anchors(boxes, anchors, scheme());
  EXPECT_EQ(t.classes, (std::vector<int>{5, 5, 8, 0}));
  EXPECT_EQ(t.offsets[0], (std::array<float, 4>{0, 0, 0, 0}));
  EXPECT_FLOAT_EQ(t.offsets[1][0], -2) << "two of ten pixels to the left, over 0.1";
  EXPECT_EQ(t.offsets[3], (std::array<float, 4>{0, 0, 0, 0}));
}

TEST(Matching, AnAnchorMeansTheBoxItOverlapsMostAndNoBoxIsWithoutOne) {
  const std::vector<Box> anchors = {{0, 0, 10, 10, 0}, {30, 0, 40, 10, 0}};
  EXPECT_EQ(match_anchors(std::vector<Box>{{0, 0, 10, 8, 1}, {0, 0, 10, 9, 2}}, anchors, scheme()).classes,
            (std::vector<int>{2, 3}))
      << "both want the first; the one that comes first has it, the other what is left";
  EXPECT_EQ(match_anchors(std::vector<Box>{{0, 0, 10, 7, 1}, {30, 0, 40, 8, 2}}, anchors, scheme()).classes,
            (std::vector<int>{2, 3}));
  EXPECT_EQ(match_anchors({}, anchors, scheme()).classes, (std::vector<int>{0, 0}));
  EXPECT_EQ(match_anchors(std::vector<Box>(3, {0, 0, 10, 10, 1}), anchors, scheme()).classes, (std::vector<int>{2, 2}))
      << "more boxes than anchors";
}

TEST(Suppression, DropsTheWeakerOfTwoOfAClassThatOverlap) {
  const auto at = [](float x, int label, float score) { return Detection{{x, 0, x + 10, 10, label}, score}; };
  // Shifted by 2, 4, 8 of 10: overlaps 80/120, 60/140 and 20/180.
  const std::vector<Detection> found = {at(4, 0, 0.5f), at(0, 0, 0.9f), at(2, 0, 0.8f), at(2, 1, 0.7f), at(8, 0, 0.6f)};
  const auto scores = [&](double overlap, int most) {
    std::vector<float> all;
    for (const Detection& d : suppress(found, overlap, most)) all.push_back(d.score);
    return all;
  };
  EXPECT_EQ(scores(0.45, 20), (std::vector<float>{0.9f, 0.7f, 0.6f, 0.5f})) << "0.8 goes; another class stays";
  EXPECT_EQ(scores(0.1, 20), (std::vector<float>{0.9f, 0.7f}));
  EXPECT_EQ(scores(1.0, 20).size(), 5u);
  EXPECT_EQ(scores(0.45, 2), (std::vector<float>{0.9f, 0.7f}));
}

/// A model's outputs for images of 64×64 that own their numbers.
struct Maps {
  std::vector<std::vector<std::int64_t>> shapes;
  std::vector<std::vector<float>> numbers;

  explicit Maps(std::int64_t images, int classes) {
    for (const auto& [side, count] : {std::pair<std::int64_t, std::int64_t>{8, 2}, {4, 1}})
      for (const std::int64_t of : {std::int64_t{classes} + 1, std::int64_t{4}}) {
        shapes.push_back({images, count * of, side, side});
        numbers.emplace_back(static_cast<std::size_t>(images * count * of * side * side));
      }
  }
  std::vector<TensorView> views() const {
    const char* names[] = {"s8", "o8", "s16", "o16"};
    std::vector<TensorView> all;
    for (std::size_t i = 0; i < 4; ++i) all.push_back({names[i], shapes[i], numbers[i]});
    return all;
  }
  /// What a perfect network would put out for one image.
  void say(std::size_t image, const AnchorTargets& t, int classes) {
    std::size_t anchor = 0;
    const std::size_t of = static_cast<std::size_t>(classes) + 1;
    for (std::size_t level = 0; level < 2; ++level) {
      const std::size_t cells = level == 0 ? 64 : 16, count = level == 0 ? 2 : 1;
      for (std::size_t s = 0; s < count; ++s)
        for (std::size_t cell = 0; cell < cells; ++cell, ++anchor) {
          const auto truth = static_cast<std::size_t>(t.classes[anchor]);
          numbers[2 * level][((image * count + s) * of + truth) * cells + cell] = 12;
          for (std::size_t i = 0; i < 4; ++i)
            numbers[2 * level + 1][((image * count + s) * 4 + i) * cells + cell] = t.offsets[anchor][i];
        }
    }
  }
};

TEST(AnchorMaps, DecodeIsTheInverseOfMatching) {
  constexpr int kClasses = 5;
  const std::vector<Box> anchors = anchors_of(scheme(), kImage);
  base::Stream stream(1, base::stable_id("test.anchors"));
  Maps maps(2, kClasses);
  std::vector<std::vector<Box>> truth(2);
  for (std::size_t image = 0; image < 2; ++image) {
    for (int q = 0; q < 4; ++q) {
      const auto w = static_cast<float>(9 + 18 * stream.uniform()), h = static_cast<float>(9 + 18 * stream.uniform());
      const auto x = static_cast<float>((q % 2) * 32 + (32 - w) * stream.uniform());
      const auto y = static_cast<float>((q / 2) * 32 + (32 - h) * stream.uniform());
      truth[image].push_back({x, y, x + w, y + h, static_cast<int>(stream.below(kClasses))});
    }
    maps.say(image, match_anchors(truth[image], anchors, scheme()), kClasses);
  }
  const std::vector<TensorView> views = maps.views();
  const AnchorMaps read = anchor_maps(views, info_of(kClasses), scheme());
  for (std::size_t image = 0; image < 2; ++image) {
    const auto found = decode_anchors(read, image, anchors, scheme(), kImage);
    ASSERT_EQ(found.size(), 4u);
    for (const Box& t : truth[image])
      EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Detection& d) {
        return d.box.label == t.label && d.score > 0.99f && iou(d.box, t) > 0.999;
      }));
  }
  const auto judge = judge_for(info_of(kClasses), scheme());
  judge->see(views, std::vector<Sample>{{{}, -1, truth[0], {}}, {{}, -1, truth[1], {}}});
  EXPECT_DOUBLE_EQ(judge->headline(), 1);
  EXPECT_EQ(judge->images(), 2);
}

TEST(AnchorMaps, ScoreIsTheSoftmaxAndBoxesAreCutToTheImage) {
  const std::vector<Box> anchors = anchors_of(scheme(), kImage);
  Maps maps(1, 1);
  std::fill_n(maps.numbers[0].begin(), 64, 20.0f);        // background everywhere,
  std::fill_n(maps.numbers[0].begin() + 128, 64, 20.0f);  // of both shapes,
  std::fill_n(maps.numbers[2].begin(), 16, 20.0f);        // and levels
  maps.numbers[0][0] = 0;
  maps.numbers[0][64] = std::log(3.0f);
  const auto found = [&] {
    return decode_anchors(anchor_maps(maps.views(), info_of(1), scheme()), 0, anchors, scheme(), kImage);
  };
  ASSERT_EQ(found().size(), 1u);
  EXPECT_NEAR(found()[0].score, 0.75f, 1e-6);
  EXPECT_EQ(found()[0].box.x0, 0) << "the anchor begins at −2";
  EXPECT_EQ(found()[0].box.x1, 10);
  EXPECT_EQ(found()[0].box.label, 0);
  maps.numbers[0][64] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(found().empty()) << "no number is no find";
  maps.numbers[0][64] = 3;
  maps.numbers[1][0] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(found().empty());
  maps.numbers[1][0] = -1000;
  EXPECT_TRUE(found().empty()) << "outside the image";
}

TEST(AnchorMaps, SayWhatTheSchemePromisesAndTheModelGives) {
  const auto fault = [](std::vector<TensorView> views, int classes) -> std::string {
    try {
      judge_for(info_of(classes), scheme())->see(views, std::vector<Sample>(1));
    } catch (const base::Error& error) {
      return error.what();
    }
    return "";
  };
  const Maps maps(1, 3);
  std::vector<TensorView> views = maps.views();
  EXPECT_EQ(fault(views, 3), "");
  EXPECT_EQ(fault(views, 4),
            "the model's anchors ask for 's8' [1 × 10 × 8 × 8] with 4 classes and a stride of 8; this model gives "
            "[1 × 8 × 8 × 8]");
  std::swap(views[1].shape, views[3].shape);
  EXPECT_NE(fault(views, 3).find("'o8' [1 × 8 × 8 × 8]"), std::string::npos);
  views.pop_back();
  views = maps.views();
  views.pop_back();
  EXPECT_NE(fault(views, 3).find("the model has no output 'o16', which its metadata 'cradle.anchors' asks for"),
            std::string::npos);
}

}  // namespace
}  // namespace cradle::task
