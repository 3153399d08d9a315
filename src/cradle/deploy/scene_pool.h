// Scenes as a model takes them: preprocessed pixels in one block of memory, with their true boxes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cradle/deploy/executor.h"
#include "cradle/task/scenes.h"

namespace cradle::deploy {

/// Scenes 0 … count-1 of a split. Scenes lie behind one another, so that any run of them is a batch without copying.
struct ScenePool {
  std::vector<float> pixels;                  ///< count × 1 × 64 × 64
  std::vector<std::vector<task::Box>> truth;  ///< count
  std::size_t count() const { return truth.size(); }
  /// Pixels of scenes first … first+batch-1.
  std::span<const float> batch(std::size_t first, std::size_t batch) const;
};

/// Makes a pool; Fashion-MNIST is in memory only meanwhile. Throws base::Error if the data set is missing.
ScenePool make_scene_pool(std::uint64_t seed, task::Split split, std::size_t count);

/// Throws base::Error unless the model has one input that takes [batch, 1, 64, 64].
void check_takes_scenes(const Description& description, std::size_t batch);

/// Feeds `batch` scenes (batch × 64 × 64 pixels) to a model that takes scenes.
std::span<const TensorView> run_scenes(Executor& executor, std::span<const float> pixels, std::size_t batch);

}  // namespace cradle::deploy
