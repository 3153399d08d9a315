// Operators that work number by number: activations, sums and products with broadcasting, batch norm.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "cradle/deploy/loops.h"
#include "cradle/deploy/onednn_lower.h"

namespace cradle::deploy::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;

/// What oneDNN 2.6 has no function for.
float (*function_of(const std::string& op))(float) {
  if (op == "Floor") return [](float x) { return std::floor(x); };
  if (op == "Ceil") return [](float x) { return std::ceil(x); };
  if (op == "Erf") return [](float x) { return std::erf(x); };
  return nullptr;
}

float value_of(const Unary& unary, float x) {
  switch (unary.algorithm) {
    case algorithm::eltwise_relu: return x > 0 ? x : unary.alpha * x;
    case algorithm::eltwise_logistic: return 1.0F / (1.0F + std::exp(-x));
    case algorithm::eltwise_hardswish: return x * std::clamp(x / 6.0F + 0.5F, 0.0F, 1.0F);
    case algorithm::eltwise_swish: return x / (1.0F + std::exp(-unary.alpha * x));
    case algorithm::eltwise_tanh: return std::tanh(x);
    case algorithm::eltwise_abs: return std::abs(x);
    case algorithm::eltwise_exp: return std::exp(x);
    case algorithm::eltwise_log: return std::log(x);
    case algorithm::eltwise_sqrt: return std::sqrt(x);
    case algorithm::eltwise_linear: return unary.alpha * x + unary.beta;
    case algorithm::eltwise_clip: return std::min(std::max(x, unary.alpha), unary.beta);
    case algorithm::eltwise_elu: return x > 0 ? x : unary.alpha * std::expm1(x);
    case algorithm::eltwise_pow: return unary.alpha * std::pow(x, unary.beta);
    case algorithm::eltwise_soft_relu: return std::log1p(std::exp(x));
    default: return std::nearbyint(x);
  }
}

/// One of 256 answers for each code.
void lower_by_table(Builder& b, const Group& group, const Place& x, const std::vector<Unary>& unaries,
                    std::pair<Code, Type> to) {
  std::array<std::uint8_t, 256> table{};
  const bool in_signed = x.type() == Type::s8, out_signed = to.second == Type::s8;
  for (int byte = 0; byte < 256; ++byte) {
    const int code = in_signed ? static_cast<std::int8_t>(byte) : byte;
    float value = static_cast<float>(code - x.code->zero) * x.code->scale;
    for (const Unary& unary : unaries) value = value_of(unary, value);
    const float result = std::nearbyint(value / to.first.scale) + static_cast<float>(to.first.zero);
    const float bounded = std::clamp(result, out_signed ? -128.0F : 0.0F, out_signed ? 127.0F : 255.0F);
    table[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(static_cast<int>(bounded));
  }
  Place y = b.temporary(x.shape, to.second, x.layout);
  const auto count = static_cast<std::size_t>(graph::elements_of(x.shape));
  b.add_loops(
      [table, count](std::span<std::byte* const> at) {
        for (std::size_t i = 0; i < count; ++i) at[1][i] = std::byte{table[std::to_integer<std::size_t>(at[0][i])]};
      },
      {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, b.note(group, x.type()));
  b.set_place(result_of(b, group), std::move(y));
}

/// A value with ones before its axes, so that it has `rank` of them.
Place with_rank(Builder& b, const Place& from, std::size_t rank) {
  if (from.shape.size() == rank) return from;
  Place out = b.in_layout(from, Layout::kPlain);
  out.shape.insert(out.shape.begin(), rank - out.shape.size(), 1);
  out.operand.desc = desc_of(out.shape, out.type(), Layout::kPlain);
  return out;
}

struct Binary {
  std::string_view op;
  algorithm oneDNN;  // undef: loops
  float (*function)(float, float);
  bool turns;  // a op b is b op a
};
constexpr std::array kBinaries = {
    Binary{"Add", algorithm::binary_add, [](float a, float c) { return a + c; }, true},
    Binary{"Sum", algorithm::binary_add, [](float a, float c) { return a + c; }, true},
    Binary{"Sub", algorithm::binary_sub, [](float a, float c) { return a - c; }, false},
    Binary{"Mul", algorithm::binary_mul, [](float a, float c) { return a * c; }, true},
    Binary{"Div", algorithm::binary_div, [](float a, float c) { return a / c; }, false},
    Binary{"Min", algorithm::binary_min, [](float a, float c) { return std::min(a, c); }, true},
    Binary{"Max", algorithm::binary_max, [](float a, float c) { return std::max(a, c); }, true},
    Binary{"Pow", algorithm::undef, [](float a, float c) { return std::pow(a, c); }, false},
    Binary{"PRelu", algorithm::undef, [](float a, float c) { return a > 0 ? a : a * c; }, false},
};

const Binary& binary_of(const std::string& op) { return *std::ranges::find(kBinaries, op, &Binary::op); }

Layout common_layout(const Place& a, const Place& c, const graph::Shape& shape) {
  const bool last = (a.shape == shape && a.layout == Layout::kChannelsLast) ||
                    (c.shape == shape && c.layout == Layout::kChannelsLast);
  return last ? Layout::kChannelsLast : Layout::kPlain;
}

/// One primitive over two operands, of which the second may be repeated; nullopt if oneDNN cannot. `first_operand` is
/// that of the first of the attributes' post-ops.
std::optional<Place> add_primitive(Builder& b, algorithm kind, const Place& a, const Place& c, Type type,
                                   const dnnl::primitive_attr& attributes, StepNote note,
                                   const std::optional<Operand>& first_operand = std::nullopt) {
  Place y = b.temporary(a.shape, type, a.layout);
  const dnnl::binary::desc wanted(kind, a.operand.desc, c.operand.desc, y.operand.desc);
  const dnnl::binary::primitive_desc found(wanted, attributes, b.program().engine(), true);
  if (!found) return std::nullopt;
  note.kernel = found.impl_info_str();
  std::vector<Argument> arguments{{DNNL_ARG_SRC_0, a.operand}, {DNNL_ARG_SRC_1, c.operand}, {DNNL_ARG_DST, y.operand}};
  if (first_operand) arguments.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, *first_operand});
  b.add(dnnl::binary(found), found.scratchpad_desc(), std::move(arguments), std::move(note));
  return y;
}

Place combine(Builder& b, const Binary& binary, Place a, Place c, const graph::Shape& shape,
              const std::vector<Unary>& after, const StepNote& note) {
  const std::size_t rank = std::max<std::size_t>(shape.size(), 1);
  a = with_rank(b, a, rank);
  c = with_rank(b, c, rank);
  graph::Shape full = shape;
  full.resize(rank, 1);
  const Layout layout = common_layout(a, c, full);
  const Type type = binary.oneDNN == algorithm::undef ? Type::f32 : b.real();
  a = b.as(a, type, layout);
  c = b.as(c, type, layout);
  if (a.shape != full && binary.turns) std::swap(a, c);
  std::optional<Place> y;
  std::vector<Unary> rest = after;
  if (a.shape == full && binary.oneDNN != algorithm::undef) {
    dnnl::post_ops ops;
    for (const Unary& unary : after) append(ops, unary);
    y = add_primitive(b, binary.oneDNN, a, c, type, attributes_with(ops), note);
    if (y) rest.clear();
  }
  if (!y) {
    a = b.as(a, Type::f32, layout);
    c = b.as(c, Type::f32, layout);
    y = b.temporary(full, Type::f32, layout);
    const Broadcast plan = broadcast_of(full, a.operand.desc.dims(), a.operand.desc.data.format_desc.blocking.strides,
                                        c.operand.desc.dims(), c.operand.desc.data.format_desc.blocking.strides,
                                        physical_axes(rank, layout));
    b.add_loops(
        [plan, function = binary.function](std::span<std::byte* const> at) { run_broadcast(plan, function, at); },
        {{DNNL_ARG_SRC_0, a.operand}, {DNNL_ARG_SRC_1, c.operand}, {DNNL_ARG_DST, y->operand}}, note);
  }
  for (const Unary& unary : rest) y = add_unary(b, unary, *y, note);
  y->shape = shape;
  return *y;
}

/// Of codes, to codes: the zero points become constants that are added. False if it cannot be.
bool lower_coded_binary(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  if (node.inputs.size() != 2 || (node.op != "Add" && node.op != "Mul")) return false;
  Epilogue epilogue = epilogue_of(b, group);
  Place a = b.place(node.inputs[0]), c = b.place(node.inputs[1]);
  const graph::Shape& shape = b.shape(node.outputs[0]);
  if (!epilogue.code || !a.code || !c.code || a.type() != c.type() || a.shape.size() != c.shape.size()) return false;
  if (a.shape != shape) std::swap(a, c);
  const bool sum = node.op == "Add";
  if (a.shape != shape || (!sum && (a.code->zero != 0 || c.code->zero != 0))) return false;
  drop_idle_relu(epilogue);
  const Code out = epilogue.code->first;
  const bool in_codes = all_scale(epilogue);
  const float unit = in_codes ? 1.0F / out.scale : 1.0F;
  dnnl::post_ops ops;
  const float shift =
      sum ? -(a.code->scale * static_cast<float>(a.code->zero) + c.code->scale * static_cast<float>(c.code->zero)) *
                unit
          : 0.0F;
  // As an operand, because two linear functions in one chain do not go (see fuse).
  const auto scalar = desc_of(graph::Shape(std::max<std::size_t>(shape.size(), 1), 1), Type::f32, Layout::kPlain);
  if (shift != 0) ops.append_binary(algorithm::binary_add, scalar);
  for (const Unary& unary : epilogue.before) append(ops, in_codes ? *scaled(unary, unit) : unary);
  if (!in_codes || out.zero != 0) {
    if (has_linear(epilogue)) return false;
    append(ops, {algorithm::eltwise_linear, in_codes ? 1.0F : 1.0F / out.scale, static_cast<float>(out.zero)});
  }
  dnnl::primitive_attr attributes = attributes_with(ops);
  attributes.set_scales(DNNL_ARG_SRC_0, 0, {a.code->scale * unit * (sum ? 1.0F : c.code->scale)});
  if (sum) attributes.set_scales(DNNL_ARG_SRC_1, 0, {c.code->scale * unit});
  const Layout layout = common_layout(a, c, shape);
  auto y = add_primitive(b, binary_of(node.op).oneDNN, b.in_layout(a, layout), b.in_layout(c, layout),
                         epilogue.code->second, attributes, b.note(group, a.type()),
                         shift != 0 ? std::optional(b.program().constant(scalar, &shift)) : std::nullopt);
  if (!y) return false;
  b.set_place(result_of(b, group), *std::move(y));
  return true;
}

}  // namespace

Place add_unary(Builder& b, const Unary& unary, const Place& x, StepNote note) {
  Place y = b.temporary(x.shape, x.type(), x.layout);
  const dnnl::eltwise_forward::desc wanted(dnnl::prop_kind::forward_inference, unary.algorithm, x.operand.desc,
                                           unary.alpha, unary.beta);
  const dnnl::eltwise_forward::primitive_desc found(wanted, attributes_with({}), b.program().engine());
  note.kernel = found.impl_info_str();
  b.add(dnnl::eltwise_forward(found), found.scratchpad_desc(), {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}},
        std::move(note));
  return y;
}

void lower_unary(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const auto unaries = unary_of(b.graph(), node);
  const Place x = b.place(node.inputs[0]);
  if (unaries && x.code && group.nodes.size() == 2)
    if (const auto code = b.code_of(b.node(group.nodes[1]))) return lower_by_table(b, group, x, *unaries, *code);
  if (group.nodes.size() > 1) return lower_in_two(b, group, 1);
  if (unaries) {
    Place y = b.as_real(x, x.layout);
    for (const Unary& unary : *unaries) y = add_unary(b, unary, y, b.note(group, b.real()));
    b.set_place(node.outputs[0], std::move(y));
  } else if (float (*const function)(float) = function_of(node.op)) {
    const Place from = b.as(x, Type::f32, x.layout);
    Place y = b.temporary(x.shape, Type::f32, x.layout);
    const auto count = static_cast<std::size_t>(graph::elements_of(x.shape));
    b.add_loops([function, count](std::span<std::byte* const> at) { run_function(function, count, at); },
                {{DNNL_ARG_SRC, from.operand}, {DNNL_ARG_DST, y.operand}}, b.note(group, Type::f32));
    b.set_place(node.outputs[0], std::move(y));
  } else if (node.op == "Pow") {
    lower_binary(b, group);
  } else {
    b.refuse(index, "the oneDNN engine needs its bounds as constant 32-bit floats");
  }
}

void lower_binary(Builder& b, const Group& group) {
  const graph::Node& node = b.node(group.nodes[0]);
  const std::size_t last = group.nodes.size() - 1;
  if (b.node(group.nodes[last]).op == "QuantizeLinear") {
    if (!lower_coded_binary(b, group)) lower_in_two(b, group, last);
    return;
  }
  const Binary& binary = binary_of(node.op);
  Place sum = b.place(node.inputs[0]);
  const std::vector<Unary> after = epilogue_of(b, group).before;
  if (node.inputs.size() == 1) sum = b.as_real(sum, sum.layout);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Place next = b.place(node.inputs[i]);
    const bool ends = i + 1 == node.inputs.size();
    // Between several operands the shape is that of the two at hand, not yet the result's.
    graph::Shape shape = b.shape(node.outputs[0]);
    if (!ends) shape = broadcast_shape(sum.shape, next.shape);
    sum = combine(b, binary, sum, next, shape, ends ? after : std::vector<Unary>{}, b.note(group, b.real()));
  }
  b.set_place(result_of(b, group), std::move(sum));
}

void lower_batch_norm(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0], last = group.nodes.size() - 1;
  const graph::Node& node = b.node(index);
  if (b.node(group.nodes[last]).op == "QuantizeLinear") return lower_in_two(b, group, last);
  if (graph::attribute_int(node, "training_mode", 0) != 0) b.refuse(index, "it is in training mode");
  std::vector<float> scale = b.floats(index, 1, "its scale"), shift = b.floats(index, 2, "its shift");
  const std::vector<float> mean = b.floats(index, 3, "its mean"), variance = b.floats(index, 4, "its variance");
  const auto epsilon = static_cast<double>(graph::attribute_float(node, "epsilon", 1e-5F));
  for (std::size_t c = 0; c < scale.size(); ++c) {
    const double factor = static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    shift[c] = static_cast<float>(static_cast<double>(shift[c]) - factor * static_cast<double>(mean[c]));
    scale[c] = static_cast<float>(factor);
  }
  const Place x = b.place(node.inputs[0]);
  const Place from = b.as_real(x, x.layout);
  graph::Shape channels(std::max<std::size_t>(from.shape.size(), 2), 1);
  channels[1] = static_cast<std::int64_t>(scale.size());
  const auto desc = desc_of(channels, Type::f32, from.layout);
  const Operand a = b.program().constant(desc, scale.data()), c = b.program().constant(desc, shift.data());
  dnnl::post_ops ops;
  ops.append_binary(algorithm::binary_add, desc);
  for (const Unary& unary : epilogue_of(b, group).before) append(ops, unary);
  Place y = b.temporary(from.shape, b.real(), from.layout);
  const dnnl::binary::primitive_desc found({algorithm::binary_mul, from.operand.desc, desc, y.operand.desc},
                                           attributes_with(ops), b.program().engine());
  b.add(dnnl::binary(found), found.scratchpad_desc(),
        {{DNNL_ARG_SRC_0, from.operand},
         {DNNL_ARG_SRC_1, a},
         {DNNL_ARG_DST, y.operand},
         {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, c}},
        b.note(group, b.real(), found.impl_info_str()));
  b.set_place(result_of(b, group), std::move(y));
}

}  // namespace cradle::deploy::onednn
