// Building the pool and feeding a model from it.
#include "cradle/deploy/scene_pool.h"

#include <array>
#include <cassert>

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

constexpr std::size_t kPixels = std::size_t{task::kSceneSize} * task::kSceneSize;

std::array<std::int64_t, 4> shape_of(std::size_t batch) {
  return {static_cast<std::int64_t>(batch), 1, task::kSceneSize, task::kSceneSize};
}

}  // namespace

std::span<const float> ScenePool::batch(std::size_t first, std::size_t batch) const {
  assert(first + batch <= count());
  return std::span(pixels).subspan(first * kPixels, batch * kPixels);
}

ScenePool make_scene_pool(std::uint64_t seed, task::Split split, std::size_t count) {
  const task::Scenes scenes(seed);
  ScenePool pool;
  pool.pixels.reserve(count * kPixels);
  for (std::size_t i = 0; i < count; ++i) {
    task::Scene scene = scenes.scene(split, i);
    assert(scene.pixels.size() == kPixels);
    pool.pixels.insert(pool.pixels.end(), scene.pixels.begin(), scene.pixels.end());
    pool.truth.push_back(std::move(scene.boxes));
  }
  return pool;
}

void check_takes_scenes(const Description& description, std::size_t batch) {
  const auto shape = shape_of(batch);
  if (description.inputs.size() == 1 && fits(description.inputs[0].shape, shape)) return;
  if (description.inputs.size() == 1 && description.inputs[0].shape.size() == shape.size()) {
    auto with_its_batch = shape;
    with_its_batch[0] = description.inputs[0].shape[0];
    if (fits(description.inputs[0].shape, with_its_batch)) {
      base::fail("{}: its batch is fixed at {} (input '{}' takes {}), so it cannot run with a batch of {}",
                 description.model, with_its_batch[0], description.inputs[0].name,
                 shape_text(description.inputs[0].shape), batch);
    }
  }
  std::vector<std::string> found;
  for (const Port& port : description.inputs)
    found.push_back(fmt::format("'{}' {}", port.name, shape_text(port.shape)));
  base::fail("{}: expected one input for scenes of shape {}, found {}", description.model, shape_text(shape),
             found.empty() ? "none" : fmt::format("{}", fmt::join(found, ", ")));
}

std::span<const TensorView> run_scenes(Executor& executor, std::span<const float> pixels, std::size_t batch) {
  const auto shape = shape_of(batch);
  const TensorView input{executor.describe().inputs[0].name, shape, pixels};
  return executor.run({&input, 1});
}

}  // namespace cradle::deploy
