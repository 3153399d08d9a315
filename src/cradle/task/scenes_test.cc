// Checks that scenes are repeatable, well formed, and made of images of their own split.
#include "cradle/task/scenes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::task {
namespace {

/// Reading 70 000 images once is enough for all tests.
const Scenes& scenes() {
  static const Scenes all(42);
  return all;
}

std::string bytes_of(const Sample& scene) {
  std::string bytes(reinterpret_cast<const char*>(scene.pixels.data()), scene.pixels.size() * sizeof(float));
  for (const Box& b : scene.boxes) bytes += fmt::format("{} {} {} {} {};", b.x0, b.y0, b.x1, b.y1, b.label);
  return bytes;
}

TEST(Scenes, AreTheSameBytesEverywhere) {
  std::string all;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    for (std::uint64_t i = 0; i < 50; ++i) all += bytes_of(scenes().sample(split, i));
  EXPECT_EQ(base::sha256_of(all), "bc82a969bf0210a95be7eabe53107fa9dd942cefff8f65ee39fd0d8cfee5d1df");
}

TEST(Scenes, DependOnSeedSplitAndIndexOnly) {
  const std::string fifth = bytes_of(scenes().sample(Split::kTrain, 5));
  scenes().sample(Split::kTrain, 6);
  EXPECT_EQ(bytes_of(scenes().sample(Split::kTrain, 5)), fifth);
  EXPECT_NE(bytes_of(scenes().sample(Split::kTrain, 6)), fifth);
  EXPECT_NE(bytes_of(scenes().sample(Split::kValidation, 5)), fifth);
  EXPECT_NE(bytes_of(Scenes(43).sample(Split::kTrain, 5)), fifth);
}

TEST(Scenes, HaveOneToFourGarmentsInsideTheCanvasThatHardlyOverlap) {
  std::map<std::size_t, int> counts;
  std::set<int> labels;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Sample scene = scenes().sample(Split::kTrain, i);
    ++counts[scene.boxes.size()];
    ASSERT_EQ(scene.pixels.size(), static_cast<std::size_t>(kSceneSize * kSceneSize));
    for (const float p : scene.pixels) ASSERT_TRUE(p >= 0 && p <= 1);
    for (std::size_t a = 0; a < scene.boxes.size(); ++a) {
      const Box& box = scene.boxes[a];
      labels.insert(box.label);
      ASSERT_TRUE(box.x0 >= 0 && box.y0 >= 0 && box.x1 <= kSceneSize && box.y1 <= kSceneSize);
      ASSERT_TRUE(box.x1 > box.x0 && box.y1 > box.y0);
      ASSERT_LE(std::max(box.x1 - box.x0, box.y1 - box.y0), 30);
      for (std::size_t b = 0; b < a; ++b) {
        const Box& other = scene.boxes[b];
        const float w = std::max(0.0f, std::min(box.x1, other.x1) - std::max(box.x0, other.x0));
        const float h = std::max(0.0f, std::min(box.y1, other.y1) - std::max(box.y0, other.y0));
        const auto area = [](const Box& of) { return (of.x1 - of.x0) * (of.y1 - of.y0); };
        ASSERT_LE(w * h, 0.1001f * std::min(area(box), area(other)));
      }
    }
  }
  ASSERT_EQ(counts.begin()->first, 1u);
  ASSERT_EQ(counts.rbegin()->first, 4u);
  for (const auto& [n, times] : counts) EXPECT_GT(times, 200) << n << " garments";
  EXPECT_EQ(labels.size(), static_cast<std::size_t>(kGarmentClasses));
}

// The noise never reaches 82/255; so a brighter pixel belongs to a garment, and each box has some on all four sides.
TEST(Scenes, HaveTightBoxes) {
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Sample scene = scenes().sample(Split::kTest, i);
    for (int y = 0; y < kSceneSize; ++y)
      for (int x = 0; x < kSceneSize; ++x) {
        if (scene.pixels[static_cast<std::size_t>(y * kSceneSize + x)] < 82.0f / 255) continue;
        const auto inside = [&](const Box& b) {
          return static_cast<float>(x) >= b.x0 && static_cast<float>(x) < b.x1 && static_cast<float>(y) >= b.y0 &&
                 static_cast<float>(y) < b.y1;
        };
        ASSERT_TRUE(std::any_of(scene.boxes.begin(), scene.boxes.end(), inside)) << i << ": " << x << ", " << y;
      }
  }
}

/// Files in which the grey of an image tells the image it came from: 10 + the index's share of its split.
class Marked : public testing::Test {
 protected:
  static void write(const std::filesystem::path& folder, const std::string& prefix, std::size_t n,
                    std::uint8_t (*grey)(std::size_t)) {
    const auto word = [](std::size_t v) {
      return std::string{static_cast<char>(v >> 24), static_cast<char>(v >> 16 & 255), static_cast<char>(v >> 8 & 255),
                         static_cast<char>(v & 255)};
    };
    std::string images = word(0x803) + word(n) + word(28) + word(28), labels = word(0x801) + word(n);
    for (std::size_t i = 0; i < n; ++i) {
      images += std::string(784, static_cast<char>(grey(i)));
      labels += static_cast<char>(i % 10);
    }
    base::write_file(folder / (prefix + "-images-idx3-ubyte.gz"), images);  // the reader takes bare IDX as well
    base::write_file(folder / (prefix + "-labels-idx1-ubyte.gz"), labels);
  }
};

TEST_F(Marked, SplitsComeFromDisjointImages) {
  const auto folder = base::scratch_folder() / "marked-fashion";
  std::filesystem::create_directories(folder);
  write(folder, "train", 60'000, [](std::size_t i) { return static_cast<std::uint8_t>(i < 50'000 ? 100 : 150); });
  write(folder, "t10k", 1000, [](std::size_t) { return static_cast<std::uint8_t>(200); });
  const Scenes marked(1, folder);
  const std::map<Split, float> grey = {{Split::kTrain, 100}, {Split::kValidation, 150}, {Split::kTest, 200}};
  for (const auto& [split, level] : grey)
    for (std::uint64_t i = 0; i < 300; ++i) {
      const Sample scene = marked.sample(split, i);
      for (const Box& b : scene.boxes) {
        const int x = static_cast<int>(b.x0 + b.x1) / 2, y = static_cast<int>(b.y0 + b.y1) / 2;
        ASSERT_FLOAT_EQ(scene.pixels[static_cast<std::size_t>(y * kSceneSize + x)], level / 255);
      }
    }
}

TEST(Scenes, MirroredKeepBoxesOnTheirGarments) {
  const Sample scene = scenes().sample(Split::kTrain, 3), mirror = mirrored(scene, scenes().info().image);
  ASSERT_EQ(mirror.boxes.size(), scene.boxes.size());
  for (std::size_t i = 0; i < scene.boxes.size(); ++i) {
    const Box &a = scene.boxes[i], &b = mirror.boxes[i];
    EXPECT_EQ(b.label, a.label);
    EXPECT_EQ(b.y0, a.y0);
    EXPECT_EQ(b.x1 - b.x0, a.x1 - a.x0);
    for (int y = static_cast<int>(a.y0); y < static_cast<int>(a.y1); ++y)
      for (int x = 0; x < static_cast<int>(a.x1 - a.x0); ++x) {
        const int from = static_cast<int>(a.x0) + x, to = static_cast<int>(b.x1) - 1 - x;
        ASSERT_EQ(mirror.pixels[static_cast<std::size_t>(y * kSceneSize + to)],
                  scene.pixels[static_cast<std::size_t>(y * kSceneSize + from)]);
      }
  }
  EXPECT_EQ(bytes_of(mirrored(mirror, scenes().info().image)), bytes_of(scene));
}

TEST(Scenes, MasksAreOfTheSamePictureAndLieInTheBoxes) {
  static const Scenes masked(42, {}, Truth::kMask);
  ASSERT_EQ(masked.info().classes.size(), static_cast<std::size_t>(kGarmentClasses + 1));
  std::set<int> seen;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Sample boxes = scenes().sample(Split::kTest, i), mask = masked.sample(Split::kTest, i);
    ASSERT_EQ(mask.pixels, boxes.pixels);
    ASSERT_TRUE(mask.boxes.empty());
    ASSERT_EQ(mask.mask.size(), mask.pixels.size());
    for (int y = 0; y < kSceneSize; ++y)
      for (int x = 0; x < kSceneSize; ++x) {
        const std::size_t at = static_cast<std::size_t>(y * kSceneSize + x);
        const int label = mask.mask[at];
        seen.insert(label);
        if (label == 0) {  // the noise never reaches 82/255, and a garment's pixel is above 20/255
          ASSERT_LT(mask.pixels[at], 82.0f / 255);
          continue;
        }
        ASSERT_GT(mask.pixels[at], 20.0f / 255);
        const auto holds = [&](const Box& b) {
          return b.label == label - 1 && static_cast<float>(x) >= b.x0 && static_cast<float>(x) < b.x1 &&
                 static_cast<float>(y) >= b.y0 && static_cast<float>(y) < b.y1;
        };
        ASSERT_TRUE(std::any_of(boxes.boxes.begin(), boxes.boxes.end(), holds)) << i << ": " << x << ", " << y;
      }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kGarmentClasses + 1));
}

}  // namespace
}  // namespace cradle::task
