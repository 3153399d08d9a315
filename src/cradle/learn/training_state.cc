// Tensors to plain numbers and back, to the bit.
#include "cradle/learn/training_state.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include "cradle/base/error.h"

namespace cradle::learn {

namespace {

/// Calls `visit` with the name of each tensor that a training changes, and the tensor.
template <class Visit>
void for_each(const Interpreter& net, const Optimiser* optimiser, Visit visit) {
  for (const Parameter& p : net.parameters()) visit("weight/" + p.name, p.value);
  for (const Interpreter::Stored& s : net.statistics()) visit("statistic/" + s.name, s.value);
  for (std::size_t i = 0; optimiser && i < net.parameters().size(); ++i) {
    const Optimiser::State& state = optimiser->states()[i];
    visit("momentum/" + net.parameters()[i].name, state.momentum);
    if (state.square.defined()) visit("square/" + net.parameters()[i].name, state.square);
  }
}

std::vector<float> numbers_in(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous(at::MemoryFormat::Contiguous);
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

Tensors state_of(const Interpreter& net, const Optimiser* optimiser) {
  Tensors tensors;
  for_each(net, optimiser,
           [&](const std::string& name, const at::Tensor& tensor) { tensors[name] = numbers_in(tensor); });
  return tensors;
}

void put_back(const Tensors& tensors, Interpreter& net, Optimiser* optimiser, std::string_view where) {
  const c10::AutoGradMode off(false);
  std::size_t used = 0;
  for_each(net, optimiser, [&](const std::string& name, const at::Tensor& tensor) {
    const auto it = tensors.find(name);
    if (it == tensors.end() || it->second.size() != static_cast<std::size_t>(tensor.numel()))
      base::fail("{}: expected {} numbers '{}', found {}", where, tensor.numel(), name,
                 it == tensors.end() ? 0 : it->second.size());
    // from_blob wants a pointer that may be written through; copy_ only reads.
    tensor.copy_(at::from_blob(const_cast<float*>(it->second.data()), tensor.sizes(), at::kFloat));
    ++used;
  });
  if (used != tensors.size()) base::fail("{}: expected {} tensors, found {}", where, used, tensors.size());
}

}  // namespace cradle::learn
