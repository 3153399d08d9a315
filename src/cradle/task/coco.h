// COCO's annotation file of boxes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/task/sample.h"

namespace cradle::task {

struct CocoImage {
  std::string file;           ///< "file_name", as written
  int width = 0, height = 0;  ///< as written; 0: not said
  std::vector<Box> boxes;     ///< as written, not clipped; label: index in Coco::classes
};

struct Coco {
  std::vector<std::string> classes;  ///< names of the categories, by rising id (ids may have gaps)
  std::vector<CocoImage> images;     ///< in the file's order, those without boxes too
};

/// Reads "images", "annotations" and "categories" (Lin et al. 2014, format of 2017). Boxes of crowds ("iscrowd") and
/// those without area are left out. Throws Error: JSON that is none (with line and column), what is missing or of
/// another type (with the annotation's id), an id that stands twice or is unknown, names that stand twice, more than
/// kMostClasses categories. Cost: the file's size and a few times as much; outlines ("segmentation") are not kept.
Coco parse_coco(std::string_view text, std::string_view name);

}  // namespace cradle::task
