// Detection and segmentation from real images: scenes of several Fashion-MNIST garments on a 64×64 canvas.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cradle/task/data_set.h"
#include "cradle/task/fashion_mnist.h"

namespace cradle::task {

inline constexpr int kSceneSize = 64;

/// What is told of a scene: a box for each garment, or the class of each pixel.
enum class Truth { kBoxes, kMask };

/// Scene `index` of a split: 1 to 4 garments, 17 to 30 pixels, at most 10 % overlap, on a noise background; boxes
/// from the garment's own pixels, masks from those pixels themselves (class label + 1, 0 is background; where two
/// garments overlap, the later one is seen). Depends on (seed, split, index) only, and is the same picture for both
/// truths. Garments of train, validation and test scenes come from disjoint images: train and validation from
/// Fashion-MNIST's training file (first 50 000 / last 10 000), test from its test file.
class Scenes final : public DataSet {
 public:
  explicit Scenes(std::uint64_t seed, const std::filesystem::path& folder = {}, Truth truth = Truth::kBoxes);
  const DataInfo& info() const override { return info_; }
  Sample sample(Split split, std::uint64_t index) const override;

 private:
  DataInfo info_;
  std::uint64_t seed_;
  Truth truth_;
  FashionMnist train_, test_;
};

}  // namespace cradle::task
