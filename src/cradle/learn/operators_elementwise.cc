// Operators that treat each element by itself: activations, arithmetic, dropout, (de)quantisation; and softmax.
#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/round.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>

#include "cradle/base/error.h"
#include "cradle/compress/harden.h"
#include "cradle/learn/operators.h"

namespace cradle::learn {

namespace {

using Inputs = std::span<const at::Tensor>;

/// An operation of one tensor without attributes.
template <at::Tensor (*F)(const at::Tensor&)>
Operation build_unary(const Site&) {
  return [](Inputs in, bool) { return F(in[0]); };
}

Operation build_identity(const Site&) {
  return [](Inputs in, bool) { return in[0]; };
}
Operation build_add(const Site&) {
  return [](Inputs in, bool) { return in[0] + in[1]; };
}
Operation build_sub(const Site&) {
  return [](Inputs in, bool) { return in[0] - in[1]; };
}
Operation build_mul(const Site&) {
  return [](Inputs in, bool) { return in[0] * in[1]; };
}
/// Whole numbers divide towards zero in ONNX; shape arithmetic has no negative ones.
Operation build_div(const Site&) {
  return [](Inputs in, bool) {
    const bool whole = !in[0].is_floating_point() && !in[1].is_floating_point();
    return whole ? in[0].div(in[1], "trunc") : in[0] / in[1];
  };
}
Operation build_pow(const Site&) {
  return [](Inputs in, bool) { return at::pow(in[0], in[1].item()); };
}

/// Bounds are attributes before opset 11 and inputs since.
Operation build_clip(const Site& site) {
  c10::optional<at::Scalar> low, high;
  if (site.node.attributes.contains("min")) low = graph::attribute_float(site.node, "min", 0);
  if (site.node.attributes.contains("max")) high = graph::attribute_float(site.node, "max", 0);
  return [=](Inputs in, bool) {
    const c10::optional<at::Scalar> from = given(in, 1) ? in[1].item() : low;
    const c10::optional<at::Scalar> to = given(in, 2) ? in[2].item() : high;
    return !from && !to ? in[0] : at::clamp(in[0], from, to);
  };
}

Operation build_leaky_relu(const Site& site) {
  const double slope = graph::attribute_float(site.node, "alpha", 0.01f);
  return [=](Inputs in, bool) { return at::leaky_relu(in[0], slope); };
}

Operation build_p_relu(const Site&) {
  return [](Inputs in, bool) { return at::where(in[0] > 0, in[0], in[0] * in[1]); };
}

/// max(0, min(1, alpha·x + beta)); libtorch's own has alpha 1/6, which ONNX files round to 0.1666….
Operation build_hard_sigmoid(const Site& site) {
  const double alpha = graph::attribute_float(site.node, "alpha", 0.2f);
  const double beta = graph::attribute_float(site.node, "beta", 0.5f);
  return [=](Inputs in, bool) { return at::clamp(in[0] * alpha + beta, 0.0, 1.0); };
}

/// Since opset 13 along one axis; before, over all dimensions from `axis` on.
Operation build_softmax(const Site& site) {
  const bool old = site.graph.opset < 13;
  const std::int64_t axis = graph::attribute_int(site.node, "axis", old ? 1 : -1);
  return [=](Inputs in, bool) {
    const std::int64_t at = axis < 0 ? axis + in[0].dim() : axis;
    if (!old || at == in[0].dim() - 1) return at::softmax(in[0], at);
    return at::softmax(in[0].flatten(at), at).reshape(in[0].sizes());
  };
}

/// The ratio is an attribute before opset 12 and an input since.
Operation build_dropout(const Site& site) {
  const double ratio = graph::attribute_float(site.node, "ratio", 0.5f);
  return [=](Inputs in, bool training) {
    if (!training) return in[0];
    return at::dropout(in[0], given(in, 1) ? in[1].item<double>() : ratio, true);
  };
}

/// A scale or zero point per channel, shaped to stand against `x` along `axis`.
at::Tensor along(const at::Tensor& values, const at::Tensor& x, std::int64_t axis) {
  if (values.dim() == 0 || values.numel() == 1) return values.reshape({});
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[static_cast<std::size_t>(axis < 0 ? axis + x.dim() : axis)] = values.numel();
  return values.reshape(shape);
}

struct Levels {
  double least = 0, greatest = 255;  // of uint8
};
constexpr Levels kSigned{-128, 127};

/// The type of a node's codes: that of its zero point, without one uint8 or what the node says (ONNX's Operators.md,
/// "QuantizeLinear"). Unknown if the zero point is computed. Throws Error for what is neither int8 nor uint8.
graph::Type code_type(const Site& site) {
  graph::Type type = graph::Type::kU8;
  if (site.node.inputs.size() > 2 && !site.node.inputs[2].empty()) {
    const graph::Tensor* zero = graph::initializer_of(site.graph, site.node.inputs[2]);
    if (zero == nullptr) return graph::Type::kUndefined;
    type = zero->type;
  } else if (const std::int64_t said = graph::attribute_int(site.node, "output_dtype", 0); said != 0) {
    type = static_cast<graph::Type>(said);
  }
  if (type != graph::Type::kU8 && type != graph::Type::kI8)
    base::fail("{}: its codes are {}; expected int8 or uint8", site.where, graph::name_of(type));
  return type;
}

bool is_signed_zero(const at::Tensor& zero, const std::string& where) {
  if (zero.scalar_type() != at::kChar && zero.scalar_type() != at::kByte)
    base::fail("{}: its zero point is computed as {}; expected int8 or uint8", where,
               c10::toString(zero.scalar_type()));
  return zero.scalar_type() == at::kChar;
}

/// Weights of fewer than eight bits (compress/simulate.h) are int8 too, but harden gives them the middle codes only:
/// in training they saturate where they will then.
Levels signed_levels(const Site& site) {
  if (graph::initializer_of(site.graph, site.node.inputs.at(0)) == nullptr) return kSigned;  // an activation
  const int bits = compress::simulated_weight_bits(site.graph);
  const double greatest = compress::greatest_code(bits);
  return bits == 8 ? kSigned : Levels{-greatest, greatest};
}

/// The levels as floats: values of eight bits and sums of their differences are exact in float32. Where a gradient is
/// recorded it passes rounding as if that were not there and stops where the level saturates (the straight-through
/// estimator: Bengio, Léonard, Courville 2013, arXiv 1308.3432); v − v is 0, so that the levels are the same to the
/// bit.
Operation build_quantize(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 1);
  const graph::Type type = code_type(site);
  return [=, where = site.where, signed_ones = signed_levels(site)](Inputs in, bool) {
    const bool has_zero = given(in, 2), known = type != graph::Type::kUndefined;
    const bool is_signed = known ? type == graph::Type::kI8 : has_zero && is_signed_zero(in[2], where);
    const auto [least, greatest] = is_signed ? signed_ones : Levels{};
    const at::Tensor scale = along(in[1], in[0], axis);
    const at::Tensor x = in[0].to(scale.scalar_type());  // bfloat16 has no room for the fractions of 255 levels
    at::Tensor level = at::round(x.detach() / scale);
    if (has_zero) level = level + along(in[2].to(x.scalar_type()), x, axis);
    const at::Tensor saturated = at::clamp(level, least, greatest);
    if (!c10::GradMode::is_enabled() || !x.requires_grad()) return saturated;
    const at::Tensor exact = x / scale;
    return saturated + (exact - exact.detach()).masked_fill(level != saturated, 0);
  };
}

Operation build_dequantize(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 1);
  return [=](Inputs in, bool) {
    at::Tensor level = in[0].to(in[1].scalar_type());
    if (given(in, 2)) level = level - along(in[2].to(in[1].scalar_type()), level, axis);
    return level * along(in[1], level, axis);
  };
}

constexpr OperatorEntry kOperators[] = {
    {"Relu", build_unary<at::relu>},
    {"Sigmoid", build_unary<at::sigmoid>},
    {"Tanh", build_unary<at::tanh>},
    {"Exp", build_unary<at::exp>},
    {"Sqrt", build_unary<at::sqrt>},
    {"HardSwish", build_unary<at::hardswish>},
    {"HardSigmoid", build_hard_sigmoid},
    {"LeakyRelu", build_leaky_relu},
    {"PRelu", build_p_relu},
    {"Clip", build_clip},
    {"Softmax", build_softmax},
    {"Add", build_add},
    {"Sub", build_sub},
    {"Mul", build_mul},
    {"Div", build_div},
    {"Pow", build_pow},
    {"Identity", build_identity},
    {"Dropout", build_dropout},
    {"QuantizeLinear", build_quantize},
    {"DequantizeLinear", build_dequantize},
};

}  // namespace

std::span<const OperatorEntry> elementwise_operators() { return kOperators; }

}  // namespace cradle::learn
