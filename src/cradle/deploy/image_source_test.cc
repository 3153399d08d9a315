#include "cradle/deploy/image_source.h"

#include <gtest/gtest.h>

#include <set>

#include "cradle/deploy/sample_pool.h"

namespace cradle::deploy {
namespace {

/// How often images are handed out, and how many are different.
std::pair<int, std::size_t> noise_for(std::vector<std::int64_t> shape, std::size_t images) {
  ImageSource source;
  source.task = kNoTask;
  source.images = images;
  int calls = 0;
  std::set<const float*> different;
  for_each_image(source, {"none", "0", "m.onnx", {{"x", std::move(shape)}}, {}, {}},
                 [&](const auto&, const auto& pixels) {
                   ++calls;
                   different.insert(pixels.data());
                 });
  return {calls, different.size()};
}

TEST(ImageSource, GoesRoundNoiseThatIsBoundedInBytes) {
  EXPECT_EQ(noise_for({-1, 1, 8, 8}, 5), (std::pair{5, std::size_t{5}}));
  EXPECT_EQ(noise_for({-1, 1, 8, 8}, 40), (std::pair{40, std::size_t{16}}));
  EXPECT_EQ(noise_for({-1, 1, 4096, 2048}, 5), (std::pair{5, std::size_t{2}})) << "32 MiB each";
}

}  // namespace
}  // namespace cradle::deploy
