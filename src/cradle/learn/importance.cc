// Importance of channels: gradient times weight, gathered by output channel.
#include "cradle/learn/importance.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
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
  std::vector<at::Tensor> biases;  // one number a channel
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
  if (node.op == "MatMul") return around(kernel, place == 0 ? kernel.dim() - 2 : kernel.dim() - 1);
  return around(kernel, 0);
}

/// g·w of each weight; undefined if no output depends on it.
at::Tensor products_of(const at::Tensor& weight) {
  return weight.grad().defined() ? weight.grad().mul(weight).to(at::kDouble) : at::Tensor();
}

/// Adds a batch's contribution: squares of the channels' sums, or sums of magnitudes.
void add_batch(const ByChannel& k, bool squares) {
  std::vector<double> sums(k.scores->size());
  const auto add = [&](const at::Tensor& by_channel) {
    const at::Tensor flat = by_channel.contiguous();
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += flat.data_ptr<double>()[c];
  };
  if (const at::Tensor products = products_of(k.kernel); products.defined())
    add((squares ? products : products.abs()).reshape(k.shape).sum({1, 3}));
  for (const at::Tensor& bias : k.biases)
    if (const at::Tensor products = products_of(bias); products.defined()) add(squares ? products : products.abs());
  for (std::size_t c = 0; c < sums.size(); ++c) (*k.scores)[c] += squares ? sums[c] * sums[c] : sums[c];
}

const Parameter* parameter_named(const Interpreter& net, const std::string& name) {
  for (const Parameter& p : net.parameters())
    if (p.name == name) return &p;
  return nullptr;
}

/// Kernels without an axis of channels (a MatMul with a vector) have no scores.
std::vector<ByChannel> kernels_in(const graph::Graph& graph, const Interpreter& net, Importance& importance) {
  std::vector<ByChannel> all;
  for (const Kernel& kernel : kernels_of(graph)) {
    const Parameter* weight = parameter_named(net, kernel.initializer);
    if (weight == nullptr || weight->value.dim() < 2) continue;
    ByChannel one{weight->value, channels_in(graph.nodes[kernel.node], kernel.place, weight->value), {}, nullptr};
    const std::int64_t channels = one.shape[0] * one.shape[2];
    for (const std::string& name : kernel.biases)
      if (const Parameter* bias = parameter_named(net, name); bias != nullptr && bias->value.numel() == channels)
        one.biases.push_back(bias->value);
    one.scores = &importance.scores[kernel.initializer];
    one.scores->resize(static_cast<std::size_t>(channels));
    all.push_back(std::move(one));
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
  if (o.batch < 1 || o.images < 1 || o.threads < 1)
    base::fail_usage("expected at least one image, a batch and a thread: found {} images, a batch of {}, {} threads",
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
  const graph::Graph graph = with_float_weights(given);
  check_float_kernels(graph, "cannot be ranked");
  Interpreter net(graph);
  const auto data = open_data_for(graph, o.task, o.data_seed, o.data, o.image);
  check_takes(graph, data->info());
  Reading outputs = reading_of(graph);
  outputs.pixels = o.pixels;
  Importance importance{o.kind, 0, {}};
  const std::vector<ByChannel> kernels = kernels_in(graph, net, importance);
  const std::int64_t images = data->info().at_most(o.images, o.split), size = std::min<std::int64_t>(o.batch, images);
  const std::int64_t batches = images / size;
  for (std::int64_t b = 0; b < batches; ++b) {
    std::vector<task::Sample> batch;
    for (std::int64_t i = 0; i < size; ++i)
      batch.push_back(data->sample(o.split, static_cast<std::uint64_t>(b * size + i)));
    accumulate_gradients(net, data->info(), outputs, batch, Mode::kFrozen);
    const c10::AutoGradMode off(false);
    for (const ByChannel& kernel : kernels) add_batch(kernel, o.kind == "taylor");
    for (const Parameter& p : net.parameters()) p.value.mutable_grad() = at::Tensor();
  }
  check_finite(importance);
  importance.images = batches * size;
  return importance;
}

}  // namespace cradle::learn
