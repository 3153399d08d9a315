// The interpreter in double precision behind plain arrays.
#include "cradle/learn/network.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cassert>

#include "cradle/base/error.h"
#include "cradle/learn/interpreter.h"

namespace cradle::learn {

namespace {

at::Tensor tensor_from(const Array& array) {
  at::Tensor t = at::empty(array.shape, at::kDouble);
  assert(static_cast<std::size_t>(t.numel()) == array.values.size());
  std::copy(array.values.begin(), array.values.end(), t.data_ptr<double>());
  return t;
}

Array array_from(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous(at::MemoryFormat::Contiguous);
  const double* values = flat.data_ptr<double>();
  return {flat.sizes().vec(), {values, values + flat.numel()}};
}

std::vector<at::Tensor> inputs_of(const graph::Graph& graph, const Arrays& inputs) {
  std::vector<at::Tensor> tensors;
  for (const graph::Value& input : graph.inputs) {
    const auto it = inputs.find(input.name);
    if (it == inputs.end()) base::fail("the graph '{}' needs the input '{}'", graph.name, input.name);
    tensors.push_back(tensor_from(it->second));
  }
  return tensors;
}

Array gradient_in(const at::Tensor& t) { return array_from(t.grad().defined() ? t.grad() : at::zeros_like(t)); }

}  // namespace

Arrays run(const graph::Graph& graph, const Arrays& inputs) {
  at::set_num_threads(1);
  Interpreter net(graph, Precision::kDouble);
  const std::vector<at::Tensor> values = net.run(inputs_of(graph, inputs), Mode::kInfer);
  Arrays outputs;
  for (std::size_t i = 0; i < values.size(); ++i) outputs.emplace(graph.outputs[i].name, array_from(values[i]));
  return outputs;
}

Gradients gradients_of(const graph::Graph& graph, const Arrays& inputs, const Arrays& weights, bool training) {
  at::set_num_threads(1);
  const c10::AutoGradMode on(true);
  Interpreter net(graph, Precision::kDouble);
  std::vector<at::Tensor> tensors = inputs_of(graph, inputs);
  for (at::Tensor& t : tensors) t.set_requires_grad(true);
  const std::vector<at::Tensor> outputs = net.run(tensors, training ? Mode::kTrain : Mode::kFrozen);
  at::Tensor sum = at::zeros({}, at::kDouble);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto weight = weights.find(graph.outputs[i].name);
    if (weight != weights.end()) sum = sum + (outputs[i] * tensor_from(weight->second)).sum();
  }
  Gradients gradients;
  gradients.value = sum.item<double>();
  if (sum.requires_grad()) sum.backward();
  for (std::size_t i = 0; i < tensors.size(); ++i) gradients.of.emplace(graph.inputs[i].name, gradient_in(tensors[i]));
  for (const Parameter& p : net.parameters()) gradients.of.emplace(p.name, gradient_in(p.value));
  return gradients;
}

}  // namespace cradle::learn
