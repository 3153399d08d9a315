// A detector's batches, training step and predictions.
#include "cradle/learn/detector.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/learn/detection_loss.h"

namespace cradle::learn {

namespace {

constexpr std::uint64_t kBootstrapSeed = 1;

/// A tensor's values in row-major order, and the tensor that holds them.
struct Flat {
  at::Tensor holder;
  std::span<const float> values;
};

Flat flat(const at::Tensor& t) {
  at::Tensor holder = t.detach().contiguous(at::MemoryFormat::Contiguous);
  const std::span<const float> values(holder.data_ptr<float>(), static_cast<std::size_t>(holder.numel()));
  return {std::move(holder), values};
}

void check_shape(const at::Tensor& t, const std::vector<std::int64_t>& expected, std::string_view name) {
  if (t.sizes().vec() != expected)
    base::fail("the output '{}' has the shape {}: expected {} for detection on scenes", name,
               graph::text_of(t.sizes().vec()), graph::text_of(expected));
}

/// The two maps of a batch, and their grid.
struct Maps {
  at::Tensor heatmap, box;
  int side = 0, stride = 0;
};

Maps run_checked(Interpreter& net, const DetectorOutputs& outputs, const at::Tensor& images, Mode mode) {
  std::vector<at::Tensor> all = net.run({&images, 1}, mode);
  Maps maps{all[outputs.heatmap], all[outputs.box], 0, 0};
  const std::int64_t side = maps.heatmap.dim() == 4 ? maps.heatmap.size(2) : 0;
  if (side < 1 || task::kSceneSize % side != 0)
    base::fail("the output 'heatmap' has the shape {}: expected [images, classes, s, s] with s a divisor of {}",
               graph::text_of(maps.heatmap.sizes().vec()), task::kSceneSize);
  check_shape(maps.heatmap, {images.size(0), task::kGarmentClasses, side, side}, "heatmap");
  check_shape(maps.box, {images.size(0), 4, side, side}, "box");
  maps.side = static_cast<int>(side);
  maps.stride = task::kSceneSize / maps.side;
  return maps;
}

at::Tensor as_tensor(std::vector<float>& values, const at::Tensor& like) {
  return at::from_blob(values.data(), like.sizes(), at::kFloat);
}

}  // namespace

at::Tensor images_of(const std::vector<task::Scene>& scenes) {
  at::Tensor images =
      at::empty({static_cast<std::int64_t>(scenes.size()), 1, task::kSceneSize, task::kSceneSize}, at::kFloat);
  float* to = images.data_ptr<float>();
  for (const task::Scene& scene : scenes) to = std::copy(scene.pixels.begin(), scene.pixels.end(), to);
  return images;
}

DetectorOutputs detector_outputs(const graph::Graph& graph) {
  const auto find = [&](std::string_view name) {
    for (std::size_t i = 0; i < graph.outputs.size(); ++i)
      if (graph.outputs[i].name == name) return i;
    base::fail("the graph '{}' has no output '{}': a detector puts out 'heatmap' and 'box'", graph.name, name);
  };
  if (graph.inputs.size() != 1)
    base::fail("the graph '{}' has {} inputs: a detector takes one, the images", graph.name, graph.inputs.size());
  return {find("heatmap"), find("box")};
}

double accumulate_gradients(Interpreter& net, const DetectorOutputs& outputs, const std::vector<task::Scene>& scenes) {
  const Maps maps = run_checked(net, outputs, images_of(scenes), Mode::kTrain);
  std::vector<task::CentreTargets> targets;
  for (const task::Scene& scene : scenes)
    targets.push_back(task::encode_centres(scene.boxes, task::kGarmentClasses, maps.side, maps.stride));
  DetectionLoss loss = detection_loss(flat(maps.heatmap).values, flat(maps.box).values, targets);
  // The inner product with a constant has that constant as its gradient: one backward pass for both outputs.
  const c10::AutoGradMode on(true);
  const at::Tensor product = maps.heatmap.mul(as_tensor(loss.heatmap_gradient, maps.heatmap))
                                 .sum()
                                 .add(maps.box.mul(as_tensor(loss.box_gradient, maps.box)).sum());
  product.backward();
  return loss.total();
}

QualityReport judge(Interpreter& net, const DetectorOutputs& outputs, const task::Scenes& scenes, task::Split split,
                    int count, int batch, int resamples) {
  std::vector<std::vector<task::Detection>> found;
  std::vector<std::vector<task::Box>> truth;
  for (int first = 0; first < count; first += batch) {
    std::vector<task::Scene> part;
    for (int i = first; i < std::min(first + batch, count); ++i)
      part.push_back(scenes.scene(split, static_cast<std::uint64_t>(i)));
    const Maps maps = run_checked(net, outputs, images_of(part), Mode::kInfer);
    const Flat heatmap = flat(maps.heatmap), box = flat(maps.box);
    const std::size_t heat_size = heatmap.values.size() / part.size(), box_size = box.values.size() / part.size();
    for (std::size_t i = 0; i < part.size(); ++i) {
      found.push_back(task::decode_centres(heatmap.values.subspan(i * heat_size, heat_size),
                                           box.values.subspan(i * box_size, box_size), task::kGarmentClasses, maps.side,
                                           maps.stride));
      truth.push_back(std::move(part[i].boxes));
    }
  }
  return {"mAP50",
          task::mean_average_precision_interval(found, truth, task::kGarmentClasses, 0.5, resamples, kBootstrapSeed),
          count};
}

}  // namespace cradle::learn
