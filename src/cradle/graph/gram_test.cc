#include "cradle/graph/gram.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::graph {
namespace {

Grams two_layers() {
  Grams grams;
  grams.images = 2;
  LayerGram a{1, 2, 2, std::vector<float>(4, 0.0F)}, b{2, 1, 1, std::vector<float>(2, 0.0F)};
  const std::vector<float> rows{1, 2, 3, 0}, one{4}, other{5};
  add_rows(a, 0, rows.data(), 2);
  add_rows(b, 0, one.data(), 1);
  add_rows(b, 1, other.data(), 1);
  grams.layers["a"] = a;
  grams.layers["b"] = b;
  return grams;
}

TEST(Gram, SumsProducts) {
  const Grams grams = two_layers();
  EXPECT_EQ(grams.layers.at("a").sums, (std::vector<float>{10, 2, 2, 4}));
  EXPECT_EQ(grams.layers.at("b").sums, (std::vector<float>{16, 25}));
}

TEST(Gram, SurvivesItsFile) {
  const std::filesystem::path path = base::scratch_folder() / "gram.json";
  write_grams(path, two_layers());
  const Grams back = read_grams(path);
  EXPECT_EQ(back.images, 2);
  EXPECT_FALSE(back.equalised);
  EXPECT_EQ(back.layers.at("a").sums, two_layers().layers.at("a").sums);
  EXPECT_EQ(back.layers.at("b").groups, 2U);
  base::write_file(path.string() + ".f32", std::string(4, 'x'));
  EXPECT_THROW(read_grams(path), base::Error) << "too short";
  base::write_file(path.string() + ".f32", std::string(400, 'x'));
  EXPECT_THROW(read_grams(path), base::Error) << "too long";
  Grams equalised = two_layers();
  equalised.equalised = true;
  write_grams(path, equalised);
  EXPECT_TRUE(read_grams(path).equalised);
}

}  // namespace
}  // namespace cradle::graph
