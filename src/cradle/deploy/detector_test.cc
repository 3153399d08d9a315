#include "cradle/deploy/detector.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

/// An engine that always finds one garment: class 3 at the cell given by the first pixel of the scene (row = column).
class OneGarment final : public Executor {
 public:
  const Description& describe() const override { return description_; }
  std::span<const TensorView> run(std::span<const TensorView> inputs) override {
    check_inputs(description_, inputs);
    const auto batch = static_cast<std::size_t>(inputs[0].shape[0]);
    heatmap_shape_[0] = box_shape_[0] = inputs[0].shape[0];
    heatmap_.assign(batch * 10 * 256, -20.0f);
    box_.assign(batch * 4 * 256, 0.0f);  // offset 0.5 cells; width and height of one stride
    for (std::size_t i = 0; i < batch; ++i) {
      const auto cell = static_cast<std::size_t>(inputs[0].values[i * 64 * 64]);
      heatmap_[(i * 10 + 3) * 256 + cell * 16 + cell] = 5.0f;
    }
    views_ = {TensorView{"box", box_shape_, box_}, TensorView{"heatmap", heatmap_shape_, heatmap_}};
    return views_;
  }

 private:
  Description description_{"test", "0", "m.onnx", {{"scene", {-1, 1, 64, 64}}}, {{"box", {}}, {"heatmap", {}}}};
  std::vector<std::int64_t> heatmap_shape_ = {0, 10, 16, 16}, box_shape_ = {0, 4, 16, 16};
  std::vector<float> heatmap_, box_;
  std::vector<TensorView> views_;
};

ScenePool pool_with_first_pixels(const std::vector<float>& firsts) {
  ScenePool pool;
  for (const float first : firsts) {
    pool.pixels.resize(pool.pixels.size() + 64 * 64, 0.0f);
    pool.pixels[pool.pixels.size() - 64 * 64] = first;
    pool.truth.emplace_back();
  }
  return pool;
}

TEST(Detector, DecodesEachImageOfABatchFromItsOwnMaps) {
  OneGarment executor;
  const ScenePool pool = pool_with_first_pixels({2, 5, 9, 13});
  for (const std::size_t batch : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    const auto outputs = detector_outputs(executor.describe(), run_scenes(executor, pool.batch(0, batch), batch));
    EXPECT_EQ(outputs.stride, 4);
    EXPECT_EQ(outputs.heatmap, 1u);
    const auto found = detect(executor, outputs, pool, batch);
    ASSERT_EQ(found.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      ASSERT_FALSE(found[i].empty());
      const task::Detection& best = found[i][0];
      EXPECT_EQ(best.box.label, 3);
      // Centre of cell c: (c + 0.5) strides of 4 pixels.
      const float centre = (pool.batch(i, 1)[0] + 0.5f) * 4;
      EXPECT_FLOAT_EQ((best.box.x0 + best.box.x1) / 2, centre);
      EXPECT_FLOAT_EQ((best.box.y0 + best.box.y1) / 2, centre);
    }
  }
}

TEST(Detector, SaysWhatADetectorMustGive) {
  const Description description{"test", "0", "m.onnx", {}, {{"heatmap", {}}, {"box", {}}}};
  const auto fault = [&](std::vector<std::int64_t> heatmap, std::vector<std::int64_t> box) -> std::string {
    try {
      detector_outputs(description, std::vector<TensorView>{{"heatmap", heatmap, {}}, {"box", box, {}}});
    } catch (const base::Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(fault({1, 10, 16, 16}, {1, 4, 16, 16}), "");
  EXPECT_NE(fault({1, 10, 16, 16}, {1, 4, 8, 8}).find("this model gives"), std::string::npos);
  EXPECT_NE(fault({1, 10, 15, 15}, {1, 4, 15, 15}).find("s divides 64"), std::string::npos);
  EXPECT_NE(fault({1, 10}, {1, 4, 16, 16}).find("this model gives [1 × 10]"), std::string::npos);
  EXPECT_EQ(fault({1, 80, 16, 16}, {1, 4, 16, 16}), "m.onnx: the detector knows 80 classes; the scenes have 10");
}

}  // namespace
}  // namespace cradle::deploy
