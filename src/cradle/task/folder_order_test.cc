// Checks in which order people's images stand in their split, and which are kept for a second asking.
#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/scratch_test.h"
#include "cradle/task/folder_data.h"
#include "cradle/task/image_writing_test.h"

namespace cradle::task {
namespace {

namespace fs = std::filesystem;

/// The running test's own folder.
fs::path fresh() {
  const fs::path folder = base::scratch_folder() / testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::create_directories(folder);
  return folder;
}

void grey(const fs::path& path, int level) {
  write_grey_png(path, 8, 8, std::vector<png_byte>(64, static_cast<png_byte>(level)));
}

DataRequest request(const fs::path& folder) { return {"classification", folder, kDataSeed, {0, 0, 0}, {}}; }

std::vector<float> levels_of(const FolderData& data, Split split) {
  std::vector<float> levels;
  for (std::int64_t i = 0; i < data.info().count(split); ++i)
    levels.push_back(data.sample(split, static_cast<std::uint64_t>(i)).pixels[0]);
  return levels;
}

TEST(FolderOrder, IsMixedSoThatTheFirstOfASplitAreOfAllClasses) {
  const fs::path folder = fresh();
  for (const char* split : {"train", "val", "test"})
    for (int i = 0; i < 60; ++i)
      grey(folder / split / ("class" + std::to_string(i / 20)) / (std::to_string(i) + ".png"), i);
  const FolderData data(request(folder));
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    std::vector<int> first(3);
    for (std::uint64_t i = 0; i < 18; ++i) ++first[static_cast<std::size_t>(data.sample(split, i).label)];
    EXPECT_GE(*std::min_element(first.begin(), first.end()), 2) << "of about six of each";
  }
}

TEST(FolderOrder, IsThatOfTheNamesWhateverElseComesOrGoes) {
  const fs::path folder = fresh();
  for (int i = 0; i < 40; ++i)
    for (const char* split : {"train", "val", "test"})
      grey(folder / split / (i < 20 ? "a" : "b") / (std::to_string(i) + ".png"), i);
  std::vector<float> levels = levels_of(FolderData(request(folder)), Split::kTrain);
  EXPECT_FALSE(std::is_sorted(levels.begin(), levels.end()));
  fs::remove(folder / "train" / "a" / "7.png");
  std::erase(levels, 7 / 255.0f);
  DataRequest other = request(folder);
  other.seed = 2;
  EXPECT_EQ(levels_of(FolderData(other), Split::kTrain), levels) << "also of the seed, by which splits are drawn";
}

TEST(FolderImages, AreKeptForWhoAsksAgainAndAgainAndForNobodyElse) {
  const fs::path folder = fresh();
  const auto write_all = [&](int level) {
    for (const char* split : {"train", "val", "test"})
      for (const char* name : {"a", "b"}) grey(folder / split / name / "1.png", level);
  };
  write_all(10);
  DataRequest once = request(folder);
  once.keep = false;
  const FolderData kept(request(folder)), asked_once(once);
  for (const FolderData* data : {&kept, &asked_once}) EXPECT_EQ(levels_of(*data, Split::kTrain)[0], 10 / 255.0f);
  write_all(20);
  EXPECT_EQ(levels_of(kept, Split::kTrain)[0], 10 / 255.0f) << "an epoch after the first decodes nothing";
  EXPECT_EQ(levels_of(asked_once, Split::kTrain)[0], 20 / 255.0f) << "memory does not grow with the images";
}

}  // namespace
}  // namespace cradle::task
