// Checks the reader on the real files and on bad ones.
#include "cradle/task/fashion_mnist.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::task {
namespace {

TEST(FashionMnist, IsAllThereAndBalanced) {
  const FashionMnist train = read_fashion_mnist(true), test = read_fashion_mnist(false);
  ASSERT_EQ(train.size(), 60'000u);
  ASSERT_EQ(train.images.size(), 60'000u * 784);
  ASSERT_EQ(test.size(), 10'000u);
  std::array<int, kGarmentClasses> count{};
  for (const auto label : train.labels) ++count[label];
  for (const int n : count) EXPECT_EQ(n, 6000);  // Xiao, Rasul, Vollgraf 2017, section 2
  // Mean grey of the training images, 0.2860 of 1.
  double sum = 0;
  for (const auto p : train.images) sum += p;
  EXPECT_NEAR(sum / 255 / static_cast<double>(train.images.size()), 0.2860, 5e-5);
  EXPECT_EQ(garment_names().size(), static_cast<std::size_t>(kGarmentClasses));
}

std::string error_of(const std::filesystem::path& folder) {
  try {
    read_fashion_mnist(true, folder);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

void write_gz(const std::filesystem::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

std::string word(unsigned n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16 & 255), static_cast<char>(n >> 8 & 255),
          static_cast<char>(n & 255)};
}

class BadFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        base::scratch_folder() / (std::string("idx-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    images(word(0x803) + word(2) + word(28) + word(28) + std::string(2 * 784, '\1'));
    labels(word(0x801) + word(2) + std::string("\3\4", 2));
  }
  void images(const std::string& bytes) { write_gz(folder_ / "train-images-idx3-ubyte.gz", bytes); }
  void labels(const std::string& bytes) { write_gz(folder_ / "train-labels-idx1-ubyte.gz", bytes); }
  std::filesystem::path folder_;
};

TEST_F(BadFiles, GoodOnesAreRead) { EXPECT_EQ(read_fashion_mnist(true, folder_).size(), 2u); }

TEST_F(BadFiles, MissingFolderNamesThePackage) {
  EXPECT_NE(error_of(folder_ / "nowhere").find("dataset-fashion-mnist"), std::string::npos);
}

TEST_F(BadFiles, WrongMagicIsRefused) {
  images(word(0x801) + word(2) + word(28) + word(28) + std::string(2 * 784, '\1'));
  EXPECT_NE(error_of(folder_).find("magic"), std::string::npos);
}

TEST_F(BadFiles, WrongSizeOfImagesIsRefused) {
  images(word(0x803) + word(2) + word(32) + word(28) + std::string(2 * 784, '\1'));
  EXPECT_NE(error_of(folder_).find("height"), std::string::npos);
}

TEST_F(BadFiles, TruncatedImagesAreRefused) {
  images(word(0x803) + word(2) + word(28) + word(28) + std::string(784, '\1'));
  EXPECT_NE(error_of(folder_).find("early"), std::string::npos);
}

TEST_F(BadFiles, TruncatedArchiveIsRefused) {
  const auto path = folder_ / "train-images-idx3-ubyte.gz";
  const std::string whole = base::read_file(path);
  base::write_file(path, whole.substr(0, whole.size() / 2));
  EXPECT_NE(error_of(folder_).find("train-images"), std::string::npos);
}

TEST_F(BadFiles, AbsurdNumberOfImagesIsRefusedBeforeAnyIsRead) {
  images(word(0x803) + word(0xffffffff) + word(28) + word(28));
  EXPECT_NE(error_of(folder_).find("number of items"), std::string::npos);
}

TEST_F(BadFiles, OtherNumberOfLabelsIsRefused) {
  labels(word(0x801) + word(1) + "\3");
  EXPECT_NE(error_of(folder_).find("as many as images"), std::string::npos);
}

TEST_F(BadFiles, LabelOutOfRangeIsRefused) {
  labels(word(0x801) + word(2) + std::string("\3\12", 2));
  EXPECT_NE(error_of(folder_).find("label 1"), std::string::npos);
}

}  // namespace
}  // namespace cradle::task
