#include "cradle/deploy/scene_pool.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

std::string fault_of(std::vector<std::int64_t> takes, std::size_t batch) {
  const Description description{"none", "0", "m.onnx", {{"scene", std::move(takes)}}, {}};
  try {
    check_takes_scenes(description, batch);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(ScenePool, HoldsTheScenesOfTheSplitOneBehindTheOther) {
  const ScenePool pool = make_scene_pool(7, task::Split::kTest, 3);
  const task::Scenes scenes(7);
  ASSERT_EQ(pool.count(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const task::Scene scene = scenes.scene(task::Split::kTest, i);
    const auto pixels = pool.batch(i, 1);
    EXPECT_EQ(std::vector(pixels.begin(), pixels.end()), scene.pixels);
    EXPECT_EQ(pool.truth[i].size(), scene.boxes.size());
  }
  EXPECT_EQ(pool.batch(1, 2).data(), pool.batch(1, 1).data());
  EXPECT_EQ(pool.batch(1, 2).size(), 2u * 64 * 64);
}

TEST(ScenePool, AcceptsAFreeBatchAndOneThatFits) {
  EXPECT_EQ(fault_of({-1, 1, 64, 64}, 8), "");
  EXPECT_EQ(fault_of({8, 1, 64, 64}, 8), "");
  EXPECT_EQ(fault_of({-1, -1, -1, -1}, 8), "");
}

TEST(ScenePool, SaysWhyAModelCannotTakeScenes) {
  EXPECT_EQ(
      fault_of({1, 1, 64, 64}, 8),
      "m.onnx: its batch is fixed at 1 (input 'scene' takes [1 × 1 × 64 × 64]), so it cannot run with a batch of 8");
  EXPECT_EQ(fault_of({-1, 3, 224, 224}, 1),
            "m.onnx: expected one input for scenes of shape [1 × 1 × 64 × 64], found 'scene' [N × 3 × 224 × 224]");
}

}  // namespace
}  // namespace cradle::deploy
