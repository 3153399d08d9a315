// The table of operators, and what the lowering of products shares.
#include "cradle/deploy/onednn_lower.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace cradle::deploy::onednn {
namespace {

constexpr std::array kLowerings = {
    Lowering{"Abs", lower_unary, true},
    Lowering{"Add", lower_binary, true},
    Lowering{"AveragePool", lower_pool, true},
    Lowering{"BatchNormalization", lower_batch_norm, true},
    Lowering{"Cast", lower_alias, false},
    Lowering{"Ceil", lower_unary, true},
    Lowering{"Clip", lower_unary, true},
    Lowering{"Concat", lower_concat, false},
    Lowering{"Conv", lower_convolution, true},
    Lowering{"ConvTranspose", lower_convolution, true},
    Lowering{"DequantizeLinear", lower_dequantize, false},
    Lowering{"Div", lower_binary, true},
    Lowering{"Dropout", lower_alias, false},
    Lowering{"Elu", lower_unary, true},
    Lowering{"Erf", lower_unary, true},
    Lowering{"Exp", lower_unary, true},
    Lowering{"Expand", lower_expand, false},
    Lowering{"Flatten", lower_reshape, false},
    Lowering{"Floor", lower_unary, true},
    Lowering{"Gather", lower_gather, false},
    Lowering{"Gemm", lower_product, true},
    Lowering{"GlobalAveragePool", lower_pool, true},
    Lowering{"GlobalMaxPool", lower_pool, false},
    Lowering{"HardSigmoid", lower_unary, true},
    Lowering{"HardSwish", lower_unary, true},
    Lowering{"Identity", lower_alias, false},
    Lowering{"LeakyRelu", lower_unary, true},
    Lowering{"Log", lower_unary, true},
    Lowering{"LogSoftmax", lower_softmax, false},
    Lowering{"MatMul", lower_product, true},
    Lowering{"Max", lower_binary, false},
    Lowering{"MaxPool", lower_pool, false},
    Lowering{"Min", lower_binary, false},
    Lowering{"Mul", lower_binary, true},
    Lowering{"Neg", lower_unary, true},
    Lowering{"PRelu", lower_binary, false},
    Lowering{"Pad", lower_pad, false},
    Lowering{"Pow", lower_unary, true},
    Lowering{"QuantizeLinear", lower_quantize, false},
    Lowering{"Reciprocal", lower_unary, true},
    Lowering{"ReduceMax", lower_reduce, false},
    Lowering{"ReduceMean", lower_reduce, false},
    Lowering{"ReduceMin", lower_reduce, false},
    Lowering{"ReduceSum", lower_reduce, false},
    Lowering{"Relu", lower_unary, true},
    Lowering{"Reshape", lower_reshape, false},
    Lowering{"Resize", lower_resize, false},
    Lowering{"Round", lower_unary, true},
    Lowering{"Sigmoid", lower_unary, true},
    Lowering{"Slice", lower_slice, false},
    Lowering{"Softmax", lower_softmax, false},
    Lowering{"Softplus", lower_unary, true},
    Lowering{"Split", lower_split, false},
    Lowering{"Sqrt", lower_unary, true},
    Lowering{"Squeeze", lower_reshape, false},
    Lowering{"Sub", lower_binary, true},
    Lowering{"Sum", lower_binary, false},
    Lowering{"Swish", lower_unary, true},
    Lowering{"Tanh", lower_unary, true},
    Lowering{"Transpose", lower_transpose, false},
    Lowering{"Unsqueeze", lower_reshape, false},
    Lowering{"Upsample", lower_resize, false},
};

}  // namespace

const Lowering* lowering_of(std::string_view op) {
  const auto found = std::ranges::find(kLowerings, op, &Lowering::op);
  return found == kLowerings.end() ? nullptr : &*found;
}

std::vector<std::string> lowered_operators() {
  std::vector<std::string> names;
  for (const Lowering& lowering : kLowerings)
    if (lowering.op != "Swish") names.emplace_back(lowering.op);  // our own word, not ONNX's
  names.emplace_back("Constant");
  names.emplace_back("Shape");
  std::ranges::sort(names);
  return names;
}

Epilogue epilogue_of(const Builder& builder, const Group& group) {
  Epilogue epilogue;
  for (std::size_t at = 1; at < group.nodes.size(); ++at) {
    const graph::Node& node = builder.node(group.nodes[at]);
    if (node.op == "DequantizeLinear") continue;  // the code before a sum, which is left out
    if (node.op == "QuantizeLinear") {
      if (at + 1 == group.nodes.size()) epilogue.code = builder.code_of(node);
      continue;
    }
    // Other than an activation, only a sum follows; one that adds a constant is an activation to nobody.
    if (node.op == "Add") {
      const std::string& own = builder.node(group.nodes[at - 1]).outputs[0];
      epilogue.addend = node.inputs[0] == own ? node.inputs[1] : node.inputs[0];
      epilogue.sum_at = at;
      continue;
    }
    const auto unary = unary_of(builder.graph(), node);
    assert(unary);
    std::vector<Unary>& side = epilogue.addend.empty() ? epilogue.before : epilogue.after;
    side.insert(side.end(), unary->begin(), unary->end());
  }
  return epilogue;
}

bool all_scale(const Epilogue& epilogue) {
  const auto scales = [](const Unary& unary) { return scaled(unary, 1).has_value(); };
  return std::ranges::all_of(epilogue.before, scales) && std::ranges::all_of(epilogue.after, scales);
}

bool has_linear(const Epilogue& epilogue) {
  const auto linear = [](const Unary& unary) { return unary.algorithm == dnnl::algorithm::eltwise_linear; };
  return std::ranges::any_of(epilogue.before, linear) || std::ranges::any_of(epilogue.after, linear);
}

void drop_idle_relu(Epilogue& epilogue) {
  std::vector<Unary>& last = epilogue.addend.empty() ? epilogue.before : epilogue.after;
  if (!epilogue.code || epilogue.code->second != Type::u8 || epilogue.code->first.zero != 0 || last.empty()) return;
  if (last.back().algorithm == dnnl::algorithm::eltwise_relu && !(last.back().alpha > 0)) last.pop_back();
}

Group first_nodes(const Group& group, std::size_t count) {
  return {{group.nodes.begin(), group.nodes.begin() + static_cast<std::ptrdiff_t>(count)}};
}

Group nodes_from(const Group& group, std::size_t first) {
  return {{group.nodes.begin() + static_cast<std::ptrdiff_t>(first), group.nodes.end()}};
}

void lower_in_two(Builder& builder, const Group& group, std::size_t count) {
  builder.lower(first_nodes(group, count));
  builder.lower(nodes_from(group, count));
}

const std::string& result_of(const Builder& builder, const Group& group) {
  return builder.node(group.nodes.back()).outputs[0];
}

std::optional<Unary> scaled(const Unary& unary, float factor) {
  switch (unary.algorithm) {
    case dnnl::algorithm::eltwise_relu:
    case dnnl::algorithm::eltwise_abs: return unary;
    case dnnl::algorithm::eltwise_clip: return Unary{unary.algorithm, unary.alpha * factor, unary.beta * factor};
    case dnnl::algorithm::eltwise_linear: return Unary{unary.algorithm, unary.alpha, unary.beta * factor};
    default: return std::nullopt;
  }
}

void append(dnnl::post_ops& ops, const Unary& unary) {
  ops.append_eltwise(1.0F, unary.algorithm, unary.alpha, unary.beta);
}

dnnl::primitive_attr attributes_with(const dnnl::post_ops& ops) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(ops);
  return attributes;
}

bool is_reference(const std::string& kernel) { return kernel.starts_with("ref"); }

}  // namespace cradle::deploy::onednn
