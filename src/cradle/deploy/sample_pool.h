// Labelled images as a model takes them: pixels in one block of memory, with their truth.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cradle/deploy/executor.h"
#include "cradle/task/data_set.h"
#include "cradle/task/normalise.h"

namespace cradle::deploy {

/// Of a model that is run without a task: on noise, for its speed alone.
inline constexpr const char* kNoTask = "none";

/// Consecutive samples of a split. Images lie behind one another, so that any run of them is a batch without copying.
struct SamplePool {
  task::ImageShape image;
  std::vector<float> pixels;        ///< count × channels × height × width
  std::vector<task::Sample> truth;  ///< count, without their pixels
  std::size_t count() const { return truth.size(); }
  /// Pixels of images first … first+batch-1.
  std::span<const float> batch(std::size_t first, std::size_t batch) const;
};

/// A data set with images as the model takes them, and classes as its metadata name them. `image` says more where the
/// model leaves an extent open, or otherwise (0: it does not).
task::DataRequest request_for(const Description& description, const std::string& task,
                              const std::filesystem::path& folder, std::uint64_t seed, const task::ImageShape& image);

/// What the images of a pool may take, all together: 256 of 3 × 295 × 295 (assumed to be little beside an engine).
inline constexpr std::size_t kMostPoolBytes = std::size_t{256} << 20;

/// `wanted` images in whole batches, fewer where they would take more than `bytes` as floats, but at least one batch.
std::size_t images_within(std::size_t bytes, std::size_t wanted, std::size_t batch, const task::ImageShape& image);

/// `wanted` images in whole batches, or as many as the split has. Throws base::Error if they do not fill one.
std::size_t whole_batches(const task::DataSet& data, task::Split split, std::size_t wanted, std::size_t batch);

/// Samples first … first+count-1 of a split, which must be there.
SamplePool make_sample_pool(const task::DataSet& data, task::Split split, std::size_t first, std::size_t count,
                            const task::Normalisation& normalisation = {});

/// Noise of the model's own extents, for a model about whose images nothing is known; `image` says more where it leaves
/// one open. Throws base::Error unless it has one input of four axes whose extents are then known.
SamplePool noise_pool(const Description& description, const task::ImageShape& image, std::size_t count);

/// Throws base::Error unless the model has one input that takes [batch, channels, height, width].
void check_takes(const Description& description, const task::ImageShape& image, std::size_t batch);

/// Feeds `batch` images to a model that takes them.
std::span<const TensorView> run_images(Executor& executor, const task::ImageShape& image, std::span<const float> pixels,
                                       std::size_t batch);

}  // namespace cradle::deploy
