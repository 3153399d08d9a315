// Conv and ConvTranspose: one primitive with packed weights and what follows; in eight bits where the graph is coded.
#include <algorithm>
#include <cmath>

#include "cradle/deploy/onednn_lower.h"
#include "cradle/deploy/onednn_window.h"

namespace cradle::deploy::onednn {
namespace {

using dnnl::memory;
using Dims = memory::dims;

/// What both kinds of convolution are told.
struct Task {
  bool transposed = false;
  std::size_t index = 0;  ///< of the node
  graph::Shape x, y;
  std::int64_t group = 1, in = 0, out = 0;
  Dims weight_dims, weight_strides;  ///< oneDNN's order: (group,) out, in, kernel
  Window window;
};

Task task_of(const Builder& b, const Group& group) {
  Task t;
  t.index = group.nodes[0];
  const graph::Node& node = b.node(t.index);
  t.transposed = node.op == "ConvTranspose";
  t.x = b.shape(node.inputs[0]);
  t.y = b.shape(node.outputs[0]);
  t.group = graph::attribute_int(node, "group", 1);
  const graph::Shape& w = b.shape(node.inputs[1]);
  const Dims kernel(w.begin() + 2, w.end());
  t.in = t.x[1];
  t.out = t.y[1];
  const Dims strides = strides_of(w, Layout::kPlain);
  Dims dims = w, own = strides;
  if (t.transposed) {  // the file has in × out/group, oneDNN wants out/group × in/group
    std::swap(dims[0], dims[1]);
    std::swap(own[0], own[1]);
  }
  if (t.group > 1) {
    const std::int64_t a = t.out / t.group, c = t.in / t.group;
    dims.erase(dims.begin(), dims.begin() + 2);
    dims.insert(dims.begin(), {t.group, a, c});
    own.insert(own.begin(), t.transposed ? c * strides[0] : a * strides[0]);
  }
  t.weight_dims = dims;
  t.weight_strides = own;
  t.window = t.transposed ? transposed_window_of(node, t.x, t.y, kernel) : window_of(node, t.x, t.y, kernel);
  return t;
}

/// A primitive that exists, with its descriptions.
struct Chosen {
  dnnl::primitive primitive;
  memory::desc src, weights, dst, scratchpad;
  std::string kernel;
};

template <class Forward>
std::optional<Chosen> choose_as(Builder& b, const Task& t, dnnl::algorithm algorithm, memory::desc src, Type weights,
                                const memory::desc& bias, memory::desc dst, const dnnl::primitive_attr& attributes) {
  const memory::desc any(t.weight_dims, weights, memory::format_tag::any);
  const typename Forward::desc wanted(dnnl::prop_kind::forward_inference, algorithm, src, any, bias, dst,
                                      t.window.strides, t.window.dilations, t.window.before, t.window.after);
  const typename Forward::primitive_desc found(wanted, attributes, b.program().engine(), true);
  if (!found) return std::nullopt;
  return Chosen{Forward(found),   found.src_desc(),        found.weights_desc(),
                found.dst_desc(), found.scratchpad_desc(), found.impl_info_str()};
}

std::optional<Chosen> choose(Builder& b, const Task& t, Type src, Type weights, const memory::desc& bias, Type dst,
                             const dnnl::primitive_attr& attributes) {
  const auto x = desc_of(t.x, src, Layout::kChannelsLast), y = desc_of(t.y, dst, Layout::kChannelsLast);
  return t.transposed ? choose_as<dnnl::deconvolution_forward>(b, t, dnnl::algorithm::deconvolution_direct, x, weights,
                                                               bias, y, attributes)
                      : choose_as<dnnl::convolution_forward>(b, t, dnnl::algorithm::convolution_direct, x, weights,
                                                             bias, y, attributes);
}

/// Weights in the order that the primitive chose; at once if they are constant.
Operand packed(Builder& b, const Operand& weights, const Task& t, const memory::desc& wanted) {
  const memory::desc own(t.weight_dims, weights.desc.data_type(), t.weight_strides);
  const dnnl::reorder::primitive_desc moved(b.program().engine(), own, b.program().engine(), wanted);
  const Operand to = b.program().temporary(wanted);
  b.program().add({dnnl::reorder(moved),
                   {},
                   {{DNNL_ARG_FROM, {weights.buffer, own}}, {DNNL_ARG_TO, to}},
                   {{graph::describe(b.graph(), t.index)},
                    "pack weights",
                    precision_name(wanted.data_type()),
                    moved.impl_info_str()}});
  return to;
}

/// True if the result may be written where the addend lies.
bool adds_in_place(const Builder& b, const Place& addend, const std::string& name, const Place& x, Type type,
                   const graph::Shape& shape) {
  return addend.shape == shape && addend.type() == type && addend.operand.buffer != x.operand.buffer &&
         same_order(shape, addend.layout, Layout::kChannelsLast) && b.dies_here(name);
}

Place destination(Builder& b, const Task& t, const Epilogue& epilogue, Type type) {
  if (epilogue.addend.empty()) return b.temporary(t.y, type, Layout::kChannelsLast);
  Place place = b.place(epilogue.addend);
  b.forget_copies(place.operand.buffer);
  place.layout = Layout::kChannelsLast;
  place.operand.desc = desc_of(t.y, type, Layout::kChannelsLast);
  place.code.reset();
  return place;
}

void add_convolution(Builder& b, const Group& group, const Chosen& chosen, const Place& x, const Operand& weights,
                     const std::optional<Operand>& bias, Place y, Type computes) {
  std::vector<Argument> arguments{{DNNL_ARG_SRC, {x.operand.buffer, chosen.src}},
                                  {DNNL_ARG_WEIGHTS, weights},
                                  {DNNL_ARG_DST, {y.operand.buffer, chosen.dst}}};
  if (bias) arguments.push_back({DNNL_ARG_BIAS, *bias});
  b.add(chosen.primitive, chosen.scratchpad, std::move(arguments), b.note(group, computes, chosen.kernel));
  b.set_place(result_of(b, group), std::move(y));
}

/// In f32 or bf16.
void lower_real(Builder& b, const Group& group, const Task& t) {
  const graph::Node& node = b.node(t.index);
  for (std::size_t at = 1; at < group.nodes.size(); ++at)
    if (b.node(group.nodes[at]).op == "QuantizeLinear") return lower_in_two(b, group, at);
  const Epilogue epilogue = epilogue_of(b, group);
  const Type type = b.real();
  const Place x = b.as_real(b.place(node.inputs[0]), Layout::kChannelsLast);
  if (!epilogue.addend.empty() && !adds_in_place(b, b.place(epilogue.addend), epilogue.addend, x, type, t.y))
    return lower_in_two(b, group, epilogue.sum_at);
  dnnl::post_ops ops;
  for (const Unary& unary : epilogue.before) append(ops, unary);
  if (!epilogue.addend.empty()) ops.append_sum(1.0F);
  for (const Unary& unary : epilogue.after) append(ops, unary);
  std::optional<Operand> bias;
  if (b.has(node, 2)) bias = b.as(b.place(node.inputs[2]), Type::f32, Layout::kPlain).operand;
  const memory::desc bias_desc = bias ? bias->desc : memory::desc();
  const auto chosen = choose(b, t, type, type, bias_desc, type, attributes_with(ops));
  if (!chosen || (is_reference(chosen->kernel) && group.nodes.size() > 1)) {
    if (group.nodes.size() > 1) return lower_in_two(b, group, 1);
    b.refuse(t.index, "oneDNN has no implementation of this convolution on this processor");
  }
  const Place weights = b.as(b.place(node.inputs[1]), Type::f32, Layout::kPlain);
  add_convolution(b, group, *chosen, x, packed(b, weights.operand, t, chosen->weights), bias,
                  destination(b, t, epilogue, type), type);
}

/// Weights and bias of a convolution that the graph has coded.
struct CodedWeights {
  const graph::Tensor* codes = nullptr;
  std::vector<float> scales;  ///< per output channel
  std::vector<float> bias;    ///< in numbers; empty: none
};

std::optional<CodedWeights> coded_weights(const Builder& b, const Task& t) {
  const graph::Node& node = b.node(t.index);
  const graph::Node* decoding = b.constant_decoding(node.inputs[1]);
  if (decoding == nullptr || t.transposed) return std::nullopt;
  CodedWeights w{b.tensor(decoding->inputs[0]), {}, {}};
  if (w.codes->type != graph::Type::kI8) return std::nullopt;
  if (b.has(*decoding, 2))
    for (const std::uint8_t zero : b.tensor(decoding->inputs[2])->bytes)
      if (zero != 0) return std::nullopt;
  const auto scales = b.tensor(decoding->inputs[1])->f32();
  w.scales.assign(scales.begin(), scales.end());
  if (w.scales.size() == 1) w.scales.assign(static_cast<std::size_t>(t.out), w.scales[0]);
  if (static_cast<std::int64_t>(w.scales.size()) != t.out ||
      (scales.size() > 1 && graph::attribute_int(*decoding, "axis", 1) != 0))
    return std::nullopt;
  if (!b.has(node, 2)) return w;
  if (const graph::Node* bias = b.constant_decoding(node.inputs[2]))
    w.bias = b.decoded(*bias);
  else if (const graph::Tensor* held = b.tensor(node.inputs[2]); held != nullptr && held->type == graph::Type::kF32)
    w.bias.assign(held->f32().begin(), held->f32().end());
  return static_cast<std::int64_t>(w.bias.size()) == t.out ? std::optional(w) : std::nullopt;
}

/// The bias in units of the sum of products of codes. Where no pads bring in zeros of their own, it takes with it what
/// the source's zero point adds.
std::vector<float> code_bias(const CodedWeights& w, const Code& x, bool with_zero) {
  const std::size_t channels = w.scales.size(), inner = w.codes->bytes.size() / channels;
  std::vector<float> bias(channels, 0.0F);
  for (std::size_t c = 0; c < channels; ++c) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < inner; ++i) sum += static_cast<std::int8_t>(w.codes->bytes[c * inner + i]);
    const double own = w.bias.empty() ? 0.0
                                      : static_cast<double>(w.bias[c]) /
                                            (static_cast<double>(x.scale) * static_cast<double>(w.scales[c]));
    bias[c] = static_cast<float>(std::nearbyint(own) - (with_zero ? static_cast<double>(sum * x.zero) : 0.0));
  }
  return bias;
}

/// In eight bits; false if oneDNN cannot.
bool lower_coded(Builder& b, const Group& group, const Task& t, const CodedWeights& w) {
  Epilogue epilogue = epilogue_of(b, group);
  const bool is_coded = b.node(group.nodes.back()).op == "QuantizeLinear";
  if (is_coded != epilogue.code.has_value()) return false;
  const Place x = b.in_layout(b.place(b.node(t.index).inputs[0]), Layout::kChannelsLast);
  const Code in = *x.code, out = epilogue.code ? epilogue.code->first : Code{};
  const Type type = epilogue.code ? epilogue.code->second : Type::f32;
  Code addend;
  if (!epilogue.addend.empty()) {
    const Place& place = b.place(epilogue.addend);
    if (!adds_in_place(b, place, epilogue.addend, x, type, t.y)) return false;
    if (is_eight_bits(type) != place.code.has_value()) return false;
    addend = place.code.value_or(Code{});
  }
  drop_idle_relu(epilogue);
  const bool in_codes = all_scale(epilogue);
  const float unit = in_codes ? 1.0F / out.scale : 1.0F;  // of what passes through the activations
  dnnl::post_ops ops;
  for (const Unary& unary : epilogue.before) append(ops, in_codes ? *scaled(unary, unit) : unary);
  if (!epilogue.addend.empty()) ops.append_sum(addend.scale * unit, addend.zero, type);
  for (const Unary& unary : epilogue.after) append(ops, in_codes ? *scaled(unary, unit) : unary);
  if (!in_codes && epilogue.code && has_linear(epilogue)) return false;
  if (!in_codes && epilogue.code) append(ops, {dnnl::algorithm::eltwise_linear, 1.0F / out.scale, 0});
  dnnl::primitive_attr attributes = attributes_with(ops);
  std::vector<float> scales;
  for (const float scale : w.scales) scales.push_back(in.scale * scale * unit);
  attributes.set_output_scales(1 << 1, scales);
  const bool in_bias = in.zero != 0 && !t.window.padded();
  if (in.zero != 0 && !in_bias) attributes.set_zero_points(DNNL_ARG_SRC, 0, {in.zero});
  if (out.zero != 0) attributes.set_zero_points(DNNL_ARG_DST, 0, {out.zero});
  const bool has_bias = !w.bias.empty() || in_bias;
  const memory::desc bias_desc = has_bias ? memory::desc({t.out}, Type::f32, memory::format_tag::a) : memory::desc();
  const auto chosen = choose(b, t, x.type(), Type::s8, bias_desc, type, attributes);
  if (!chosen) return false;
  const memory::desc own(t.weight_dims, Type::s8, t.weight_strides);
  const Operand weights = b.program().constant(own, w.codes->bytes.data());
  std::optional<Operand> bias;
  if (has_bias) bias = b.program().constant(bias_desc, code_bias(w, in, in_bias).data());
  add_convolution(b, group, *chosen, x, packed(b, weights, t, chosen->weights), bias, destination(b, t, epilogue, type),
                  x.type());
  return true;
}

}  // namespace

void lower_convolution(Builder& b, const Group& group) {
  const Task t = task_of(b, group);
  const Place& x = b.place(b.node(t.index).inputs[0]);
  if (x.code && is_eight_bits(x.type())) {
    if (const auto weights = coded_weights(b, t)) {
      if (lower_coded(b, group, t, *weights)) return;
      // Perhaps without what follows: up to the code before the sum, or alone.
      const Epilogue epilogue = epilogue_of(b, group);
      if (epilogue.sum_at > 0) {
        const bool decodes = b.node(group.nodes[epilogue.sum_at - 1]).op == "DequantizeLinear";
        return lower_in_two(b, group, decodes ? epilogue.sum_at - 1 : epilogue.sum_at);
      }
      if (group.nodes.size() > 1) return lower_in_two(b, group, 1);
    }
  }
  lower_real(b, group, t);
}

}  // namespace cradle::deploy::onednn
