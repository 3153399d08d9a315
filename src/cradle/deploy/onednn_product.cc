// Gemm and MatMul: an inner product with packed weights where the right side is constant, else a product of matrices.
#include <algorithm>
#include <cmath>

#include "cradle/deploy/onednn_lower.h"

namespace cradle::deploy::onednn {
namespace {

using dnnl::memory;
using Dims = memory::dims;

/// A product of rows with a constant matrix: the last layer of most nets.
struct Rows {
  std::size_t index = 0;
  std::int64_t rows = 0, inner = 0, columns = 0;
  Dims weight_strides;      ///< of columns × inner, as oneDNN counts them, over the file's matrix
  bool by_columns = false;  ///< the file's matrix is columns × inner
};

std::optional<Rows> rows_of(Builder& b, const Group& group) {
  Rows r;
  r.index = group.nodes[0];
  const graph::Node& node = b.node(r.index);
  const graph::Shape &x = b.shape(node.inputs[0]), &w = b.shape(node.inputs[1]);
  const bool constant = b.tensor(node.inputs[1]) != nullptr || b.constant_decoding(node.inputs[1]) != nullptr;
  if (!constant || w.size() != 2 || x.size() < 2) return std::nullopt;
  if (node.op == "Gemm") {
    if (graph::attribute_int(node, "transA", 0) != 0 || graph::attribute_float(node, "alpha", 1) != 1)
      return std::nullopt;
    r.by_columns = graph::attribute_int(node, "transB", 0) != 0;
    if (b.has(node, 2)) {
      const graph::Shape& bias = b.shape(node.inputs[2]);
      if (graph::attribute_float(node, "beta", 1) != 1 || bias.empty() ||
          graph::elements_of(bias) != w[r.by_columns ? 0 : 1] || bias.back() != graph::elements_of(bias))
        return std::nullopt;
    }
  }
  r.inner = w[r.by_columns ? 1 : 0];
  r.columns = w[r.by_columns ? 0 : 1];
  r.rows = graph::elements_of(x) / r.inner;
  r.weight_strides = r.by_columns ? Dims{r.inner, 1} : Dims{1, r.columns};
  return r;
}

/// Adds the inner product; the value's place gets its own shape back.
bool add_rows(Builder& b, const Group& group, const Rows& r, const Place& x, const Operand& weights,
              const std::optional<Operand>& bias, Type type, const dnnl::primitive_attr& attributes) {
  const memory::desc src({r.rows, r.inner}, x.type(), memory::format_tag::ab);
  const memory::desc own({r.columns, r.inner}, weights.desc.data_type(), r.weight_strides);
  const memory::desc any({r.columns, r.inner}, is_eight_bits(x.type()) ? Type::s8 : x.type(), memory::format_tag::any);
  const memory::desc dst({r.rows, r.columns}, type, memory::format_tag::ab);
  const dnnl::inner_product_forward::desc wanted(
      dnnl::prop_kind::forward_inference, src, any,
      bias ? memory::desc({r.columns}, Type::f32, memory::format_tag::a) : memory::desc(), dst);
  const dnnl::inner_product_forward::primitive_desc found(wanted, attributes, b.program().engine(), true);
  if (!found) return false;
  const dnnl::reorder::primitive_desc moved(b.program().engine(), own, b.program().engine(), found.weights_desc());
  const Operand packed = b.program().temporary(found.weights_desc());
  b.program().add(
      {dnnl::reorder(moved),
       {},
       {{DNNL_ARG_FROM, {weights.buffer, own}}, {DNNL_ARG_TO, packed}},
       {{graph::describe(b.graph(), r.index)}, "pack weights", precision_name(x.type()), moved.impl_info_str()}});
  Place y = b.temporary(b.shape(b.node(r.index).outputs[0]), type, Layout::kPlain);
  std::vector<Argument> arguments{
      {DNNL_ARG_SRC, {x.operand.buffer, src}}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, {y.operand.buffer, dst}}};
  if (bias)
    arguments.push_back({DNNL_ARG_BIAS, {bias->buffer, memory::desc({r.columns}, Type::f32, memory::format_tag::a)}});
  b.add(dnnl::inner_product_forward(found), found.scratchpad_desc(), std::move(arguments),
        b.note(group, x.type(), found.impl_info_str()));
  b.set_place(result_of(b, group), std::move(y));
  return true;
}

/// In eight bits; false if the graph or oneDNN does not allow it.
bool lower_coded_rows(Builder& b, const Group& group, const Rows& r) {
  const graph::Node& node = b.node(r.index);
  const Place& source = b.place(node.inputs[0]);
  const graph::Node* decoding = b.constant_decoding(node.inputs[1]);
  if (!source.code || !is_eight_bits(source.type()) || decoding == nullptr) return false;
  const graph::Tensor& codes = *b.tensor(decoding->inputs[0]);
  const auto held = b.tensor(decoding->inputs[1])->f32();
  std::vector<float> scales(held.begin(), held.end());
  if (codes.type != graph::Type::kI8 || scales.empty()) return false;
  if (scales.size() > 1 && graph::attribute_int(*decoding, "axis", 1) != (r.by_columns ? 0 : 1)) return false;
  if (b.has(*decoding, 2) && std::ranges::any_of(b.tensor(decoding->inputs[2])->bytes, [](auto z) { return z != 0; }))
    return false;
  scales.resize(static_cast<std::size_t>(r.columns), scales[0]);
  std::vector<float> bias_values(scales.size(), 0.0F);
  if (node.op == "Gemm" && b.has(node, 2)) {
    if (const graph::Node* bias = b.constant_decoding(node.inputs[2]))
      bias_values = b.decoded(*bias);
    else if (b.tensor(node.inputs[2]) != nullptr)
      bias_values = b.floats(r.index, 2, "the bias");
    else
      return false;
  }
  Epilogue epilogue = epilogue_of(b, group);
  if ((b.node(group.nodes.back()).op == "QuantizeLinear") != epilogue.code.has_value()) return false;
  drop_idle_relu(epilogue);
  const Place x = b.in_layout(source, Layout::kPlain);
  const Code in = *x.code, out = epilogue.code ? epilogue.code->first : Code{};
  const bool in_codes = all_scale(epilogue);
  const float unit = in_codes ? 1.0F / out.scale : 1.0F;
  dnnl::post_ops ops;
  for (const Unary& unary : epilogue.before) append(ops, in_codes ? *scaled(unary, unit) : unary);
  // The inner product adds the destination's zero point nowhere, so it goes with the activations.
  const Unary last{dnnl::algorithm::eltwise_linear, in_codes ? 1.0F : 1.0F / out.scale, static_cast<float>(out.zero)};
  if (epilogue.code && (!in_codes || out.zero != 0)) {
    if (has_linear(epilogue)) return false;
    append(ops, last);
  }
  // No pads here, so the source's zero point is a constant for each column.
  for (std::size_t c = 0; c < scales.size(); ++c) {
    std::int64_t sum = 0;
    const auto inner = static_cast<std::size_t>(r.inner);
    for (std::size_t k = 0; k < inner; ++k)
      sum += static_cast<std::int8_t>(codes.bytes[r.by_columns ? c * inner + k : k * scales.size() + c]);
    const double step = static_cast<double>(in.scale) * static_cast<double>(scales[c]);
    bias_values[c] = static_cast<float>(std::nearbyint(static_cast<double>(bias_values[c]) / step) -
                                        static_cast<double>(sum * in.zero));
    scales[c] *= in.scale * unit;
  }
  dnnl::primitive_attr attributes = attributes_with(ops);
  attributes.set_output_scales(1 << 1, scales);
  const Operand bias =
      b.program().constant(memory::desc({r.columns}, Type::f32, memory::format_tag::a), bias_values.data());
  const Operand weights = b.program().constant(desc_of(codes.shape, Type::s8, Layout::kPlain), codes.bytes.data());
  return add_rows(b, group, r, x, weights, bias, epilogue.code ? epilogue.code->second : Type::f32, attributes);
}

bool lower_real_rows(Builder& b, const Group& group, const Rows& r) {
  const graph::Node& node = b.node(r.index);
  dnnl::post_ops ops;
  for (const Unary& unary : epilogue_of(b, group).before) append(ops, unary);
  std::optional<Operand> bias;
  if (node.op == "Gemm" && b.has(node, 2)) bias = b.as(b.place(node.inputs[2]), Type::f32, Layout::kPlain).operand;
  const Place x = b.as_real(b.place(node.inputs[0]), Layout::kPlain);
  const Place weights = b.as(b.place(node.inputs[1]), Type::f32, Layout::kPlain);
  return add_rows(b, group, r, x, weights.operand, bias, b.real(), attributes_with(ops));
}

/// Matrices of equal rank, their last two axes multiplied: numpy.matmul's rules as strides.
void lower_matrices(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const Place x = b.as_real(b.place(node.inputs[0]), Layout::kPlain);
  const Place w = b.as_real(b.place(node.inputs[1]), Layout::kPlain);
  Dims a = x.shape, c = w.shape, out = b.shape(node.outputs[0]);
  if (a.size() == 1) {
    a.insert(a.begin(), 1);
    out.insert(out.end() - (c.size() == 1 ? 0 : 1), 1);
  }
  if (c.size() == 1) {
    c.push_back(1);
    out.push_back(1);
  }
  const std::size_t rank = std::max(a.size(), c.size());
  a.insert(a.begin(), rank - a.size(), 1);
  c.insert(c.begin(), rank - c.size(), 1);
  out.insert(out.begin(), rank - out.size(), 1);
  Dims a_strides = strides_of(a, Layout::kPlain), c_strides = strides_of(c, Layout::kPlain);
  const auto turn = [rank](Dims& dims, Dims& strides) {
    std::swap(dims[rank - 2], dims[rank - 1]);
    std::swap(strides[rank - 2], strides[rank - 1]);
  };
  dnnl::post_ops ops;
  dnnl::primitive_attr attributes;
  std::optional<Place> bias;
  if (node.op == "Gemm") {
    if (graph::attribute_int(node, "transA", 0) != 0) turn(a, a_strides);
    if (graph::attribute_int(node, "transB", 0) != 0) turn(c, c_strides);
    if (const float alpha = graph::attribute_float(node, "alpha", 1); alpha != 1)
      attributes.set_output_scales(0, {alpha});
    if (b.has(node, 2)) {
      bias = b.as(b.place(node.inputs[2]), Type::f32, Layout::kPlain);
      if (const float beta = graph::attribute_float(node, "beta", 1); beta != 1)
        bias = add_unary(b, {dnnl::algorithm::eltwise_linear, beta, 0}, *bias, b.note({{index}}, Type::f32));
      Dims dims = bias->shape;
      dims.insert(dims.begin(), 2 - dims.size(), 1);
      bias->operand.desc = desc_of(dims, Type::f32, Layout::kPlain);
      ops.append_binary(dnnl::algorithm::binary_add, bias->operand.desc);
    }
  }
  for (const Unary& unary : epilogue_of(b, group).before) append(ops, unary);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(ops);
  const memory::desc src(a, x.type(), a_strides), weights(c, w.type(), c_strides);
  const memory::desc dst(out, b.real(), strides_of(out, Layout::kPlain));
  const dnnl::matmul::primitive_desc found(dnnl::matmul::desc(src, weights, dst), attributes, b.program().engine());
  Place y = b.temporary(b.shape(node.outputs[0]), b.real(), Layout::kPlain);
  std::vector<Argument> arguments{{DNNL_ARG_SRC, {x.operand.buffer, src}},
                                  {DNNL_ARG_WEIGHTS, {w.operand.buffer, weights}},
                                  {DNNL_ARG_DST, {y.operand.buffer, dst}}};
  if (bias) arguments.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, bias->operand});
  b.add(dnnl::matmul(found), found.scratchpad_desc(), std::move(arguments),
        b.note(group, b.real(), found.impl_info_str()));
  b.set_place(result_of(b, group), std::move(y));
}

}  // namespace

void lower_product(Builder& b, const Group& group) {
  const auto rows = rows_of(b, group);
  if (rows && lower_coded_rows(b, group, *rows)) return;
  if (rows && group.nodes.size() > 1 && b.place(b.node(group.nodes[0]).inputs[0]).code)
    return lower_in_two(b, group, 1);
  const std::size_t last = group.nodes.size() - 1;
  if (b.node(group.nodes[last]).op == "QuantizeLinear") return lower_in_two(b, group, last);
  if (rows && lower_real_rows(b, group, *rows)) return;
  lower_matrices(b, group);
}

}  // namespace cradle::deploy::onednn
