// Labelled images of one task in three splits: what trainings and measurements draw from.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json_fwd.h"
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
  std::array<std::int64_t, 3> images{};  ///< of train, validation, test; all 0: composed, as many as are asked for
  std::int64_t count(Split split) const { return images[static_cast<std::size_t>(split)]; }
  std::int64_t total() const { return images[0] + images[1] + images[2]; }
  bool composed() const { return total() == 0; }
  /// As many as are asked for, or as the split has. Throws Error if it has none.
  std::int64_t at_most(std::int64_t wanted, Split split) const;
};

/// {"name", "task", "classes", "image" [channels, height, width], "images" {train, validation, test} or null if
/// composed}
base::Json to_json(const DataInfo& info);

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

/// Class numbers are bytes in masks and losses, and 255 is kUnjudged there.
inline constexpr std::size_t kMostClasses = 255;
/// Height and width of the images of a folder where neither a model nor a person asks for others.
inline constexpr int kUsualSide = 64;

/// Which data set, and how a model wants its images.
struct DataRequest {
  std::string task;
  std::filesystem::path folder;  ///< of images (docs/FORMATS.md) or of Fashion-MNIST's files; empty: the built-in set
  std::uint64_t seed = kDataSeed;
  /// 0: kUsualSide; one channel if all images are grey, else three. Built-in data sets have their own.
  ImageShape image{0, 0, 0};
  std::vector<std::string> classes;  ///< that a model knows, in its order; empty: as the data set has them
  bool keep = true;  ///< decoded images of a folder (folder_data.h), for who asks for them again and again
};

/// How images shall be, from a job's "size" [height, width] and "channels"; 0 where it does not say. Throws Error
/// "where: …".
ImageShape image_from(const base::Json& arguments, std::string_view where);

/// Opens the folder's images if one is named that does not hold Fashion-MNIST's files, else the built-in data set.
/// Throws Error for an unknown task, files that are missing or damaged, classes that the model does not know.
std::unique_ptr<DataSet> open_data_set(const DataRequest& request);

/// The built-in data set of a task, made of Fashion-MNIST (`folder`: where its files lie, empty for Debian's place):
/// "classification" its images, "detection" and "segmentation" composed scenes. Throws Error for an unknown task or
/// files that are missing or broken.
std::unique_ptr<DataSet> open_data_set(std::string_view task, std::uint64_t seed = kDataSeed,
                                       const std::filesystem::path& folder = {});

}  // namespace cradle::task
