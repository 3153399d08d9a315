#include "cradle/task/normalise.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::task {
namespace {

TEST(Normalise, SubtractsAndDividesByChannelOfEachImage) {
  std::vector<float> pixels = {1, 2, 10, 20, 3, 4, 30, 40};  // two images of two channels of two pixels
  normalise(pixels, {2, 1, 2}, {{1, 10}, {2, 5}});
  EXPECT_EQ(pixels, (std::vector<float>{0, 0.5F, 0, 2, 1, 1.5F, 4, 6}));
  normalise(pixels, {2, 1, 2}, {{0.5F}, {0.5F}});
  EXPECT_EQ(pixels[0], -1);
  EXPECT_EQ(pixels[7], 11);
  const std::vector<float> before = pixels;
  normalise(pixels, {2, 1, 2}, {});
  EXPECT_EQ(pixels, before);
  EXPECT_THROW(normalise(pixels, {2, 1, 2}, {{1, 2, 3}, {1, 1, 1}}), base::Error);
}

TEST(Normalise, IsReadFromAJob) {
  const auto from = [](const char* text) { return normalisation_from(base::Json::parse(text), "job"); };
  EXPECT_TRUE(from("{}").mean.empty());
  EXPECT_EQ(from(R"({"mean":[0.5],"deviation":[0.25]})").deviation, (std::vector<float>{0.25F}));
  EXPECT_THROW(from(R"({"mean":[0.5]})"), base::Error);
  EXPECT_THROW(from(R"({"mean":[0.5],"deviation":[0]})"), base::Error);
  EXPECT_THROW(from(R"({"mean":0.5,"deviation":0.5})"), base::Error);
  EXPECT_THROW(from(R"({"mean":["a"],"deviation":[1]})"), base::Error);
}

}  // namespace
}  // namespace cradle::task
