// Importance of channels: gradient times weight, gathered by output channel.
#include "cradle/learn/importance.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/graph/fold.h"
#include "cradle/learn/interpreter.h"
#include "cradle/learn/step.h"
#include "cradle/learn/weight_places.h"

namespace cradle::learn {

namespace {

/// How the elements of a kernel belong to output channels: seen as [groups, before, channels, after], channel c of
/// group g is the output channel g·channels + c.
struct ByChannel {
  at::Tensor kernel;
  std::vector<std::int64_t> shape;
  std::vector<double>* scores = nullptr;
};

/// The extents before the axis, its own and those behind it, in one group.
std::vector<std::int64_t> around(const at::Tensor& kernel, std::int64_t axis) {
  std::int64_t before = 1, after = 1;
  for (std::int64_t i = 0; i < kernel.dim(); ++i)
    if (i != axis) (i < axis ? before : after) *= kernel.size(i);
  return {1, before, kernel.size(axis), after};
}

std::vector<std::int64_t> channels_in(const graph::Node& node, std::size_t place, const at::Tensor& kernel) {
  if (node.op == "ConvTranspose") {
    const std::int64_t groups = graph::attribute_int(node, "group", 1);
    return {groups, kernel.size(0) / groups, kernel.size(1), kernel.numel() / (kernel.size(0) * kernel.size(1))};
  }
  if (node.op == "Gemm") return around(kernel, graph::attribute_int(node, "transB", 0) != 0 ? 0 : 1);
  if (node.op == "MatMul" && kernel.dim() > 1) return around(kernel, place == 0 ? kernel.dim() - 2 : kernel.dim() - 1);
  return around(kernel, 0);
}

/// Adds a batch's contribution: squares of the channels' sums, or sums of magnitudes.
void add_batch(const ByChannel& k, bool squares) {
  if (!k.kernel.grad().defined()) return;  // no output depends on it
  const at::Tensor products = k.kernel.grad().mul(k.kernel).to(at::kDouble).reshape(k.shape);
  const at::Tensor sums = (squares ? products : products.abs()).sum({1, 3}).contiguous();
  const double* sum = sums.data_ptr<double>();
  for (std::size_t c = 0; c < k.scores->size(); ++c) (*k.scores)[c] += squares ? sum[c] * sum[c] : sum[c];
}

std::vector<ByChannel> kernels_in(const graph::Graph& graph, const Interpreter& net, Importance& importance) {
  std::vector<ByChannel> all;
  for (const Kernel& kernel : kernels_of(graph))
    for (const Parameter& p : net.parameters()) {
      if (p.name != kernel.initializer) continue;
      const auto shape = channels_in(graph.nodes[kernel.node], kernel.place, p.value);
      std::vector<double>& scores = importance.scores[p.name];
      scores.resize(static_cast<std::size_t>(shape[0] * shape[2]));
      all.push_back({p.value, shape, &scores});
    }
  if (all.empty())
    base::fail("the graph '{}' has no float32 weights of Conv, ConvTranspose, Gemm or MatMul to rank", graph.name);
  return all;
}

void check_finite(const Importance& importance) {
  for (const auto& [name, scores] : importance.scores)
    for (std::size_t c = 0; c < scores.size(); ++c)
      if (!std::isfinite(scores[c]))
        base::fail("the importance of channel {} of '{}' is no finite number; is the model trained?", c, name);
}

void check_options(const ImportanceOptions& o) {
  task::check_task(o.task);
  const std::vector<std::string>& kinds = importance_kinds();
  if (std::find(kinds.begin(), kinds.end(), o.kind) == kinds.end())
    base::fail_usage("there is no importance '{}': expected {}{}", o.kind, fmt::join(kinds, " or "),
                     base::suggestion(o.kind, kinds));
  if (o.batch < 1 || o.images < o.batch || o.threads < 1)
    base::fail_usage(
        "expected images to fill at least one batch, and a thread: found {} images, a batch of {}, {} threads",
        o.images, o.batch, o.threads);
}

}  // namespace

const std::vector<std::string>& importance_kinds() {
  static const std::vector<std::string> kinds = {"taylor", "first-order"};
  return kinds;
}

Importance importance_of(const graph::Graph& given, const ImportanceOptions& o) {
  check_options(o);
  at::set_num_threads(o.threads);
  graph::Graph graph = given;
  graph::constants_to_initializers(graph);
  check_no_codes(graph, "cannot be ranked");
  Interpreter net(graph);
  const auto data = open_data_for(graph, o.task, o.data_seed, o.data, o.image);
  check_takes(graph, data->info());
  Reading outputs = reading_of(graph);
  outputs.pixels = o.pixels;
  Importance importance{o.kind, 0, {}};
  const std::vector<ByChannel> kernels = kernels_in(graph, net, importance);
  const std::int64_t batches = data->info().at_most(o.images, o.split) / o.batch;
  if (batches < 1) base::fail("{} has too few images for a batch of {}", data->info().name, o.batch);
  for (std::int64_t b = 0; b < batches; ++b) {
    std::vector<task::Sample> batch;
    for (int i = 0; i < o.batch; ++i)
      batch.push_back(data->sample(o.split, static_cast<std::uint64_t>(b * o.batch + i)));
    accumulate_gradients(net, data->info(), outputs, batch, Mode::kFrozen);
    const c10::AutoGradMode off(false);
    for (const ByChannel& kernel : kernels) add_batch(kernel, o.kind == "taylor");
    for (const Parameter& p : net.parameters()) p.value.mutable_grad() = at::Tensor();
  }
  check_finite(importance);
  importance.images = batches * o.batch;
  return importance;
}

}  // namespace cradle::learn
