// Runs a graph with libtorch: values in slots, one step per node.
#include "cradle/learn/interpreter.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <set>

#include "cradle/base/error.h"

namespace cradle::learn {

namespace {

at::ScalarType scalar_type_of(graph::Type type, std::string_view where) {
  switch (type) {
    case graph::Type::kF32: return at::kFloat;
    case graph::Type::kF16: return at::kHalf;
    case graph::Type::kBf16: return at::kBFloat16;
    case graph::Type::kF64: return at::kDouble;
    case graph::Type::kI64: return at::kLong;
    case graph::Type::kI32: return at::kInt;
    case graph::Type::kI16: return at::kShort;
    case graph::Type::kI8: return at::kChar;
    case graph::Type::kU8: return at::kByte;
    case graph::Type::kBool: return at::kBool;
    default: base::fail("{}: a tensor of type {} cannot be interpreted", where, graph::name_of(type));
  }
}

/// Channels last is the faster order of convolutions on a processor (1.1 to 1.9 times, measured).
at::Tensor in_fast_order(const at::Tensor& t) {
  return t.dim() == 4 && t.is_floating_point() ? t.contiguous(at::MemoryFormat::ChannelsLast) : t.contiguous();
}

void copy_out(const at::Tensor& from, graph::Graph& graph, const std::string& name) {
  graph::Tensor& to = graph.initializers.at(name);
  const at::Tensor flat = from.detach().to(at::kFloat).contiguous(at::MemoryFormat::Contiguous);
  const auto values = to.f32();
  assert(static_cast<std::size_t>(flat.numel()) == values.size());
  std::memcpy(values.data(), flat.data_ptr<float>(), values.size_bytes());
}

/// libtorch's mixed precision on a processor while it lives: convolutions and matrix products cast their operands to
/// bfloat16, each weight once a run; what is known to need float32 casts back (Micikevicius et al. 2018; Kalamkar et
/// al. 2019, "A study of BFLOAT16 for deep learning training").
class MixedPrecision {
 public:
  explicit MixedPrecision(bool on) : on_(on) {
    if (!on_) return;
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(true);
  }
  ~MixedPrecision() {
    if (!on_) return;
    at::autocast::set_cpu_enabled(false);
    at::autocast::clear_cache();
  }
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool on_;
};

}  // namespace

at::Tensor tensor_of(const graph::Tensor& constant, std::string_view where) {
  const at::ScalarType type = scalar_type_of(constant.type, where);
  at::Tensor t = at::empty(constant.shape, type);
  if (t.nbytes() != constant.bytes.size())
    base::fail("{}: a constant of shape {} has {} bytes, expected {}", where, graph::text_of(constant.shape),
               constant.bytes.size(), t.nbytes());
  if (t.nbytes() > 0) std::memcpy(t.data_ptr(), constant.bytes.data(), t.nbytes());
  return type == at::kHalf || type == at::kBFloat16 ? t.to(at::kFloat) : t;
}

std::vector<std::int64_t> ints_in(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kLong).contiguous();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

bool given(std::span<const at::Tensor> inputs, std::size_t index) {
  return index < inputs.size() && inputs[index].defined() && inputs[index].numel() > 0;
}

Operation operation_for(const graph::Graph& graph, std::size_t index, std::size_t output) {
  const graph::Node& node = graph.nodes[index];
  const std::string where = graph::describe(graph, index);
  if (node.domain.empty() || node.domain == "ai.onnx")
    for (const auto& table : {convolution_operators(), elementwise_operators(), shape_operators()})
      for (const OperatorEntry& entry : table)
        if (entry.op == node.op) return entry.build({graph, node, where, output});
  base::fail("{}: the operator {}{} cannot be trained or run by cradle-learn", where,
             node.domain.empty() ? "" : node.domain + ".", node.op);
}

Interpreter::Interpreter(const graph::Graph& graph, Precision precision) : precision_(precision) {
  load_initializers(graph);
  for (const graph::Value& input : graph.inputs) {
    inputs_.push_back(static_cast<int>(constants_.size()));
    slots_.emplace(input.name, inputs_.back());
    constants_.emplace_back();
  }
  build_steps(graph);
  for (const graph::Value& output : graph.outputs) outputs_.push_back(slot_of(output.name));
  find_last_uses();
}

void Interpreter::load_initializers(const graph::Graph& graph) {
  const auto trainable = trainable_places(graph);
  for (const auto& [name, tensor] : graph.initializers) {
    at::Tensor value = in_fast_order(tensor_of(tensor, "initializer '" + name + "'"));
    if (precision_ == Precision::kDouble && value.is_floating_point()) value = value.to(at::kDouble);
    const auto place = trainable.find(name);
    if (tensor.type == graph::Type::kF32 && place != trainable.end()) {
      value.set_requires_grad(true);
      parameters_.push_back({name, value, value.dim() >= 2, place->second});
    }
    slots_.emplace(name, static_cast<int>(constants_.size()));
    constants_.push_back(value);
  }
}

void Interpreter::build_steps(const graph::Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    Step step{operation_for(graph, i), graph::describe(graph, i), {}, -1, {}};
    for (const std::string& name : node.inputs) step.inputs.push_back(name.empty() ? -1 : slot_of(name));
    if (node.op == "BatchNormalization")
      for (const std::size_t place : {3u, 4u}) {
        const at::Tensor& statistic = constants_[static_cast<std::size_t>(slot_of(node.inputs.at(place)))];
        if (!statistic.defined()) base::fail("{}: expected stored mean and variance, found computed ones", step.where);
        statistics_.push_back({node.inputs[place], statistic});
      }
    // Of several outputs only those of Split are all made, by a step each; others (a mask, statistics) nobody reads.
    const std::size_t outputs = node.op == "Split" ? node.outputs.size() : 1;
    for (std::size_t k = 0; k < outputs; ++k) {
      Step one = step;
      if (k > 0) one.run = operation_for(graph, i, k);
      one.output = static_cast<int>(constants_.size());
      slots_.emplace(node.outputs.at(k), one.output);
      constants_.emplace_back();
      steps_.push_back(std::move(one));
    }
  }
}

int Interpreter::slot_of(const std::string& name) const {
  const auto it = slots_.find(name);
  if (it == slots_.end())
    base::fail("the value '{}' is used before it is made, or is a second output, which cannot be interpreted", name);
  return it->second;
}

void Interpreter::find_last_uses() {
  std::set<int> seen(outputs_.begin(), outputs_.end());
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
    for (const int slot : step->inputs)
      if (slot >= 0 && !constants_[static_cast<std::size_t>(slot)].defined() && seen.insert(slot).second)
        step->last_uses.push_back(slot);
}

std::vector<at::Tensor> Interpreter::run(std::span<const at::Tensor> inputs, Mode mode) {
  assert(inputs.size() == inputs_.size());
  const c10::AutoGradMode gradients(mode != Mode::kInfer);
  const MixedPrecision mixed(precision_ == Precision::kBf16 && mode == Mode::kTrain);
  std::vector<at::Tensor> values = constants_;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[static_cast<std::size_t>(inputs_[i])] = in_fast_order(inputs[i]);
  std::vector<at::Tensor> arguments;
  for (const Step& step : steps_) {
    arguments.clear();
    for (const int slot : step.inputs)
      arguments.push_back(slot < 0 ? at::Tensor() : values[static_cast<std::size_t>(slot)]);
    try {
      values[static_cast<std::size_t>(step.output)] = step.run(arguments, mode == Mode::kTrain);
    } catch (const c10::Error& error) {
      base::fail("{}: {}", step.where, error.what_without_backtrace());
    }
    for (const int slot : step.last_uses) values[static_cast<std::size_t>(slot)] = at::Tensor();
  }
  std::vector<at::Tensor> outputs;
  for (const int slot : outputs_) {
    const at::Tensor& value = values[static_cast<std::size_t>(slot)];
    outputs.push_back(value.scalar_type() == at::kBFloat16 ? value.to(at::kFloat) : value);
  }
  return outputs;
}

void Interpreter::write_back(graph::Graph& graph) const {
  for (const Parameter& parameter : parameters_) copy_out(parameter.value, graph, parameter.name);
  for (const Stored& statistic : statistics_) copy_out(statistic.value, graph, statistic.name);
}

}  // namespace cradle::learn
