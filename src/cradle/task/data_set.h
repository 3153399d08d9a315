// Labelled images of one task in three splits: what trainings and measurements draw from.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/task/sample.h"

namespace cradle::task {

/// The tasks there are: "classification", "detection", "segmentation".
const std::vector<std::string>& task_names();
/// Throws Error (usage) with the nearest name.
void check_task(std::string_view task);

struct DataInfo {
  std::string task;
  std::string name;                  ///< "Fashion-MNIST", "garment scenes"
  std::vector<std::string> classes;  ///< by label; of segmentation the first is the background
  ImageShape image;
  std::array<std::int64_t, 3> images{};  ///< of train, validation, test; 0: composed, as many as are asked for
  std::int64_t count(Split split) const { return images[static_cast<std::size_t>(split)]; }
};

/// Labelled images. Implementations hold what they read; sample() is const and safe from several threads.
class DataSet {
 public:
  virtual ~DataSet() = default;
  virtual const DataInfo& info() const = 0;
  /// Sample `index` of a split; below info().count(split) where that is not 0. Depends on the data set's own seed, the
  /// split and the index only.
  virtual Sample sample(Split split, std::uint64_t index) const = 0;

 protected:
  DataSet() = default;
  DataSet(const DataSet&) = delete;
  DataSet& operator=(const DataSet&) = delete;
};

/// The seed of the built-in data sets: who names no other works on the same images as everybody.
inline constexpr std::uint64_t kDataSeed = 1;

/// The built-in data set of a task, made of Fashion-MNIST (`folder`: where its files lie, empty for Debian's place):
/// "classification" its images, "detection" and "segmentation" composed scenes. Throws Error for an unknown task or
/// files that are missing or broken.
std::unique_ptr<DataSet> open_data_set(std::string_view task, std::uint64_t seed = kDataSeed,
                                       const std::filesystem::path& folder = {});

}  // namespace cradle::task
