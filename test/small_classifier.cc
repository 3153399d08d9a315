// Draws the images, trains the net.
#include "small_classifier.h"

#include <gtest/gtest.h>

#include <vector>

#include "cradle/base/json.h"
#include "cradle/base/random.h"
#include "cradle/task/image_writing_test.h"

namespace cradle::test {
namespace {

constexpr int kSide = 16, kClasses = 8;

/// Dark noise with a square in it, whose colour has red, green and blue as the bits of its class say.
std::vector<unsigned char> picture(int number, int label) {
  base::Stream draw(1, base::stable_id("small classifier " + std::to_string(number)));
  std::vector<unsigned char> rgb;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) {
        const bool lit = (label >> c & 1) == 1 && x > 3 && x < 12 && y > 3 && y < 12;
        rgb.push_back(static_cast<unsigned char>(draw.below(40) + (lit ? 180 : 0)));
      }
  return rgb;
}

void write_images(const std::filesystem::path& folder) {
  int number = 0;
  for (const auto& [split, each] : std::vector<std::pair<std::string, int>>{{"train", 10}, {"val", 2}, {"test", 2}})
    for (int label = 0; label < kClasses; ++label)
      for (int i = 0; i < each; ++i, ++number)
        task::write_png(folder / split / ("colour-" + std::to_string(label)) / (std::to_string(number) + ".png"), kSide,
                        kSide, picture(number, label));
}

SmallClassifier made() {
  SmallClassifier s;
  s.folder = fresh_folder("small-classifier");
  write_images(s.folder / "images");
  s.images = "--data " + (s.folder / "images").string() + " --size " + std::to_string(kSide);
  const Output o = shell("cradle train classification --arch resnet-small --width 0.25 --epochs 6 " + s.images +
                         " -o " + s.folder.string());
  EXPECT_EQ(o.code, 0) << o.err;
  s.model = (s.folder / "model.onnx").string();
  return s;
}

}  // namespace

const SmallClassifier& small_classifier() {
  static const SmallClassifier once = made();
  return once;
}

Output compress(const std::string& recipe, const std::filesystem::path& output, const std::string& more,
                const std::string& model, const std::string& environment) {
  const std::string images = more.find("--task none") == more.npos ? small_classifier().images + " " : "";
  return shell("cradle compress " + model + " --recipe \"" + recipe + "\" -o " + output.string() + " " + images +
                   "--rounds 1 --seconds 0.02 --judge-seconds 0.02 --images 8 " + more,
               environment);
}

base::Json compression_of(const std::filesystem::path& output) {
  return base::read_json(output.string() + ".steps/compression.json");
}

}  // namespace cradle::test
