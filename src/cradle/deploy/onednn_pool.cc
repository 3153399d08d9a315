// Operators that summarise: pooling, reductions, softmax.
#include <algorithm>
#include <numeric>

#include "cradle/deploy/onednn_lower.h"
#include "cradle/deploy/onednn_window.h"

namespace cradle::deploy::onednn {
namespace {

using dnnl::algorithm;

Window pool_window(Builder& b, std::size_t index) {
  const graph::Node& node = b.node(index);
  const graph::Shape &x = b.shape(node.inputs[0]), &y = b.shape(node.outputs[0]);
  const dnnl::memory::dims spatial(x.begin() + 2, x.end());
  if (!node.op.starts_with("Global")) return window_of(node, x, y, graph::attribute_ints(node, "kernel_shape", {}));
  const dnnl::memory::dims ones(spatial.size(), 1), none(spatial.size(), 0);
  return {spatial, ones, none, none, none};
}

algorithm pool_kind(Builder& b, std::size_t index, const Window& window) {
  const graph::Node& node = b.node(index);
  if (node.op == "MaxPool" || node.op == "GlobalMaxPool") return algorithm::pooling_max;
  const bool counts_pads = graph::attribute_int(node, "count_include_pad", 0) != 0 && window.padded();
  if (counts_pads && graph::attribute_int(node, "ceil_mode", 0) != 0)
    b.refuse(index, "the oneDNN engine does not average over pads where the extent is rounded up");
  return counts_pads ? algorithm::pooling_avg_include_padding : algorithm::pooling_avg_exclude_padding;
}

bool add_pool(Builder& b, const Group& group, const Window& window, algorithm kind, const Place& x, Type type,
              std::optional<Code> code, const dnnl::primitive_attr& attributes) {
  Place y = b.temporary(b.shape(b.node(group.nodes[0]).outputs[0]), type, x.layout);
  y.code = code;
  const dnnl::pooling_v2_forward::desc wanted(dnnl::prop_kind::forward_inference, kind, x.operand.desc, y.operand.desc,
                                              window.strides, window.kernel, window.dilations, window.before,
                                              window.after);
  const dnnl::pooling_v2_forward::primitive_desc found(wanted, attributes, b.program().engine(), true);
  if (!found) return false;
  b.add(dnnl::pooling_v2_forward(found), found.scratchpad_desc(),
        {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, b.note(group, x.type(), found.impl_info_str()));
  b.set_place(result_of(b, group), std::move(y));
  return true;
}

/// The mean of codes is the code of the mean; another scale goes with it as an activation.
bool lower_coded_average(Builder& b, const Group& group, const Window& window, algorithm kind, const Place& x) {
  const auto to = b.code_of(b.node(group.nodes.back()));
  if (!x.code || !to || to->second != x.type()) return false;
  if (kind == algorithm::pooling_avg_include_padding && x.code->zero != 0) return false;
  const float factor = x.code->scale / to->first.scale;
  const float shift = static_cast<float>(to->first.zero) - factor * static_cast<float>(x.code->zero);
  dnnl::post_ops ops;
  if (factor != 1 || shift != 0) append(ops, {algorithm::eltwise_linear, factor, shift});
  return add_pool(b, group, window, kind, b.in_layout(x, Layout::kChannelsLast), x.type(), std::nullopt,
                  attributes_with(ops));
}

}  // namespace

void lower_pool(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    b.refuse(index, "the oneDNN engine does not give the places of the greatest values");
  const Window window = pool_window(b, index);
  const algorithm kind = pool_kind(b, index, window);
  const Place x = b.place(node.inputs[0]);
  if (group.nodes.size() > 1 && lower_coded_average(b, group, window, kind, x)) return;
  if (group.nodes.size() > 1) return lower_in_two(b, group, 1);
  // The greatest code is the code of the greatest.
  const bool stays = kind == algorithm::pooling_max && is_eight_bits(x.type());
  const Place from = stays ? b.in_layout(x, Layout::kChannelsLast) : b.as_real(x, Layout::kChannelsLast);
  if (!add_pool(b, group, window, kind, from, from.type(), from.code, attributes_with({})))
    b.refuse(index, "oneDNN has no implementation of this pooling on this processor");
}

void lower_reduce(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const Place held = b.place(node.inputs[0]);
  const auto rank = static_cast<std::int64_t>(held.shape.size());
  std::vector<std::int64_t> axes = graph::attribute_ints(node, "axes", {});
  if (axes.empty() && b.has(node, 1)) {
    const auto known = b.integers(node.inputs[1]);
    if (!known) b.refuse(index, "its axes are not known before a run");
    axes = *known;
  }
  const Place x = b.as(held, Type::f32, held.layout);
  if (axes.empty() && graph::attribute_int(node, "noop_with_empty_axes", 0) != 0)
    return b.set_place(node.outputs[0], x);
  if (axes.empty()) {
    axes.resize(held.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  graph::Shape ones = x.shape;
  for (const std::int64_t axis : axes) ones[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = 1;
  Place y = x;
  if (ones != x.shape) {
    const algorithm kind = node.op == "ReduceMean"  ? algorithm::reduction_mean
                           : node.op == "ReduceSum" ? algorithm::reduction_sum
                           : node.op == "ReduceMax" ? algorithm::reduction_max
                                                    : algorithm::reduction_min;
    y = b.temporary(ones, Type::f32, x.layout);
    const dnnl::reduction::primitive_desc found({kind, x.operand.desc, y.operand.desc, 0, 0}, attributes_with({}),
                                                b.program().engine());
    b.add(dnnl::reduction(found), found.scratchpad_desc(), {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}},
          b.note(group, Type::f32, found.impl_info_str()));
  }
  if (const graph::Shape& shape = b.shape(node.outputs[0]); shape != y.shape) {
    y = b.in_layout(y, Layout::kPlain);
    y.shape = shape;
    y.operand.desc = desc_of(shape, Type::f32, Layout::kPlain);
  }
  b.set_place(node.outputs[0], std::move(y));
}

void lower_softmax(Builder& b, const Group& group) {
  constexpr std::int64_t kOneAxisSince = 13;  // before, all axes from "axis" on were one
  const graph::Node& node = b.node(group.nodes[0]);
  const Place held = b.place(node.inputs[0]);
  const bool one_axis = b.graph().opset >= kOneAxisSince;
  const auto rank = static_cast<std::int64_t>(held.shape.size());
  std::int64_t axis = graph::attribute_int(node, "axis", one_axis ? -1 : 1);
  if (axis < 0) axis += rank;
  Place x = b.as_real(held, one_axis ? held.layout : Layout::kPlain);
  if (!one_axis) {
    const auto cut = x.shape.begin() + axis;
    x.shape = {graph::elements_of({x.shape.begin(), cut}), graph::elements_of({cut, x.shape.end()})};
    x.operand.desc = desc_of(x.shape, x.type(), Layout::kPlain);
    axis = 1;
  }
  Place y = b.temporary(x.shape, x.type(), x.layout);
  const std::vector<Argument> arguments{{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}};
  const auto add = [&]<class Forward>(Forward*) {
    const typename Forward::desc wanted(dnnl::prop_kind::forward_inference, x.operand.desc, static_cast<int>(axis));
    const typename Forward::primitive_desc found(wanted, attributes_with({}), b.program().engine());
    b.add(Forward(found), found.scratchpad_desc(), arguments, b.note(group, x.type(), found.impl_info_str()));
  };
  if (node.op == "Softmax")
    add(static_cast<dnnl::softmax_forward*>(nullptr));
  else
    add(static_cast<dnnl::logsoftmax_forward*>(nullptr));
  y.shape = held.shape;
  y.operand.desc = desc_of(held.shape, y.type(), y.layout);
  b.set_place(node.outputs[0], std::move(y));
}

}  // namespace cradle::deploy::onednn
