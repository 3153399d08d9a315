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

constexpr int kStride = 4;
constexpr int kCells = task::kSceneSize / kStride;
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

void check_shape(const at::Tensor& t, std::int64_t images, std::int64_t channels, std::string_view name) {
  const std::vector<std::int64_t> expected = {images, channels, kCells, kCells};
  if (t.sizes().vec() != expected)
    base::fail("the output '{}' has the shape {}: expected {} for detection on scenes", name,
               graph::text_of(t.sizes().vec()), graph::text_of(expected));
}

std::vector<at::Tensor> run_checked(Interpreter& net, const DetectorOutputs& outputs, const at::Tensor& images, Mode mode) {
  std::vector<at::Tensor> all = net.run({&images, 1}, mode);
  check_shape(all[outputs.heatmap], images.size(0), task::kGarmentClasses, "heatmap");
  check_shape(all[outputs.box], images.size(0), 4, "box");
  return all;
}

at::Tensor as_tensor(std::vector<float>& values, const at::Tensor& like) {
  return at::from_blob(values.data(), like.sizes(), at::kFloat);
}

}  // namespace

at::Tensor images_of(const std::vector<task::Scene>& scenes) {
  at::Tensor images = at::empty({static_cast<std::int64_t>(scenes.size()), 1, task::kSceneSize, task::kSceneSize},
                                at::kFloat);
  float* to = images.data_ptr<float>();
  for (const task::Scene& scene : scenes) to = std::copy(scene.pixels.begin(), scene.pixels.end(), to);
  return images;
}

task::Scene mirrored(const task::Scene& scene) {
  task::Scene result = scene;
  for (std::size_t y = 0; y < task::kSceneSize; ++y) {
    const auto row = result.pixels.begin() + static_cast<std::ptrdiff_t>(y * task::kSceneSize);
    std::reverse(row, row + task::kSceneSize);
  }
  for (task::Box& box : result.boxes) {
    std::swap(box.x0, box.x1);
    box.x0 = task::kSceneSize - box.x0;
    box.x1 = task::kSceneSize - box.x1;
  }
  return result;
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
  std::vector<task::CentreTargets> targets;
  for (const task::Scene& scene : scenes)
    targets.push_back(task::encode_centres(scene.boxes, task::kGarmentClasses, kCells, kStride));
  const std::vector<at::Tensor> out = run_checked(net, outputs, images_of(scenes), Mode::kTrain);
  const at::Tensor &heatmap = out[outputs.heatmap], &box = out[outputs.box];
  DetectionLoss loss = detection_loss(flat(heatmap).values, flat(box).values, targets);
  // The inner product with a constant has that constant as its gradient: one backward pass for both outputs.
  const c10::AutoGradMode on(true);
  const at::Tensor product = heatmap.mul(as_tensor(loss.heatmap_gradient, heatmap)).sum().add(
      box.mul(as_tensor(loss.box_gradient, box)).sum());
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
    const std::vector<at::Tensor> out = run_checked(net, outputs, images_of(part), Mode::kInfer);
    const Flat heatmap = flat(out[outputs.heatmap]), box = flat(out[outputs.box]);
    const std::size_t heat_size = heatmap.values.size() / part.size(), box_size = box.values.size() / part.size();
    for (std::size_t i = 0; i < part.size(); ++i) {
      found.push_back(task::decode_centres(heatmap.values.subspan(i * heat_size, heat_size),
                                           box.values.subspan(i * box_size, box_size), task::kGarmentClasses, kCells,
                                           kStride));
      truth.push_back(std::move(part[i].boxes));
    }
  }
  return {"mAP50", task::mean_average_precision_interval(found, truth, task::kGarmentClasses, 0.5, resamples,
                                                         kBootstrapSeed), count};
}

}  // namespace cradle::learn
