// A detection task from real images: scenes of several Fashion-MNIST garments on a 64×64 canvas, with boxes and
// classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::task {

inline constexpr int kSceneSize = 64;
inline constexpr int kGarmentClasses = 10;
/// The seed of the data set itself: who names no other works on the same scenes as everybody.
inline constexpr std::uint64_t kSceneSeed = 1;

/// Names of Fashion-MNIST's ten classes, in label order (Xiao, Rasul, Vollgraf 2017).
const std::vector<std::string>& garment_names();

/// Fashion-MNIST as Debian ships it (dataset-fashion-mnist, MIT): 28×28 grey images and labels.
struct FashionMnist {
  std::vector<std::uint8_t> images;  ///< n × 28 × 28
  std::vector<std::uint8_t> labels;  ///< n
  std::size_t size() const { return labels.size(); }
};
/// Reads the gzipped IDX files "train-…" or "t10k-…" from `folder` (default: where Debian puts them).
/// Throws Error naming the file, what was expected and the package that brings it.
FashionMnist read_fashion_mnist(bool train, const std::filesystem::path& folder = {});

/// A box in pixels, [x0, x1) × [y0, y1), and its class.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  int label = 0;
};

struct Scene {
  std::vector<float> pixels;  ///< 64 × 64, 0 to 1, as the network sees them
  std::vector<Box> boxes;
};

/// The scene as in a mirror: pixels and boxes (horizontal flip, the augmentation that garments bear).
Scene mirrored(const Scene& scene);

enum class Split { kTrain, kValidation, kTest };
std::string_view name_of(Split split);
Split split_named(std::string_view name);  ///< throws Error with suggestion

/// Scene `index` of a split: 1 to 4 garments, 17 to 30 pixels, at most 10 % overlap, on a noise background; boxes
/// from the garment's own pixels. Depends on (seed, split, index) only. Garments of train, validation and test scenes
/// come from disjoint images: train and validation from Fashion-MNIST's training file (first 50 000 / last 10 000),
/// test from its test file.
class Scenes {
 public:
  explicit Scenes(std::uint64_t seed, const std::filesystem::path& folder = {});
  Scene scene(Split split, std::uint64_t index) const;

 private:
  std::uint64_t seed_;
  FashionMnist train_, test_;
};

}  // namespace cradle::task
