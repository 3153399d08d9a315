// Fashion-MNIST as Debian ships it: 70 000 small grey images of garments, from which the built-in data sets are made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cradle::task {

inline constexpr int kGarmentClasses = 10;
inline constexpr int kGarmentSide = 28;
/// Images of the training file that train; the rest validates (what is fitted on one is not judged on it).
inline constexpr std::size_t kGarmentTrainImages = 50'000;

/// Names of Fashion-MNIST's ten classes, in label order (Xiao, Rasul, Vollgraf 2017).
const std::vector<std::string>& garment_names();

/// 28×28 grey images and labels (Debian's dataset-fashion-mnist, MIT).
struct FashionMnist {
  std::vector<std::uint8_t> images;  ///< n × 28 × 28
  std::vector<std::uint8_t> labels;  ///< n
  std::size_t size() const { return labels.size(); }
};
/// One of its files, by which a folder of them is known.
inline constexpr const char* kGarmentFile = "train-images-idx3-ubyte.gz";
/// Reads the gzipped IDX files "train-…" or "t10k-…" from `folder` (default: where Debian puts them).
/// Throws Error naming the file, what was expected and the package that brings it.
FashionMnist read_fashion_mnist(bool train, const std::filesystem::path& folder = {});

}  // namespace cradle::task
