// Checks each task's metrics against cases computed by hand, and what is said of outputs that do not fit.
#include "cradle/task/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"

namespace cradle::task {
namespace {

DataInfo info_of(const std::string& task, int classes, ImageShape image = {1, 2, 2}) {
  return {task, "made up", std::vector<std::string>(static_cast<std::size_t>(classes), "c"), image, {}};
}

/// One output that owns its numbers.
struct Output {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  TensorView view() const { return {name, shape, values}; }
};

Sample labelled(int label) { return {{}, label, {}, {}}; }
Sample masked(std::vector<std::uint8_t> mask) { return {{}, -1, {}, std::move(mask)}; }

std::string fault_of(const DataInfo& info, std::vector<Output> outputs, std::size_t images = 1) {
  std::vector<TensorView> views;
  for (const Output& o : outputs) views.push_back(o.view());
  try {
    judge_for(info)->see(views, std::vector<Sample>(images));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Classes, AreRightIfTheLargestLogitIsTheirs) {
  const auto judge = judge_for(info_of("classification", 6));
  const Output batch{"y", {3, 6}, {9, 1, 2, 3, 4, 5, /**/ 9, 8, 7, 6, 5, 4, /**/ 1, 1, 1, 1, 1, 1}};
  const TensorView view = batch.view();
  judge->see({&view, 1}, std::vector<Sample>{labelled(0), labelled(4), labelled(5)});
  EXPECT_EQ(judge->right(), (std::vector<std::uint8_t>{1, 0, 0})) << "of equals the first is said";
  EXPECT_DOUBLE_EQ(judge->headline(), 1.0 / 3);
  const auto q = judge->qualities(0, 1);
  ASSERT_EQ(q.size(), 2u);
  EXPECT_EQ(q[0].metric, "top-1");
  EXPECT_EQ(q[1].metric, "top-5");
  EXPECT_DOUBLE_EQ(q[1].value.value, 2.0 / 3) << "the fifth largest is among five, the sixth is not";
  EXPECT_EQ(q[0].images, 3);
}

TEST(Classes, NoNumberIsNeverRight) {
  const auto judge = judge_for(info_of("classification", 2));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Output batch{"y", {2, 2}, {nan, nan, nan, 1}};
  const TensorView view = batch.view();
  judge->see({&view, 1}, std::vector<Sample>{labelled(0), labelled(1)});
  EXPECT_EQ(judge->right(), (std::vector<std::uint8_t>{0, 1}));
}

TEST(Classes, IntervalIsTheBinomials) {
  const auto judge = judge_for(info_of("classification", 2));
  const int n = 400;
  Output batch{"y", {n, 2}, {}};
  std::vector<Sample> truth;
  for (int i = 0; i < n; ++i) {
    batch.values.insert(batch.values.end(), {1, 0});
    truth.push_back(labelled(i % 4 == 0));  // three of four are right
  }
  const TensorView view = batch.view();
  judge->see({&view, 1}, truth);
  const base::Interval top1 = judge->qualities(2000, 3)[0].value;
  EXPECT_DOUBLE_EQ(top1.value, 0.75);
  const double half = 1.645 * std::sqrt(0.75 * 0.25 / n);  // normal approximation, P5 to P95
  EXPECT_NEAR(top1.low, 0.75 - half, 0.006);
  EXPECT_NEAR(top1.high, 0.75 + half, 0.006);
}

TEST(Classes, SayWhatAClassifierPutsOut) {
  const DataInfo info = info_of("classification", 3);
  EXPECT_EQ(fault_of(info, {{"y", {1, 3}, {1, 2, 3}}}), "");
  EXPECT_EQ(fault_of(info, {{"y", {1, 3, 1, 1}, {1, 2, 3}}}), "");
  EXPECT_EQ(fault_of(info, {{"y", {1, 2}, {1, 2}}}), "the classifier knows 2 classes; made up has 3");
  EXPECT_EQ(fault_of(info, {{"y", {1, 3, 2, 2}, {}}}),
            "a classifier puts out one tensor [n × classes]; this model gives 'y' [1 × 3 × 2 × 2]");
}

TEST(Masks, AreJudgedOverAllImagesTogether) {
  const auto judge = judge_for(info_of("segmentation", 3));
  // Two images of four pixels; logits so that the class said is 0 0 1 1 and 0 1 1 1.
  const auto logits = [](std::vector<int> said) {
    std::vector<float> v(12, 0);
    for (std::size_t i = 0; i < 4; ++i) v[static_cast<std::size_t>(said[i]) * 4 + i] = 1;
    return v;
  };
  Output batch{"y", {2, 3, 2, 2}, logits({0, 0, 1, 1})};
  for (const float v : logits({0, 1, 1, 1})) batch.values.push_back(v);
  const TensorView view = batch.view();
  judge->see({&view, 1}, std::vector<Sample>{masked({0, 1, 1, 1}), masked({0, 0, kUnjudged, 1})});
  // Class 0: said and true 2, either 4. Class 1: said and true 3, either 5. Class 2 is nowhere and counts nothing.
  EXPECT_DOUBLE_EQ(judge->headline(), (2.0 / 4 + 3.0 / 5) / 2);
  const auto q = judge->qualities(0, 1);
  EXPECT_EQ(q[0].metric, "mIoU");
  EXPECT_DOUBLE_EQ(q[1].value.value, 5.0 / 7) << "the pixel about which nothing is said counts nowhere";
  EXPECT_TRUE(judge->right().empty());
}

TEST(Masks, OfOneChannelAreTheProbabilityOfTheSecondOfTwoClasses) {
  const auto judge = judge_for(info_of("segmentation", 2));
  const Output output{"y", {1, 1, 2, 2}, {0.49f, 0.5f, 0.9f, 0.1f}};
  const TensorView view = output.view();
  judge->see({&view, 1}, std::vector<Sample>{masked({0, 1, 0, 0})});
  EXPECT_DOUBLE_EQ(judge->headline(), (2.0 / 3 + 1.0 / 2) / 2);
}

TEST(Masks, OfOneChannelOfLogitsAreRefused) {
  const DataInfo info = info_of("segmentation", 2);
  const auto fault = [&](std::vector<float> values) {
    const Output output{"y", {1, 1, 2, 2}, std::move(values)};
    const TensorView view = output.view();
    const std::vector<Sample> truth = {masked({0, 1, 0, 0})};
    return base::fault_of([&] { judge_for(info)->see({&view, 1}, truth); });
  };
  EXPECT_EQ(fault({0.5f, 0.2f, 3.2f, 0}),
            "the output 'y': its one channel must be a probability (end with a sigmoid); found 3.2");
  EXPECT_NE(fault({0.5f, 0.2f, -0.5f, 0}).find("found -0.5"), std::string::npos);
  EXPECT_EQ(fault({0, 1, 1.004f, -0.004f}), "") << "as eight bits may decode";
}

TEST(Masks, SayWhatASegmenterPutsOut) {
  const DataInfo info = info_of("segmentation", 3);
  EXPECT_EQ(fault_of(info, {{"y", {1, 3, 1, 1}, {1, 2, 3}}}),
            "a segmenter puts out one tensor [n × classes × 2 × 2]; this model gives 'y' [1 × 3 × 1 × 1]");
  EXPECT_EQ(fault_of(info, {{"y", {1, 2, 2, 2}, {}}}), "the segmenter knows 2 classes; made up has 3");
  EXPECT_EQ(fault_of(info, {{"y", {1, 1, 2, 2}, {}}}), "the segmenter knows 1 classes; made up has 3")
      << "one channel tells two classes apart, no more";
}

TEST(Boxes, AreDecodedFromEachImagesOwnMaps) {
  // One garment of class 1 at the cell on the diagonal that the image's number names; offset half a cell, one stride.
  const auto judge = judge_for(info_of("detection", 2, {1, 64, 64}));
  Output heatmap{"heatmap", {2, 2, 16, 16}, std::vector<float>(2 * 2 * 256, -20)};
  const Output box{"box", {2, 4, 16, 16}, std::vector<float>(2 * 4 * 256, 0)};
  std::vector<Sample> truth;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t cell = 3 + 5 * i;
    heatmap.values[(i * 2 + 1) * 256 + cell * 16 + cell] = 5;
    const float x = static_cast<float>(cell) * 4;
    truth.push_back({{}, -1, {{x, x, x + 4, x + 4, 1}}, {}});
  }
  const std::vector<TensorView> views = {box.view(), heatmap.view()};
  judge->see(views, truth);
  EXPECT_DOUBLE_EQ(judge->headline(), 1);
  const auto q = judge->qualities(10, 1);
  EXPECT_EQ(q[0].metric, "mAP50");
  EXPECT_EQ(q[1].metric, "mAP50-95");
  EXPECT_DOUBLE_EQ(q[1].value.value, 1);
}

TEST(Boxes, ThatAreHalfRightCountAtTheLowerThresholdsOnly) {
  const auto judge = judge_for(info_of("detection", 1, {1, 64, 64}));
  Output heatmap{"heatmap", {1, 1, 16, 16}, std::vector<float>(256, -20)};
  heatmap.values[3 * 16 + 3] = 5;
  const Output box{"box", {1, 4, 16, 16}, std::vector<float>(4 * 256, 0)};
  // Found: 12 to 16 both ways, 16 pixels. True: 12 to 16 by 12 to 17.2, so the overlap is 16/20.8 = 0.77.
  const std::vector<TensorView> views = {heatmap.view(), box.view()};
  judge->see(views, std::vector<Sample>{{{}, -1, {{12, 12, 16, 17.2f, 0}}, {}}});
  const auto q = judge->qualities(0, 1);
  EXPECT_DOUBLE_EQ(q[0].value.value, 1);
  EXPECT_DOUBLE_EQ(q[1].value.value, 0.6) << "0.50, 0.55 … 0.75 of ten thresholds";
}

TEST(Boxes, SayWhatADetectorPutsOut) {
  const DataInfo info = info_of("detection", 10, {1, 64, 64});
  const auto fault = [&](std::vector<std::int64_t> heatmap, std::vector<std::int64_t> box) {
    const auto zeros = [](const std::vector<std::int64_t>& shape) {
      std::int64_t n = 1;
      for (const std::int64_t extent : shape) n *= extent;
      return std::vector<float>(static_cast<std::size_t>(n));
    };
    return fault_of(info, {{"heatmap", heatmap, zeros(heatmap)}, {"box", box, zeros(box)}});
  };
  EXPECT_EQ(fault({1, 10, 16, 16}, {1, 4, 16, 16}), "");
  EXPECT_NE(fault({1, 10, 16, 16}, {1, 4, 8, 8}).find("this model gives"), std::string::npos);
  EXPECT_NE(fault({1, 10, 15, 15}, {1, 4, 15, 15}).find("s divides 64"), std::string::npos);
  EXPECT_NE(fault({1, 10}, {1, 4, 16, 16}).find("this model gives [1 × 10]"), std::string::npos);
  EXPECT_EQ(fault({1, 80, 16, 16}, {1, 4, 16, 16}), "the detector knows 80 classes; made up has 10");
  EXPECT_EQ(fault_of(info, {{"heatmap", {1, 10, 16, 16}, {}}}),
            "the model has no output 'box', which detection asks for; it has heatmap");
}

}  // namespace
}  // namespace cradle::task
