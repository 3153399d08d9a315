// Shape rules of the operators that make, choose or rearrange elements: the heads of detectors are built of them.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cradle/base/error.h"
#include "cradle/graph/operators.h"

namespace cradle::graph {
namespace {

Value shaped(const Value& like, Shape shape) { return {"", like.type, std::move(shape)}; }

std::vector<Value> like_first(const Call& call) { return {shaped(input_of(call, 0), input_of(call, 0).shape)}; }

std::vector<Value> logical(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) shape = broadcast(call, shape, input_of(call, i).shape);
  return {{"", Type::kBool, std::move(shape)}};
}

std::vector<Value> where(const Call& call) {
  const Shape chosen = broadcast(call, input_of(call, 1).shape, input_of(call, 2).shape);
  return {shaped(input_of(call, 1), broadcast(call, input_of(call, 0).shape, chosen))};
}

std::vector<Value> expand(const Call& call) {
  return {shaped(input_of(call, 0), broadcast(call, input_of(call, 0).shape, constant_of(call, 1, "the new shape")))};
}

std::vector<Value> tile(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  const std::vector<std::int64_t>& times = constant_of(call, 1, "the number of repeats");
  if (times.size() != shape.size()) reject(call, fmt::format("{} repeats for {} axes", times.size(), shape.size()));
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (times[i] < 0 || __builtin_mul_overflow(shape[i], times[i], &shape[i]))
      reject(call, "the repeats are too large");
  return {shaped(input_of(call, 0), std::move(shape))};
}

std::vector<Value> constant_of_shape(const Call& call) {
  const auto value = call.node.attributes.find("value");
  const Tensor* tensor = value == call.node.attributes.end() ? nullptr : std::get_if<Tensor>(&value->second);
  return {{"", tensor ? tensor->type : Type::kF32, constant_of(call, 0, "the shape")}};
}

/// Of 32-bit floats: ⌈(limit − start) / step⌉ elements, as ONNX defines it.
std::vector<Value> float_range(const Call& call) {
  float at[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor* tensor = i < call.tensors.size() ? call.tensors[i] : nullptr;
    const std::vector<std::int64_t>* whole = i < call.constants.size() ? call.constants[i] : nullptr;
    if (whole && whole->size() == 1)
      at[i] = static_cast<float>(whole->front());
    else if (tensor && tensor->type == Type::kF32 && tensor->f32().size() == 1)
      at[i] = tensor->f32()[0];
    else
      reject(call, "start, limit and step must be constant numbers");
  }
  const double count = std::ceil((static_cast<double>(at[1]) - at[0]) / at[2]);
  if (!(count < 1e9)) reject(call, fmt::format("from {} to {} in steps of {} is not possible", at[0], at[1], at[2]));
  return {shaped(input_of(call, 0), {static_cast<std::int64_t>(std::max(0.0, count))})};
}

std::vector<Value> range(const Call& call) {
  if (input_of(call, 0).type == Type::kF32) return float_range(call);
  const std::int64_t start = constant_of(call, 0, "the start").at(0), limit = constant_of(call, 1, "the limit").at(0);
  const std::int64_t step = constant_of(call, 2, "the step").at(0);
  std::int64_t span = 0;
  if (step == 0 || step == INT64_MIN || __builtin_sub_overflow(limit, start, &span) || span == INT64_MIN)
    reject(call, fmt::format("from {} to {} in steps of {} is not possible", start, limit, step));
  const bool forwards = (span > 0) == (step > 0) && span != 0;
  const std::int64_t stride = std::abs(step);
  return {shaped(input_of(call, 0), {forwards ? (std::abs(span) - 1) / stride + 1 : 0})};
}

std::vector<Value> arg_best(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", 0), shape.size());
  if (attribute_int(call.node, "keepdims", 1) != 0)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return {{"", Type::kI64, std::move(shape)}};
}

std::vector<Value> top_k(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", -1), shape.size());
  const std::vector<std::int64_t>& k = constant_of(call, 1, "k");
  if (k.size() != 1 || k[0] < 0 || k[0] > shape[axis])
    reject(call, fmt::format("k must lie between 0 and the {} of axis {}", shape[axis], axis));
  shape[axis] = k[0];
  return {shaped(input_of(call, 0), shape), {"", Type::kI64, shape}};
}

std::int64_t block_of(const Call& call, std::size_t rank) {
  const std::int64_t block = attribute_int(call.node, "blocksize", 0);
  if (block < 1 || block > 1024 || rank != 4)
    reject(call, "expected an input with four axes and a blocksize from 1 to 1024");
  return block;
}

std::vector<Value> depth_to_space(const Call& call) {
  Shape s = input_of(call, 0).shape;
  const std::int64_t b = block_of(call, s.size());
  if (s[1] % (b * b) != 0) reject(call, fmt::format("{} channels are no multiple of {}", s[1], b * b));
  return {shaped(input_of(call, 0), {s[0], s[1] / (b * b), s[2] * b, s[3] * b})};
}

std::vector<Value> space_to_depth(const Call& call) {
  Shape s = input_of(call, 0).shape;
  const std::int64_t b = block_of(call, s.size());
  if (s[2] % b != 0 || s[3] % b != 0) reject(call, fmt::format("{}×{} is no multiple of {}", s[2], s[3], b));
  return {shaped(input_of(call, 0), {s[0], s[1] * b * b, s[2] / b, s[3] / b})};
}

std::vector<Value> gather_elements(const Call& call) { return {shaped(input_of(call, 0), input_of(call, 1).shape)}; }

std::vector<Value> layer_norm(const Call& call) {
  const Value& x = input_of(call, 0);
  std::vector<Value> out{shaped(x, x.shape)};
  Shape reduced = x.shape;
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", -1), x.shape.size());
  std::fill(reduced.begin() + static_cast<std::ptrdiff_t>(axis), reduced.end(), 1);
  while (out.size() < call.node.outputs.size()) out.push_back(shaped(x, reduced));  // mean and deviation
  return out;
}

std::vector<Value> instance_norm(const Call& call) {
  const Shape& x = input_of(call, 0).shape;
  if (x.size() < 3) reject(call, fmt::format("expected an input N×C×…, found shape {}", text_of(x)));
  demand_channels(call, 1, 3);
  return like_first(call);
}

constexpr Operator kRearranging[] = {
    {"And", logical},
    {"ArgMax", arg_best},
    {"ArgMin", arg_best},
    {"Celu", like_first},
    {"ConstantOfShape", constant_of_shape},
    {"Cos", like_first},
    {"CumSum", like_first},
    {"DepthToSpace", depth_to_space},
    {"Expand", expand},
    {"GatherElements", gather_elements},
    {"Gelu", like_first},
    {"Greater", logical},
    {"GreaterOrEqual", logical},
    {"InstanceNormalization", instance_norm},
    {"LayerNormalization", layer_norm},
    {"Less", logical},
    {"LessOrEqual", logical},
    {"LpNormalization", like_first},
    {"Mish", like_first},
    {"Not", logical},
    {"Or", logical},
    {"Range", range},
    {"ScatterElements", like_first},
    {"ScatterND", like_first},
    {"Selu", like_first},
    {"Sign", like_first},
    {"Sin", like_first},
    {"Softsign", like_first},
    {"SpaceToDepth", space_to_depth},
    {"ThresholdedRelu", like_first},
    {"Tile", tile},
    {"TopK", top_k},
    {"Where", where},
    {"Xor", logical},
};

}  // namespace

std::span<const Operator> rearranging_operators() { return kRearranging; }

}  // namespace cradle::graph
