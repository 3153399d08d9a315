// Operators that move or select values, and those that only change what codes mean. They run in whatever type they
// find.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/deploy/loops.h"
#include "cradle/deploy/onednn_lower.h"

namespace cradle::deploy::onednn {
namespace {

using Dims = dnnl::memory::dims;

std::size_t axis_of(std::int64_t axis, const graph::Shape& shape) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
}

/// Integers of an attribute or, in later operator sets, of an input; empty if in neither.
std::vector<std::int64_t> attribute_or_input(Builder& b, std::size_t index, std::string_view attribute,
                                             std::size_t input) {
  const graph::Node& node = b.node(index);
  if (node.attributes.contains(std::string(attribute))) return graph::attribute_ints(node, attribute, {});
  if (!b.has(node, input)) return {};
  const auto known = b.integers(node.inputs[input]);
  if (!known) b.refuse(index, fmt::format("'{}' is not known before a run", attribute));
  return *known;
}

/// Quantises with one scale a channel: only for models that code more than weights so.
void lower_coded_channels(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const std::vector<float> scales = b.floats(index, 1, "its scale");
  const graph::Tensor* zeros = b.has(node, 2) ? b.tensor(node.inputs[2]) : nullptr;
  const Place x = b.as(b.place(node.inputs[0]), Type::f32, Layout::kPlain);
  const std::size_t axis = axis_of(graph::attribute_int(node, "axis", 1), x.shape);
  const bool is_signed = zeros != nullptr && zeros->type == graph::Type::kI8;
  const bool fits = zeros == nullptr || (zeros->bytes.size() == scales.size() && graph::bytes_of(zeros->type) == 1);
  if (axis >= x.shape.size() || static_cast<std::int64_t>(scales.size()) != x.shape[axis] || !fits)
    b.refuse(index, "its scale is neither one number nor one a channel");
  std::vector<float> shifts(scales.size(), 0.0F);
  for (std::size_t c = 0; zeros != nullptr && c < shifts.size(); ++c)
    shifts[c] = static_cast<float>(is_signed ? static_cast<std::int8_t>(zeros->bytes[c]) : zeros->bytes[c]);
  const auto inner = static_cast<std::size_t>(
      graph::elements_of({x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end()}));
  const auto count = static_cast<std::size_t>(graph::elements_of(x.shape));
  Place y = b.temporary(x.shape, is_signed ? Type::s8 : Type::u8, Layout::kPlain);
  const float low = is_signed ? -128.0F : 0.0F, high = is_signed ? 127.0F : 255.0F;
  b.add_loops(
      [=](std::span<std::byte* const> at) {
        const auto* from = reinterpret_cast<const float*>(at[0]);
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t c = i / inner % scales.size();
          const float code = std::clamp(std::nearbyint(from[i] / scales[c]) + shifts[c], low, high);
          at[1][i] = static_cast<std::byte>(static_cast<int>(code));
        }
      },
      {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, b.note(group, y.type()));
  b.set_place(node.outputs[0], std::move(y));
}

Place reshaped(Builder& b, const Place& from, const graph::Shape& shape) {
  Place to = b.in_layout(from, Layout::kPlain);
  to.shape = shape;
  to.operand.desc = desc_of(shape, to.type(), Layout::kPlain);
  return to;
}

}  // namespace

void lower_quantize(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  const Place x = b.place(node.inputs[0]);
  const auto to = b.code_of(node);
  if (!to) return lower_coded_channels(b, group);
  if (x.code && *x.code == to->first && x.type() == to->second) {  // it was only moved since it was coded
    Place codes = x;
    codes.code.reset();
    return b.set_place(node.outputs[0], std::move(codes));
  }
  b.set_place(node.outputs[0], b.coded(b.as(x, Type::f32, x.layout), to->second, to->first, b.note(group, to->second)));
}

void lower_dequantize(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  if (b.constant_decoding(node.outputs[0]) != nullptr) return;  // weights: decoded if somebody wants them so
  const auto code = b.code_of(node);
  Place x = b.place(node.inputs[0]);
  if (!code || !is_eight_bits(x.type()) || x.code)
    b.refuse(index,
             "the oneDNN engine decodes eight-bit values with one constant scale; this has another type or scales");
  x.code = code->first;
  b.set_place(node.outputs[0], std::move(x));
}

void lower_alias(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  if (node.op == "Cast" && graph::attribute_int(node, "to", 0) != static_cast<std::int64_t>(graph::Type::kF32))
    b.refuse(index, "the oneDNN engine computes with 32-bit floats and does not cast to another type");
  if (node.op == "Dropout" && b.has(node, 2)) {
    const graph::Tensor* training = b.tensor(node.inputs[2]);
    if (training == nullptr || training->bytes.empty() || training->bytes[0] != 0)
      b.refuse(index, "it is in training mode");
  }
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    for (const graph::Value& output : b.graph().outputs)
      if (output.name == node.outputs[1]) b.refuse(index, "the oneDNN engine does not give the mask");
  const Place& from = b.place(node.inputs[0]);
  if (node.op == "Cast" && is_eight_bits(from.type()) && !from.code)
    return b.set_place(node.outputs[0], b.as(from, Type::f32, from.layout));
  b.set_place(node.outputs[0], Place(from));
}

void lower_reshape(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  b.set_place(node.outputs[0], reshaped(b, b.place(node.inputs[0]), b.shape(node.outputs[0])));
}

void lower_expand(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  const graph::Shape& to = b.shape(node.outputs[0]);
  graph::Shape aligned = b.place(node.inputs[0]).shape;
  aligned.insert(aligned.begin(), to.size() - aligned.size(), 1);
  Place x = reshaped(b, b.place(node.inputs[0]), aligned);
  for (std::size_t axis = 0; axis < to.size(); ++axis)
    if (aligned[axis] != to[axis])
      x = take(b, x, axis, std::vector<std::int64_t>(static_cast<std::size_t>(to[axis]), 0), 0,
               b.note(group, x.type()));
  b.set_place(node.outputs[0], std::move(x));
}

void lower_transpose(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  const Place x = b.place(node.inputs[0]);
  std::vector<std::int64_t> order(x.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = graph::attribute_ints(node, "perm", order);
  const Dims strides = strides_of(x.shape, x.layout);
  Place y = x;
  y.shape = b.shape(node.outputs[0]);
  Dims turned;
  for (const std::int64_t axis : order) turned.push_back(strides[static_cast<std::size_t>(axis)]);
  for (const Layout layout : {Layout::kPlain, Layout::kChannelsLast})
    if ((layout == Layout::kPlain || x.shape.size() > 2) && (order.empty() || strides_of(y.shape, layout) == turned)) {
      y.layout = layout;  // the numbers stay where they are
      y.operand.desc = desc_of(y.shape, x.type(), layout);
      return b.set_place(node.outputs[0], std::move(y));
    }
  const dnnl::memory::desc from(y.shape, x.type(), turned);
  y = b.temporary(y.shape, x.type(), Layout::kPlain);
  y.code = x.code;
  const dnnl::reorder::primitive_desc moved(b.program().engine(), from, b.program().engine(), y.operand.desc);
  b.add(dnnl::reorder(moved), {}, {{DNNL_ARG_FROM, {x.operand.buffer, from}}, {DNNL_ARG_TO, y.operand}},
        b.note(group, x.type(), moved.impl_info_str()));
  b.set_place(node.outputs[0], std::move(y));
}

void lower_concat(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  std::vector<Place> parts;
  for (const std::string& input : node.inputs) parts.push_back(b.place(input));
  const Place first = parts[0];
  const bool stays = is_eight_bits(first.type()) && std::ranges::all_of(parts, [&](const Place& part) {
                       return part.type() == first.type() && part.code == first.code;
                     });
  const bool last = std::ranges::any_of(parts, [](const Place& part) { return part.layout == Layout::kChannelsLast; });
  const Layout layout = last ? Layout::kChannelsLast : Layout::kPlain;
  const Type type = stays ? first.type() : b.real();
  std::vector<dnnl::memory::desc> descs;
  std::vector<Argument> arguments;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = b.as(parts[i], type, layout);
    descs.push_back(parts[i].operand.desc);
    arguments.push_back({DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), parts[i].operand});
  }
  Place y = b.temporary(b.shape(node.outputs[0]), type, layout);
  if (stays) y.code = first.code;
  const auto axis = static_cast<int>(axis_of(graph::attribute_int(node, "axis", 0), y.shape));
  dnnl::primitive_attr attributes = attributes_with({});
  const dnnl::concat::primitive_desc found(y.operand.desc, axis, descs, b.program().engine(), attributes);
  arguments.push_back({DNNL_ARG_DST, y.operand});
  b.add(dnnl::concat(found), found.scratchpad_desc(), std::move(arguments), b.note(group, type, found.impl_info_str()));
  b.set_place(node.outputs[0], std::move(y));
}

Place take(Builder& b, const Place& x, std::size_t axis, std::vector<std::int64_t> indices, float fill,
           const StepNote& note) {
  graph::Shape shape = x.shape;
  shape[axis] = static_cast<std::int64_t>(indices.size());
  Place y = b.temporary(shape, x.type(), x.layout);
  y.code = x.code;
  const std::size_t size = dnnl::memory::data_type_size(x.type());
  Take plan{1, static_cast<std::size_t>(x.shape[axis]), size, std::move(indices), std::vector<std::byte>(size)};
  bool inside = false;
  for (const std::size_t one : physical_axes(x.shape.size(), x.layout)) {
    if (one == axis)
      inside = true;
    else
      (inside ? plan.inner_bytes : plan.outer) *= static_cast<std::size_t>(x.shape[one]);
  }
  if (x.type() == Type::f32) std::memcpy(plan.fill.data(), &fill, size);
  if (x.type() == Type::bf16) std::memcpy(plan.fill.data(), reinterpret_cast<const char*>(&fill) + 2, size);
  if (x.code)
    plan.fill[0] = static_cast<std::byte>(static_cast<int>(std::nearbyint(fill / x.code->scale)) + x.code->zero);
  b.add_loops([plan](std::span<std::byte* const> at) { run_take(plan, at); },
              {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, note);
  return y;
}

void lower_slice(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const auto starts = attribute_or_input(b, index, "starts", 1), ends = attribute_or_input(b, index, "ends", 2);
  auto axes = attribute_or_input(b, index, "axes", 3), steps = attribute_or_input(b, index, "steps", 4);
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  steps.resize(starts.size(), 1);
  Place x = b.place(node.inputs[0]);
  const graph::Shape& shape = b.shape(node.outputs[0]);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(axes[i], x.shape);
    const std::int64_t extent = x.shape[axis];
    if (shape[axis] == 0) b.refuse(index, "it leaves nothing");
    std::int64_t at = starts[i] < 0 ? starts[i] + extent : starts[i];
    at = std::clamp<std::int64_t>(at, 0, steps[i] > 0 ? extent : extent - 1);
    std::vector<std::int64_t> indices;
    for (std::int64_t n = 0; n < shape[axis]; ++n, at += steps[i]) indices.push_back(at);
    if (static_cast<std::int64_t>(indices.size()) == extent && steps[i] == 1) continue;
    x = take(b, x, axis, std::move(indices), 0, b.note(group, x.type()));
  }
  b.set_place(node.outputs[0], std::move(x));
}

void lower_split(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  const Place x = b.place(node.inputs[0]);
  const std::size_t axis = axis_of(graph::attribute_int(node, "axis", 0), x.shape);
  std::int64_t at = 0;
  for (const std::string& output : node.outputs) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(b.shape(output)[axis]));
    if (indices.empty()) b.refuse(group.nodes[0], "it leaves nothing");
    std::iota(indices.begin(), indices.end(), at);
    at += static_cast<std::int64_t>(indices.size());
    b.set_place(output, take(b, x, axis, std::move(indices), 0, b.note(group, x.type())));
  }
}

void lower_pad(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const auto pads = attribute_or_input(b, index, "pads", 1);
  auto axes = attribute_or_input(b, index, "axes", 3);
  const std::string mode = graph::attribute_string(node, "mode", "constant");
  float fill = graph::attribute_float(node, "value", 0);
  if (b.has(node, 2)) fill = b.floats(index, 2, "its value").at(0);
  if (mode != "constant" && mode != "reflect" && mode != "edge")
    b.refuse(index, fmt::format("the oneDNN engine does not pad in mode '{}'", mode));
  Place x = b.place(node.inputs[0]);
  if (is_eight_bits(x.type()) && fill != 0) x = b.as(x, Type::f32, x.layout);
  if (axes.empty()) {
    axes.resize(x.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t before = pads[i], after = pads[i + axes.size()];
    const std::size_t axis = axis_of(axes[i], x.shape);
    const std::int64_t last = x.shape[axis] - 1;
    if (before == 0 && after == 0) continue;
    std::vector<std::int64_t> indices;
    for (std::int64_t at = -before; at <= last + after; ++at) {
      std::int64_t from = at;
      if (mode == "edge") from = std::clamp<std::int64_t>(at, 0, last);
      if (mode == "reflect") {
        const std::int64_t period = std::max<std::int64_t>(2 * last, 1);
        const std::int64_t folded = ((at % period) + period) % period;
        from = folded > last ? period - folded : folded;
      }
      indices.push_back(from > last ? -1 : std::max<std::int64_t>(from, -1));
    }
    if (indices.empty()) b.refuse(index, "it leaves nothing");
    x = take(b, x, axis, std::move(indices), fill, b.note(group, x.type()));
  }
  b.set_place(node.outputs[0], std::move(x));
}

void lower_gather(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  auto indices = b.integers(node.inputs[1]);
  if (!indices) b.refuse(index, "the oneDNN engine needs its indices as constant integers");
  const Place x = b.in_layout(b.place(node.inputs[0]), Layout::kPlain);
  const std::size_t axis = axis_of(graph::attribute_int(node, "axis", 0), x.shape);
  for (std::int64_t& at : *indices) {
    if (at < -x.shape[axis] || at >= x.shape[axis])
      b.refuse(index, fmt::format("index {} lies outside axis {} of {}", at, axis, graph::text_of(x.shape)));
    if (at < 0) at += x.shape[axis];
  }
  const Place taken = take(b, x, axis, *std::move(indices), 0, b.note(group, x.type()));
  b.set_place(node.outputs[0], reshaped(b, taken, b.shape(node.outputs[0])));
}

}  // namespace cradle::deploy::onednn
