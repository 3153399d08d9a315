// Shape rules of the operators that look at neighbourhoods or multiply matrices.
#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/graph/operators.h"

namespace cradle::graph {
namespace {

// An extent beyond this is a damaged file; below it, the arithmetic of windows cannot overflow 64 bits.
constexpr std::int64_t kLargestExtent = std::int64_t{1} << 30;

void check_extents(const Call& call, const Shape& shape) {
  for (const std::int64_t extent : shape)
    if (extent < 1 || extent > kLargestExtent)
      reject(call, fmt::format("an operand has the shape {}, which no such operator can take", text_of(shape)));
}

/// A sliding window over the spatial axes, from a node's attributes.
struct Window {
  std::vector<std::int64_t> kernel, strides, dilations, pads;  ///< pads: all beginnings, then all ends
  std::string auto_pad;
};

Window window_of(const Call& call, const Shape& x, std::vector<std::int64_t> kernel) {
  if (x.size() < 3) reject(call, fmt::format("expected an input N×C×…, found shape {}", text_of(x)));
  check_extents(call, x);
  const std::size_t axes = x.size() - 2;
  Window w;
  w.kernel = std::move(kernel);
  w.strides = attribute_ints(call.node, "strides", std::vector<std::int64_t>(axes, 1));
  w.dilations = attribute_ints(call.node, "dilations", std::vector<std::int64_t>(axes, 1));
  w.pads = attribute_ints(call.node, "pads", std::vector<std::int64_t>(2 * axes, 0));
  w.auto_pad = attribute_string(call.node, "auto_pad", "NOTSET");
  if (w.kernel.size() != axes || w.strides.size() != axes || w.dilations.size() != axes || w.pads.size() != 2 * axes)
    reject(call,
           fmt::format("kernel, strides, dilations or pads do not fit the {} spatial axes of {}", axes, text_of(x)));
  const auto bad = [](std::int64_t v) { return v < 1 || v > kLargestExtent; };
  if (std::ranges::any_of(w.kernel, bad) || std::ranges::any_of(w.strides, bad) ||
      std::ranges::any_of(w.dilations, bad))
    reject(call, "kernel, strides and dilations must be at least 1");
  if (std::ranges::any_of(w.pads, [](auto v) { return v < 0 || v > kLargestExtent; }))
    reject(call, "pads must not be negative");
  return w;
}

/// Extent after sliding a window along spatial axis i (ONNX Conv and MaxPool, "output_spatial_shape").
std::int64_t slid(const Call& call, const Window& w, std::size_t i, std::int64_t extent, bool ceil) {
  const std::int64_t reach = (w.kernel[i] - 1) * w.dilations[i] + 1;
  if (w.auto_pad.starts_with("SAME")) return (extent + w.strides[i] - 1) / w.strides[i];
  const bool padded = w.auto_pad != "VALID";
  const std::int64_t begin = padded ? w.pads[i] : 0;
  const std::int64_t room = extent + begin + (padded ? w.pads[i + w.kernel.size()] : 0) - reach;
  if (room < 0)
    reject(call,
           fmt::format("its window of {} is larger than the padded extent {} of axis {}", reach, room + reach, i + 2));
  std::int64_t out = room / w.strides[i] + 1;
  // A window that would begin in the end padding is left out (ONNX MaxPool, ceil_mode).
  if (ceil && room % w.strides[i] != 0 && out * w.strides[i] < extent + begin) ++out;
  return out;
}

void check_bias(const Call& call, std::int64_t channels) {
  if (has_input(call, 2) && call.inputs[2]->shape != Shape{channels})
    reject(call, fmt::format("its bias has shape {}, expected {}", text_of(call.inputs[2]->shape), channels));
}

std::vector<Value> conv(const Call& call) {
  const Value& x = input_of(call, 0);
  const Shape& w = input_of(call, 1).shape;
  check_extents(call, w);
  const std::int64_t group = attribute_int(call.node, "group", 1);
  if (w.size() != x.shape.size() || w.size() < 3 || group < 1 || group > kLargestExtent || w[0] % group != 0 ||
      w[1] * group != x.shape[1])
    reject(call, fmt::format("weights {} in {} groups do not fit an input {}", text_of(w), group, text_of(x.shape)));
  const Window window = window_of(call, x.shape, {w.begin() + 2, w.end()});
  if (attribute_ints(call.node, "kernel_shape", window.kernel) != window.kernel)
    reject(call, fmt::format("'kernel_shape' differs from the weights' shape {}", text_of(w)));
  check_bias(call, w[0]);
  Shape shape{x.shape[0], w[0]};
  for (std::size_t i = 0; i + 2 < x.shape.size(); ++i) shape.push_back(slid(call, window, i, x.shape[i + 2], false));
  return {{"", x.type, shape}};
}

std::vector<Value> conv_transpose(const Call& call) {
  const Value& x = input_of(call, 0);
  const Shape& w = input_of(call, 1).shape;
  check_extents(call, w);
  const std::int64_t group = attribute_int(call.node, "group", 1);
  if (w.size() != x.shape.size() || w.size() < 3 || group < 1 || group > kLargestExtent || w[0] != x.shape[1])
    reject(call, fmt::format("weights {} do not fit an input {}", text_of(w), text_of(x.shape)));
  const Window window = window_of(call, x.shape, {w.begin() + 2, w.end()});
  check_bias(call, w[1] * group);
  const std::size_t axes = window.kernel.size();
  const auto extra = attribute_ints(call.node, "output_padding", std::vector<std::int64_t>(axes, 0));
  const auto wanted = attribute_ints(call.node, "output_shape", {});
  if (extra.size() != axes || std::ranges::any_of(extra, [](auto v) { return v < 0 || v > kLargestExtent; }))
    reject(call, "'output_padding' does not fit its spatial axes");
  if (!wanted.empty() && wanted.size() < axes) reject(call, "'output_shape' does not fit its spatial axes");
  Shape shape{x.shape[0], w[1] * group};
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
    std::int64_t out = window.strides[i] * (x.shape[i + 2] - 1) + extra[i] + reach;
    if (window.auto_pad.starts_with("SAME"))
      out = x.shape[i + 2] * window.strides[i];
    else if (window.auto_pad != "VALID")
      out -= window.pads[i] + window.pads[i + axes];
    if (!wanted.empty()) out = wanted[wanted.size() - axes + i];
    if (out < 1) reject(call, fmt::format("its pads leave nothing of axis {}", i + 2));
    shape.push_back(out);
  }
  return {{"", x.type, shape}};
}

std::vector<Value> pool(const Call& call) {
  const Value& x = input_of(call, 0);
  const Window window = window_of(call, x.shape, attribute_ints(call.node, "kernel_shape", {}));
  const bool ceil = attribute_int(call.node, "ceil_mode", 0) != 0;
  Shape shape{x.shape[0], x.shape[1]};
  for (std::size_t i = 0; i + 2 < x.shape.size(); ++i) shape.push_back(slid(call, window, i, x.shape[i + 2], ceil));
  std::vector<Value> out{{"", x.type, shape}};
  if (call.node.outputs.size() > 1) out.push_back({"", Type::kI64, shape});  // MaxPool's indices
  return out;
}

std::vector<Value> global_pool(const Call& call) {
  const Value& x = input_of(call, 0);
  if (x.shape.size() < 3) reject(call, fmt::format("expected an input N×C×…, found shape {}", text_of(x.shape)));
  Shape shape(x.shape.size(), 1);
  shape[0] = x.shape[0];
  shape[1] = x.shape[1];
  return {{"", x.type, shape}};
}

std::vector<Value> gemm(const Call& call) {
  Shape a = input_of(call, 0).shape;
  Shape b = input_of(call, 1).shape;
  if (a.size() != 2 || b.size() != 2)
    reject(call, fmt::format("expected two matrices, found shapes {} and {}", text_of(a), text_of(b)));
  if (attribute_int(call.node, "transA", 0) != 0) std::swap(a[0], a[1]);
  if (attribute_int(call.node, "transB", 0) != 0) std::swap(b[0], b[1]);
  if (a[1] != b[0]) reject(call, fmt::format("matrices {} and {} cannot be multiplied", text_of(a), text_of(b)));
  const Shape shape{a[0], b[1]};
  if (has_input(call, 2) && broadcast(call, shape, call.inputs[2]->shape) != shape)
    reject(call, fmt::format("its third input {} does not fit {}", text_of(call.inputs[2]->shape), text_of(shape)));
  return {{"", call.inputs[0]->type, shape}};
}

std::vector<Value> mat_mul(const Call& call) {
  Shape a = input_of(call, 0).shape;
  Shape b = input_of(call, 1).shape;
  if (a.empty() || b.empty()) reject(call, "expected matrices, found a scalar");
  const bool row = a.size() == 1, column = b.size() == 1;  // numpy.matmul: vectors gain an axis and lose it again
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    reject(call, fmt::format("matrices {} and {} cannot be multiplied", text_of(a), text_of(b)));
  Shape shape = broadcast(call, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!row) shape.push_back(a[a.size() - 2]);
  if (!column) shape.push_back(b.back());
  return {{"", call.inputs[0]->type, shape}};
}

/// Resize and its forerunner Upsample: from the input "sizes" if there, else by the factors of "scales".
std::vector<Value> resize(const Call& call) {
  const Value& x = input_of(call, 0);
  const std::size_t rank = x.shape.size();
  if (call.node.attributes.contains("axes") ||
      attribute_string(call.node, "keep_aspect_ratio_policy", "stretch") != "stretch")
    reject(call, "'axes' and 'keep_aspect_ratio_policy' are not supported; export with one scale per axis");
  if (has_input(call, 3)) {
    const std::vector<std::int64_t>& sizes = constant_of(call, 3, "the new size");
    if (sizes.size() != rank) reject(call, fmt::format("expected {} sizes, found {}", rank, sizes.size()));
    check_extents(call, sizes);
    return {{"", x.type, sizes}};
  }
  const std::size_t at = call.node.op == "Upsample" || call.graph.opset < 11 ? 1 : 2;
  input_of(call, at);
  const Tensor* scales = call.tensors[at];
  if (scales == nullptr || scales->type != Type::kF32 || scales->f32().size() != rank)
    reject(call, fmt::format("its scales '{}' are not {} constant numbers", call.node.inputs[at], rank));
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const double extent = std::floor(static_cast<double>(x.shape[i]) * static_cast<double>(scales->f32()[i]));
    if (!(extent >= 1) || extent > static_cast<double>(kLargestExtent))
      reject(call, fmt::format("scale {} of axis {} gives no possible extent", scales->f32()[i], i));
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  return {{"", x.type, shape}};
}

constexpr Operator kSpatial[] = {
    {"AveragePool", pool},
    {"Conv", conv},
    {"ConvTranspose", conv_transpose},
    {"Gemm", gemm},
    {"GlobalAveragePool", global_pool},
    {"GlobalMaxPool", global_pool},
    {"MatMul", mat_mul},
    {"MaxPool", pool},
    {"Resize", resize},
    {"Upsample", resize},
};

}  // namespace

std::span<const Operator> spatial_operators() { return kSpatial; }

}  // namespace cradle::graph
