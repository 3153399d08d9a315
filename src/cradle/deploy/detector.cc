// Reading a detector's maps and decoding them.
#include "cradle/deploy/detector.h"

#include <cassert>

#include "cradle/base/error.h"

namespace cradle::deploy {

DetectorOutputs detector_outputs(const Description& description, std::span<const TensorView> outputs) {
  DetectorOutputs found;
  found.heatmap = port_named(description, "heatmap", "output");
  found.box = port_named(description, "box", "output");
  const auto heatmap = outputs[found.heatmap].shape;
  const auto box = outputs[found.box].shape;
  const bool maps = heatmap.size() == 4 && box.size() == 4 && heatmap[0] == box[0] && box[1] == 4 &&
                    heatmap[2] == heatmap[3] && heatmap[2] == box[2] && box[2] == box[3];
  if (!maps || heatmap[2] <= 0 || task::kSceneSize % heatmap[2] != 0) {
    base::fail(
        "{}: a detector gives 'heatmap' [n × classes × s × s] and 'box' [n × 4 × s × s], where s divides {}; "
        "this model gives {} and {}",
        description.model, task::kSceneSize, shape_text(heatmap), shape_text(box));
  }
  if (heatmap[1] != task::kGarmentClasses) {
    base::fail("{}: the detector knows {} classes; the scenes have {}", description.model, heatmap[1],
               task::kGarmentClasses);
  }
  found.classes = static_cast<int>(heatmap[1]);
  found.side = static_cast<int>(heatmap[2]);
  found.stride = task::kSceneSize / found.side;
  return found;
}

std::vector<std::vector<task::Detection>> detect(Executor& executor, const DetectorOutputs& outputs,
                                                 const ScenePool& pool, std::size_t batch) {
  assert(pool.count() % batch == 0);
  const auto cells = static_cast<std::size_t>(outputs.side) * static_cast<std::size_t>(outputs.side);
  const std::size_t heatmap_size = cells * static_cast<std::size_t>(outputs.classes);
  const std::size_t box_size = cells * 4;
  std::vector<std::vector<task::Detection>> found;
  found.reserve(pool.count());
  for (std::size_t first = 0; first < pool.count(); first += batch) {
    const std::span<const TensorView> maps = run_scenes(executor, pool.batch(first, batch), batch);
    for (std::size_t i = 0; i < batch; ++i) {
      found.push_back(task::decode_centres(maps[outputs.heatmap].values.subspan(i * heatmap_size, heatmap_size),
                                           maps[outputs.box].values.subspan(i * box_size, box_size), outputs.classes,
                                           outputs.side, outputs.stride));
    }
  }
  return found;
}

}  // namespace cradle::deploy
