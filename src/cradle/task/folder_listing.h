// Which images a folder of people's own data has, what is true of each, and in which split it is. Internal to the room.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/task/data_set.h"
#include "cradle/task/image_file.h"

namespace cradle::task {

/// One image with its truth; nothing of it is decoded yet.
struct Item {
  /// Path below the data set's folder (or its split's), '/' between parts: what split and order depend on.
  std::string name;
  std::filesystem::path image;
  PictureHeader header{};
  int label = -1;              ///< classification
  std::vector<Box> boxes;      ///< detection: in pixels of the image
  std::filesystem::path mask;  ///< segmentation
};

using Splits = std::array<std::vector<Item>, 3>;

struct Listing {
  std::vector<std::string> classes;
  Splits items;
};

/// DIR/train/CLASS/**, DIR/val/CLASS/**, DIR/test/CLASS/**, or DIR/CLASS/**.
Listing list_class_folders(const DataRequest& request);
/// DIR/annotations/instances_*.json, or DIR/annotations.json, with the images beside.
Listing list_boxes(const DataRequest& request);
/// images/ and masks/ in DIR or in DIR/train, DIR/val, DIR/test; DIR/classes.txt.
Listing list_masks(const DataRequest& request);

// What the three share.

/// What is wrong with a data set's files, gathered so that one look tells all.
class Faults {
 public:
  /// Does the work; keeps the message if it throws Error. True if it did not.
  template <class Work>
  bool keep(const Work& work) {
    try {
      work();
      return true;
    } catch (const base::Error& error) {
      add(error.what());
      return false;
    }
  }
  void add(std::string message);
  /// Throws Error with their number and the first five, if there are any.
  void raise(const std::filesystem::path& folder) const;

 private:
  std::size_t count_ = 0;
  std::vector<std::string> first_;
};

/// DIR/train, DIR/val (or validation, valid), DIR/test, those that are there and hold folders themselves: a class may
/// be called "train" as well.
std::array<std::optional<std::filesystem::path>, 3> split_folders(const std::filesystem::path& folder);
/// The names of a split's folder, the usual one first.
const std::vector<std::string>& folder_names(Split split);

/// Files with names of images below a folder, sorted by name; hidden ones are left out.
std::vector<std::filesystem::path> images_below(const std::filesystem::path& folder);
/// Folders in a folder, sorted; hidden ones are left out.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);
/// "cats/1.png" of a file below a folder.
std::string name_below(const std::filesystem::path& file, const std::filesystem::path& folder);

/// Gives splits that are not there their part of the training images: by a hash of the image's name and the seed, a
/// tenth for validation and a tenth for the test, so that an image stays where it is when others come or go. `there`
/// says which splits have a place of their own; without any, all images stand in items[train].
void share_out(Splits& items, const std::array<bool, 3>& there, std::uint64_t seed);

/// Orders the images of each split by a hash of their names, because many look at the first of a split only
/// (calibration, importance, quick validation, a measured window): those shall be of all classes, not of the first
/// folders. Two images keep their order when others come or go.
void mix(Splits& items);

}  // namespace cradle::task
