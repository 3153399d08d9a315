// Which images a job runs a model on, and running it on them one by one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/deploy/executor.h"
#include "cradle/task/data_set.h"
#include "cradle/task/normalise.h"

namespace cradle::deploy {

struct ImageSource {
  std::string task = "detection";     ///< "none": noise of the model's own extents, for a look at speed
  std::filesystem::path data;         ///< a folder of images (docs/FORMATS.md); empty: the task's built-in data set
  task::ImageShape image{0, 0, 0};    ///< where the model leaves an extent open
  task::Normalisation normalisation;  ///< of the pixels, for models from elsewhere
  std::uint64_t data_seed = task::kDataSeed;
  task::Split split = task::Split::kTrain;
  std::size_t images = 256;
};

/// The arguments that image_source_from reads, and `more`.
std::vector<std::string> image_arguments(std::vector<std::string> more);
/// Throws base::Error "where: …" for a wrong type or a value out of range.
ImageSource image_source_from(const base::Json& arguments, std::string_view where);

/// Opens the images as the model wants them and calls `each` with every one, normalised, and its shape: as many as
/// asked, or as the split has. They are read one by one and not kept, so that memory does not grow with them; noise is
/// at most 16 images, or 64 MiB of them but at least one, round and round. Throws base::Error if the model does not
/// take them.
task::DataInfo for_each_image(const ImageSource& source, const Description& description,
                              const std::function<void(const task::ImageShape&, std::span<const float>)>& each);

}  // namespace cradle::deploy
