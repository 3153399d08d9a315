// The job "infer": what one model costs per image and how good it is, measured on images it has never seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "cradle/base/json.h"
#include "cradle/deploy/engines.h"
#include "cradle/task/data_set.h"
#include "cradle/task/normalise.h"

namespace cradle::deploy {

/// What "infer" is asked (docs/FORMATS.md).
struct InferJob {
  std::filesystem::path model;
  EngineChoice engine;
  int threads = 1;
  std::size_t batch = 1;
  double warm_up_s = 0.5;             ///< run before the window, at least three inferences
  double seconds = 5.0;               ///< the window lasts at least so long …
  std::size_t images = 0;             ///< … and sees at least so many images
  std::string task = "detection";     ///< "none": speed alone, on noise
  std::filesystem::path data;         ///< a folder of images (docs/FORMATS.md); empty: the task's built-in data set
  task::ImageShape image{0, 0, 0};    ///< where the model leaves an extent open
  task::Normalisation normalisation;  ///< of the pixels, for models from elsewhere
  std::uint64_t data_seed = task::kDataSeed;
  task::Split split = task::Split::kTest;
  std::size_t quality_images = 500;  ///< held-out images for the quality; 0: none
  int resamples = 1000;              ///< of the bootstrap behind the quality's interval
};

/// Reads the arguments. Throws base::Error "where: …" for an unknown key, a wrong type or a value out of range.
/// "images" without "seconds" makes a window of just that many images.
InferJob infer_job_from(const base::Json& arguments, std::string_view where);

/// Does the job and returns the answer. Images are made, the model is loaded and warmed up; then the marks
/// "window-begin" and "window-end" stand around inference alone; quality and kernels come after. The window goes round
/// the first 256 images of the split, whatever else is asked, so that windows can be compared; of images so large that
/// those would take more than kMostPoolBytes (sample_pool.h) round fewer, in whole batches. The quality is judged batch
/// by batch: memory does not grow with its images, but for what the judge keeps of each.
base::Json infer(const InferJob& job, bool progress);

}  // namespace cradle::deploy
