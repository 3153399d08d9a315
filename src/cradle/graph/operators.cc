// Shape rules of the operators that work element by element, along axes, or only move data.
#include "cradle/graph/operators.h"

#include <algorithm>
#include <numeric>

#include "cradle/base/error.h"

namespace cradle::graph {

void reject(const Call& call, const std::string& message) {
  base::fail("{}: {}", describe(call.graph, call.index), message);
}

bool has_input(const Call& call, std::size_t i) { return i < call.inputs.size() && call.inputs[i] != nullptr; }

const Value& input_of(const Call& call, std::size_t i) {
  if (!has_input(call, i)) reject(call, fmt::format("needs an input at position {}, found none", i));
  return *call.inputs[i];
}

void demand_channels(const Call& call, std::size_t first, std::size_t last) {
  const Shape& x = input_of(call, 0).shape;
  for (std::size_t i = first; i < last; ++i)
    if (input_of(call, i).shape != Shape{x[1]})
      reject(call, fmt::format("'{}' has shape {}, expected {}, the channels of '{}'", call.node.inputs[i],
                               text_of(call.inputs[i]->shape), x[1], call.node.inputs[0]));
}

const std::vector<std::int64_t>& constant_of(const Call& call, std::size_t i, std::string_view what) {
  input_of(call, i);
  if (call.constants[i] == nullptr)
    reject(call, fmt::format("{} comes from '{}' and is not constant; cradle needs shapes that are known before a run",
                             what, call.node.inputs[i]));
  return *call.constants[i];
}

std::size_t axis_of(const Call& call, std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n) reject(call, fmt::format("axis {} does not exist in a value of rank {}", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

std::vector<std::int64_t> attribute_or_input(const Call& call, std::string_view attribute, std::size_t i) {
  if (call.node.attributes.contains(std::string(attribute))) return attribute_ints(call.node, attribute, {});
  return has_input(call, i) ? constant_of(call, i, attribute) : std::vector<std::int64_t>{};
}

Shape broadcast(const Call& call, const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      reject(call, fmt::format("the shapes {} and {} cannot be broadcast to each other", text_of(a), text_of(b)));
    out[rank - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

Shape taken_extents(const Call& call) {
  const Shape& x = input_of(call, 0).shape;
  const auto n = static_cast<std::int64_t>(x.size());
  const auto place = [n](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + n : at, 0, n); };
  const std::int64_t first = place(attribute_int(call.node, "start", 0));
  const std::int64_t last = std::max(first, place(attribute_int(call.node, "end", n)));
  return {x.begin() + first, x.begin() + last};
}

namespace {

Value shaped(const Value& like, Shape shape) { return {"", like.type, std::move(shape)}; }

std::vector<Value> same(const Call& call) {
  std::vector<Value> out{shaped(input_of(call, 0), input_of(call, 0).shape)};
  // Dropout's mask and batch norm's running statistics: not made at inference, shaped for completeness.
  for (std::size_t i = 1; i < call.node.outputs.size(); ++i) {
    if (call.node.op == "Dropout")
      out.push_back({"", Type::kBool, out[0].shape});
    else
      out.push_back(shaped(input_of(call, 0), {out[0].shape.size() > 1 ? out[0].shape[1] : 1}));
  }
  return out;
}

std::vector<Value> elementwise(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) shape = broadcast(call, shape, input_of(call, i).shape);
  return {shaped(*call.inputs[0], shape)};
}

std::vector<Value> compare(const Call& call) {
  std::vector<Value> out = elementwise(call);
  out[0].type = Type::kBool;
  return out;
}

std::vector<Value> batch_norm(const Call& call) {
  const Shape& x = input_of(call, 0).shape;
  if (x.size() < 2) reject(call, fmt::format("expected an input with a channel axis, found shape {}", text_of(x)));
  demand_channels(call, 1, 5);
  return same(call);
}

/// The slope is spread over the input, not the input over the slope.
std::vector<Value> prelu(const Call& call) {
  std::vector<Value> out = elementwise(call);
  if (out[0].shape != input_of(call, 0).shape)
    reject(call, fmt::format("its slope {} does not fit an input {}", text_of(input_of(call, 1).shape),
                             text_of(input_of(call, 0).shape)));
  return out;
}

std::vector<Value> flatten(const Call& call) {
  const Shape& x = input_of(call, 0).shape;
  const std::int64_t axis = attribute_int(call.node, "axis", 1);
  const std::size_t at = axis == static_cast<std::int64_t>(x.size()) ? x.size() : axis_of(call, axis, x.size());
  const auto cut = x.begin() + static_cast<std::ptrdiff_t>(at);
  return {shaped(*call.inputs[0], {elements_of(Shape(x.begin(), cut)), elements_of(Shape(cut, x.end()))})};
}

std::vector<Value> reshape(const Call& call) {
  const Shape& x = input_of(call, 0).shape;
  Shape shape = constant_of(call, 1, "the new shape");
  std::int64_t product = 1;
  std::int64_t* rest = nullptr;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && attribute_int(call.node, "allowzero", 0) == 0) {
      if (i >= x.size())
        reject(call, fmt::format("extent 0 at position {} copies an axis that {} lacks", i, text_of(x)));
      shape[i] = x[i];
    }
    if (shape[i] < -1 || (shape[i] == -1 && rest != nullptr)) reject(call, "at most one extent may be -1, none below");
    if (shape[i] == -1)
      rest = &shape[i];
    else if (__builtin_mul_overflow(product, shape[i], &product))
      reject(call, "the new shape is too large");
  }
  const std::int64_t elements = elements_of(x);
  if (rest != nullptr && product > 0 && elements % product == 0) *rest = elements / product;
  if (elements_of(shape) != elements)
    reject(call, fmt::format("cannot reshape {} into {}", text_of(x), text_of(shape)));
  return {shaped(*call.inputs[0], shape)};
}

std::vector<Value> concat(const Call& call) {
  Shape shape = input_of(call, 0).shape;
  if (!call.node.attributes.contains("axis")) reject(call, "attribute 'axis' is missing");
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", 0), shape.size());
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    Shape other = input_of(call, i).shape;
    if (other.size() == shape.size()) {
      const std::int64_t extent = std::exchange(other[axis], shape[axis]);
      if (other == shape) {
        shape[axis] += extent;
        continue;
      }
      other[axis] = extent;
    }
    reject(call, fmt::format("shapes {} and {} cannot be joined along axis {}", text_of(shape), text_of(other), axis));
  }
  return {shaped(*call.inputs[0], shape)};
}

std::vector<Value> split(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", 0), x.shape.size());
  std::vector<std::int64_t> parts = attribute_or_input(call, "split", 1);
  const auto n = static_cast<std::int64_t>(call.node.outputs.size());
  if (parts.empty()) {  // equal parts, the last one smaller (operator set 18)
    const std::int64_t part = (x.shape[axis] + n - 1) / n;
    for (std::int64_t i = 0; i < n; ++i) parts.push_back(std::min(part, x.shape[axis] - i * part));
  }
  if (static_cast<std::int64_t>(parts.size()) != n || std::ranges::any_of(parts, [](auto p) { return p < 0; }) ||
      std::accumulate(parts.begin(), parts.end(), std::int64_t{0}) != x.shape[axis])
    reject(call, fmt::format("its parts do not add up to the {} of axis {}", x.shape[axis], axis));
  std::vector<Value> out;
  for (const std::int64_t part : parts) {
    out.push_back(shaped(x, x.shape));
    out.back().shape[axis] = part;
  }
  return out;
}

std::vector<Value> transpose(const Call& call) {
  const Value& x = input_of(call, 0);
  std::vector<std::int64_t> order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = attribute_ints(call.node, "perm", order);
  std::vector<std::int64_t> sorted = order;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order.size() != x.shape.size() || sorted[i] != static_cast<std::int64_t>(i))
      reject(call, fmt::format("'perm' does not order the {} axes of its input", x.shape.size()));
  Shape shape;
  for (const std::int64_t axis : order) shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  return {shaped(x, shape)};
}

std::vector<Value> squeeze(const Call& call) {
  const Value& x = input_of(call, 0);
  std::vector<bool> gone(x.shape.size(), false);
  const std::vector<std::int64_t> axes = attribute_or_input(call, "axes", 1);
  for (const std::int64_t axis : axes) gone[axis_of(call, axis, x.shape.size())] = true;
  Shape shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (axes.empty() ? x.shape[i] == 1 : gone[i]) {
      if (x.shape[i] != 1) reject(call, fmt::format("axis {} of {} is not 1", i, text_of(x.shape)));
    } else {
      shape.push_back(x.shape[i]);
    }
  }
  return {shaped(x, shape)};
}

std::vector<Value> unsqueeze(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::vector<std::int64_t> axes = attribute_or_input(call, "axes", 1);
  std::vector<bool> fresh(x.shape.size() + axes.size(), false);
  for (const std::int64_t axis : axes) {
    const std::size_t at = axis_of(call, axis, fresh.size());
    if (fresh[at]) reject(call, fmt::format("axis {} is named twice", axis));
    fresh[at] = true;
  }
  Shape shape;
  for (auto next = x.shape.begin(); const bool is_fresh : fresh) shape.push_back(is_fresh ? 1 : *next++);
  return {shaped(x, shape)};
}

std::vector<Value> slice(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::vector<std::int64_t> starts = attribute_or_input(call, "starts", 1);
  const std::vector<std::int64_t> ends = attribute_or_input(call, "ends", 2);
  std::vector<std::int64_t> axes = attribute_or_input(call, "axes", 3);
  std::vector<std::int64_t> steps = has_input(call, 4) ? constant_of(call, 4, "steps") : std::vector<std::int64_t>{};
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    reject(call, "starts, ends, axes and steps differ in number");
  Shape shape = x.shape;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::int64_t& extent = shape[axis_of(call, axes[i], shape.size())];
    const std::int64_t step = steps[i];
    if (step == 0 || step == INT64_MIN) reject(call, fmt::format("step {} is not possible", step));
    if (extent == 0) continue;
    const auto from_end = [&](std::int64_t at) { return at < 0 ? at + extent : at; };
    const std::int64_t first = std::clamp<std::int64_t>(from_end(starts[i]), 0, step > 0 ? extent : extent - 1);
    const std::int64_t last = std::clamp<std::int64_t>(from_end(ends[i]), step > 0 ? 0 : -1, extent);
    const std::int64_t span = step > 0 ? last - first : first - last;
    const std::int64_t stride = step > 0 ? step : -step;
    extent = span <= 0 ? 0 : (span - 1) / stride + 1;
  }
  return {shaped(x, shape)};
}

std::vector<Value> gather(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::size_t axis = axis_of(call, attribute_int(call.node, "axis", 0), x.shape.size());
  Shape shape(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  const Shape& indices = input_of(call, 1).shape;
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
  return {shaped(x, shape)};
}

std::vector<Value> shape_of(const Call& call) {
  return {{"", Type::kI64, {static_cast<std::int64_t>(taken_extents(call).size())}}};
}

std::vector<Value> cast(const Call& call) {
  return {{"", static_cast<Type>(attribute_int(call.node, "to", 0)), input_of(call, 0).shape}};
}

std::vector<Value> constant(const Call& call) {
  for (const auto& [name, value] : call.node.attributes) {
    if (const auto* t = std::get_if<Tensor>(&value)) return {{"", t->type, t->shape}};
    if (std::holds_alternative<float>(value)) return {{"", Type::kF32, {}}};
    if (std::holds_alternative<std::int64_t>(value)) return {{"", Type::kI64, {}}};
    if (const auto* f = std::get_if<std::vector<float>>(&value))
      return {{"", Type::kF32, {static_cast<std::int64_t>(f->size())}}};
    if (const auto* n = std::get_if<std::vector<std::int64_t>>(&value))
      return {{"", Type::kI64, {static_cast<std::int64_t>(n->size())}}};
  }
  reject(call, "holds no number or tensor that cradle can read");
}

std::vector<Value> pad(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::vector<std::int64_t> pads = attribute_or_input(call, "pads", 1);
  std::vector<std::int64_t> axes = has_input(call, 3) ? constant_of(call, 3, "axes") : std::vector<std::int64_t>{};
  if (axes.empty()) {
    axes.resize(x.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (pads.size() != 2 * axes.size())
    reject(call, fmt::format("expected {} pads, found {}", 2 * axes.size(), pads.size()));
  Shape shape = x.shape;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::int64_t& extent = shape[axis_of(call, axes[i], shape.size())];
    if (__builtin_add_overflow(extent, pads[i], &extent) ||
        __builtin_add_overflow(extent, pads[i + axes.size()], &extent) || extent < 0)
      reject(call, "the pads leave no possible extent");
  }
  return {shaped(x, shape)};
}

std::vector<Value> reduce(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::vector<std::int64_t> axes = attribute_or_input(call, "axes", 1);
  if (axes.empty() && attribute_int(call.node, "noop_with_empty_axes", 0) != 0) return {shaped(x, x.shape)};
  std::vector<bool> reduced(x.shape.size(), axes.empty());
  for (const std::int64_t axis : axes) reduced[axis_of(call, axis, x.shape.size())] = true;
  Shape shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (!reduced[i])
      shape.push_back(x.shape[i]);
    else if (attribute_int(call.node, "keepdims", 1) != 0)
      shape.push_back(1);
  }
  return {shaped(x, shape)};
}

std::vector<Value> quantize(const Call& call) {
  const Type type = has_input(call, 2) ? call.inputs[2]->type : Type::kU8;
  return {{"", type, input_of(call, 0).shape}};
}

std::vector<Value> dequantize(const Call& call) { return {{"", input_of(call, 1).type, input_of(call, 0).shape}}; }

constexpr Operator kPlain[] = {
    {"Abs", same},
    {"Add", elementwise},
    {"BatchNormalization", batch_norm},
    {"Cast", cast},
    {"Ceil", same},
    {"Clip", same},
    {"Concat", concat},
    {"Constant", constant},
    {"DequantizeLinear", dequantize},
    {"Div", elementwise},
    {"Dropout", same},
    {"Elu", same},
    {"Equal", compare},
    {"Erf", same},
    {"Exp", same},
    {"Flatten", flatten},
    {"Floor", same},
    {"Gather", gather},
    {"HardSigmoid", same},
    {"HardSwish", same},
    {"Identity", same},
    {"LRN", same},
    {"LeakyRelu", same},
    {"Log", same},
    {"LogSoftmax", same},
    {"Max", elementwise},
    {"Min", elementwise},
    {"Mul", elementwise},
    {"Neg", same},
    {"PRelu", prelu},
    {"Pad", pad},
    {"Pow", elementwise},
    {"QuantizeLinear", quantize},
    {"Reciprocal", same},
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceMax", reduce},
    {"ReduceMean", reduce},
    {"ReduceMin", reduce},
    {"ReduceProd", reduce},
    {"ReduceSum", reduce},
    {"Relu", same},
    {"Reshape", reshape},
    {"Round", same},
    {"Shape", shape_of},
    {"Sigmoid", same},
    {"Slice", slice},
    {"Softmax", same},
    {"Softplus", same},
    {"Split", split},
    {"Sqrt", same},
    {"Squeeze", squeeze},
    {"Sub", elementwise},
    {"Sum", elementwise},
    {"Tanh", same},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
};

}  // namespace

std::span<const Operator> plain_operators() { return kPlain; }

}  // namespace cradle::graph
