// A classifier so small that a test trains it in a moment, and the images that it tells apart.
#pragma once

#include <filesystem>
#include <string>

#include "program.h"

namespace cradle::test {

struct SmallClassifier {
  std::filesystem::path folder;  ///< of the model and of its images, below images/
  std::string model;             ///< eight classes, 3 × 16 × 16; nearly all test images right
  std::string images;            ///< "--data FOLDER --size 16"
};
/// Made once in each process.
const SmallClassifier& small_classifier();

/// `cradle compress` of that model, or of another, with as few images, rounds and seconds as do. `more` comes last.
Output compress(const std::string& recipe, const std::filesystem::path& output, const std::string& more = "",
                const std::string& model = small_classifier().model, const std::string& environment = "");

/// What it wrote beside its output.
base::Json compression_of(const std::filesystem::path& output);

}  // namespace cradle::test
