// Batches through the interpreter.
#include "cradle/learn/step.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cassert>

#include "cradle/base/error.h"
#include "cradle/learn/losses.h"
#include "cradle/task/class_names.h"

namespace cradle::learn {

namespace {

/// Outputs of one run as plain numbers; the tensors that hold them live as long.
struct Outputs {
  std::vector<at::Tensor> all, holders;
  std::vector<std::vector<std::int64_t>> shapes;
  std::vector<task::TensorView> views;
};

Outputs run(Interpreter& net, const std::vector<std::string>& names, const at::Tensor& images, Mode mode) {
  Outputs out;
  out.all = net.run({&images, 1}, mode);
  for (const at::Tensor& t : out.all) {
    out.holders.push_back(t.detach().contiguous(at::MemoryFormat::Contiguous));
    out.shapes.push_back(t.sizes().vec());
  }
  for (std::size_t i = 0; i < out.all.size(); ++i)
    out.views.push_back({names[i],
                         out.shapes[i],
                         {out.holders[i].data_ptr<float>(), static_cast<std::size_t>(out.holders[i].numel())}});
  return out;
}

}  // namespace

Reading reading_of(const graph::Graph& graph) {
  Reading reading{{}, task::anchors_in(graph.metadata), {}};
  for (const graph::Value& output : graph.outputs) reading.names.push_back(output.name);
  return reading;
}

at::Tensor images_of(const std::vector<task::Sample>& samples, const task::ImageShape& shape,
                     const task::Normalisation& pixels) {
  at::Tensor images =
      at::empty({static_cast<std::int64_t>(samples.size()), shape.channels, shape.height, shape.width}, at::kFloat);
  float* to = images.data_ptr<float>();
  for (const task::Sample& sample : samples) {
    assert(sample.pixels.size() == shape.values());
    to = std::copy(sample.pixels.begin(), sample.pixels.end(), to);
  }
  task::normalise({images.data_ptr<float>(), static_cast<std::size_t>(images.numel())}, shape, pixels);
  return images;
}

std::unique_ptr<task::DataSet> open_data_for(const graph::Graph& graph, const std::string& task, std::uint64_t seed,
                                             const std::filesystem::path& folder, const task::ImageShape& image) {
  task::DataRequest request{task, folder, seed, image, {}};
  if (graph.inputs.size() == 1 && graph.inputs[0].ranked && graph.inputs[0].shape.size() == 4) {
    const auto extent = [&](std::size_t axis) {
      return static_cast<int>(std::clamp<std::int64_t>(graph.inputs[0].shape[axis], 0, 1'000'000));
    };
    const auto fill = [&](int& wanted, std::size_t axis) {
      if (extent(axis) > 0) wanted = extent(axis);
    };
    fill(request.image.channels, 1);
    fill(request.image.height, 2);
    fill(request.image.width, 3);
  }
  if (const auto names = graph.metadata.find(task::kClassesKey); names != graph.metadata.end())
    request.classes = task::classes_from_text(names->second, graph.name);
  return task::open_data_set(request);
}

void check_takes(const graph::Graph& graph, const task::DataInfo& info) {
  if (graph.inputs.size() != 1)
    base::fail("the graph '{}' has {} inputs: a model of {} takes one, the images", graph.name, graph.inputs.size(),
               info.task);
  const graph::Value& input = graph.inputs[0];
  const graph::Shape images = {-1, info.image.channels, info.image.height, info.image.width};
  bool fits = !input.ranked || input.shape.size() == images.size();
  for (std::size_t i = 1; fits && input.ranked && i < images.size(); ++i)
    fits = input.shape[i] < 0 || input.shape[i] == images[i];
  if (!fits)
    base::fail("the input '{}' takes {}: {} has images of {}", input.name, graph::text_of(input.shape), info.name,
               graph::text_of(images));
}

double accumulate_gradients(Interpreter& net, const task::DataInfo& info, const Reading& outputs,
                            const std::vector<task::Sample>& samples, Mode mode) {
  const Outputs out = run(net, outputs.names, images_of(samples, info.image, outputs.pixels), mode);
  Loss loss = loss_of(info, outputs.anchors, out.views, samples);
  // The inner product with a constant has that constant as its gradient: one backward pass for all outputs.
  const c10::AutoGradMode on(true);
  at::Tensor product;
  for (std::size_t i = 0; i < out.all.size(); ++i) {
    if (loss.gradients[i].empty()) continue;
    const at::Tensor one =
        out.all[i].mul(at::from_blob(loss.gradients[i].data(), out.all[i].sizes(), at::kFloat)).sum();
    product = product.defined() ? product.add(one) : one;
  }
  product.backward();
  return loss.value;
}

std::unique_ptr<task::Judge> judge(Interpreter& net, const task::DataSet& data, const Reading& outputs,
                                   task::Split split, std::int64_t count, int batch) {
  auto judge = task::judge_for(data.info(), outputs.anchors);
  for (std::int64_t first = 0; first < count; first += batch) {
    std::vector<task::Sample> part;
    for (std::int64_t i = first; i < std::min(first + batch, count); ++i)
      part.push_back(data.sample(split, static_cast<std::uint64_t>(i)));
    judge->see(run(net, outputs.names, images_of(part, data.info().image, outputs.pixels), Mode::kInfer).views, part);
  }
  return judge;
}

}  // namespace cradle::learn
