// Operators with weights or windows: Conv, ConvTranspose, Gemm, MatMul, BatchNormalization, pooling, Resize.
#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <array>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/learn/operators.h"

namespace cradle::learn {

namespace {

using Ints = std::vector<std::int64_t>;

/// Stride, padding and dilation of a two-dimensional window, as ONNX gives them.
struct Window {
  Ints kernel, strides, dilations;
  Ints pads;             // top, left, bottom, right
  std::string auto_pad;  // NOTSET, VALID, SAME_UPPER, SAME_LOWER
};

Ints two(const Site& site, std::string_view name, Ints fallback) {
  Ints values = graph::attribute_ints(site.node, name, fallback);
  if (values.size() != fallback.size())
    base::fail("{}: attribute {}: expected {} numbers (cradle trains networks of two dimensions), found {}", site.where,
               name, fallback.size(), values.size());
  return values;
}

Window window_of(const Site& site, Ints kernel) {
  return {graph::attribute_ints(site.node, "kernel_shape", kernel), two(site, "strides", {1, 1}),
          two(site, "dilations", {1, 1}), two(site, "pads", {0, 0, 0, 0}),
          graph::attribute_string(site.node, "auto_pad", "NOTSET")};
}

/// The padding of this input: given, none, or as much as keeps the size (ONNX, Conv, auto_pad).
Ints pads_for(const Window& w, const at::Tensor& x, const Ints& kernel) {
  if (w.auto_pad == "VALID") return {0, 0, 0, 0};
  if (w.auto_pad != "SAME_UPPER" && w.auto_pad != "SAME_LOWER") return w.pads;
  Ints pads(4);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t size = x.size(static_cast<std::int64_t>(i) + 2), stride = w.strides[i];
    const std::int64_t reach = w.dilations[i] * (kernel[i] - 1) + 1;
    const std::int64_t total = std::max<std::int64_t>(((size + stride - 1) / stride - 1) * stride + reach - size, 0);
    const std::int64_t smaller = total / 2;
    pads[i] = w.auto_pad == "SAME_UPPER" ? smaller : total - smaller;
    pads[i + 2] = total - pads[i];
  }
  return pads;
}

bool symmetric(const Ints& pads) { return pads[0] == pads[2] && pads[1] == pads[3]; }

/// The input padded by `value`, in libtorch's order (last dimension first).
at::Tensor padded(const at::Tensor& x, const Ints& pads, double value) {
  return at::constant_pad_nd(x, Ints{pads[1], pads[3], pads[0], pads[2]}, value);
}

void need_four_dimensions(const Site& site, const at::Tensor& x) {
  if (x.dim() != 4)
    base::fail("{}: expected an input of 4 dimensions (images, channels, height, width), found {}", site.where,
               x.dim());
}

c10::optional<at::Tensor> optional_input(std::span<const at::Tensor> in, std::size_t index) {
  if (!given(in, index)) return c10::nullopt;
  return in[index];
}

Operation build_conv(const Site& site) {
  const Window w = window_of(site, {});
  const std::int64_t groups = graph::attribute_int(site.node, "group", 1);
  return [=](std::span<const at::Tensor> in, bool) {
    need_four_dimensions(site, in[0]);
    const Ints pads = pads_for(w, in[0], {in[1].size(2), in[1].size(3)});
    const auto bias = optional_input(in, 2);
    if (symmetric(pads)) return at::conv2d(in[0], in[1], bias, w.strides, Ints{pads[0], pads[1]}, w.dilations, groups);
    return at::conv2d(padded(in[0], pads, 0), in[1], bias, w.strides, Ints{0, 0}, w.dilations, groups);
  };
}

Operation build_conv_transpose(const Site& site) {
  const Window w = window_of(site, {});
  const std::int64_t groups = graph::attribute_int(site.node, "group", 1);
  const Ints extra = two(site, "output_padding", {0, 0});
  if (!symmetric(w.pads) || w.auto_pad.starts_with("SAME") || site.node.attributes.contains("output_shape"))
    base::fail(
        "{}: padding that differs by side, auto_pad and output_shape cannot be trained; export the model with "
        "explicit symmetric pads",
        site.where);
  return [=](std::span<const at::Tensor> in, bool) {
    need_four_dimensions(site, in[0]);
    return at::conv_transpose2d(in[0], in[1], optional_input(in, 2), w.strides, Ints{w.pads[0], w.pads[1]}, extra,
                                groups, w.dilations);
  };
}

Operation build_batch_norm(const Site& site) {
  const double epsilon = graph::attribute_float(site.node, "epsilon", 1e-5f);
  // ONNX: running = running·momentum + batch·(1 − momentum); libtorch's momentum is the share of the batch.
  const double share = 1.0 - graph::attribute_float(site.node, "momentum", 0.9f);
  return [=](std::span<const at::Tensor> in, bool training) {
    return at::batch_norm(in[0], in[1], in[2], in[3], in[4], training, share, epsilon, false);
  };
}

Operation build_max_pool(const Site& site) {
  const Window w = window_of(site, {});
  const bool ceil = graph::attribute_int(site.node, "ceil_mode", 0) != 0;
  return [=](std::span<const at::Tensor> in, bool) {
    need_four_dimensions(site, in[0]);
    const Ints pads = pads_for(w, in[0], w.kernel);
    // libtorch allows half a kernel of padding; beyond that, and for one side only, pad by hand.
    if (symmetric(pads) && 2 * pads[0] <= w.kernel[0] && 2 * pads[1] <= w.kernel[1])
      return at::max_pool2d(in[0], w.kernel, w.strides, Ints{pads[0], pads[1]}, w.dilations, ceil);
    return at::max_pool2d(padded(in[0], pads, -std::numeric_limits<double>::infinity()), w.kernel, w.strides,
                          Ints{0, 0}, w.dilations, ceil);
  };
}

Operation build_average_pool(const Site& site) {
  const Window w = window_of(site, {});
  const bool ceil = graph::attribute_int(site.node, "ceil_mode", 0) != 0;
  const bool count_pad = graph::attribute_int(site.node, "count_include_pad", 0) != 0;
  if (w.dilations != Ints{1, 1}) base::fail("{}: dilations in AveragePool cannot be trained", site.where);
  return [=](std::span<const at::Tensor> in, bool) {
    need_four_dimensions(site, in[0]);
    const Ints pads = pads_for(w, in[0], w.kernel);
    if (symmetric(pads)) return at::avg_pool2d(in[0], w.kernel, w.strides, Ints{pads[0], pads[1]}, ceil, count_pad);
    if (!count_pad)
      base::fail("{}: padding that differs by side needs count_include_pad = 1 to be trained", site.where);
    return at::avg_pool2d(padded(in[0], pads, 0), w.kernel, w.strides, Ints{0, 0}, ceil, true);
  };
}

Operation build_global_average_pool(const Site&) {
  return [](std::span<const at::Tensor> in, bool) { return at::adaptive_avg_pool2d(in[0], Ints{1, 1}); };
}

Operation build_gemm(const Site& site) {
  const double alpha = graph::attribute_float(site.node, "alpha", 1.0f);
  const double beta = graph::attribute_float(site.node, "beta", 1.0f);
  const bool left = graph::attribute_int(site.node, "transA", 0) != 0;
  const bool right = graph::attribute_int(site.node, "transB", 0) != 0;
  return [=](std::span<const at::Tensor> in, bool) {
    at::Tensor y = at::matmul(left ? in[0].t() : in[0], right ? in[1].t() : in[1]);
    if (alpha != 1.0) y = y * alpha;
    if (given(in, 2)) y = y + (beta == 1.0 ? in[2] : in[2] * beta);
    return y;
  };
}

Operation build_mat_mul(const Site&) {
  return [](std::span<const at::Tensor> in, bool) { return at::matmul(in[0], in[1]); };
}

/// Where the output size of Resize and Upsample comes from: sizes if given, else scales.
std::array<std::int64_t, 2> resized(const Site& site, const at::Tensor& x, const at::Tensor& scales,
                                    const at::Tensor& sizes) {
  std::array<std::int64_t, 2> to{};
  if (sizes.defined() && sizes.numel() == 4) {
    const Ints all = ints_in(sizes);
    to = {all[2], all[3]};
  } else if (scales.defined() && scales.numel() == 4) {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto at = static_cast<std::int64_t>(i) + 2;
      to[i] = static_cast<std::int64_t>(std::floor(static_cast<double>(x.size(at)) * scales[at].item<double>()));
    }
  } else {
    base::fail("{}: expected four scales or four sizes", site.where);
  }
  return to;
}

/// libtorch's nearest neighbour is floor(x·in/out). That is ONNX's asymmetric + floor for every ratio, and its
/// half_pixel + round_prefer_floor for whole ratios (checked by the tests against the definition).
Operation build_resize(const Site& site) {
  const bool old = site.node.op == "Upsample" || site.graph.opset < 11;
  const std::string mode = graph::attribute_string(site.node, "mode", "nearest");
  const std::string at =
      graph::attribute_string(site.node, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const std::string round = graph::attribute_string(site.node, "nearest_mode", old ? "floor" : "round_prefer_floor");
  const bool nearest = mode == "nearest", linear = mode == "linear" || mode == "bilinear";
  const bool half = at == "half_pixel" || at == "pytorch_half_pixel";
  if (!(nearest && ((at == "asymmetric" && round == "floor") || (half && round == "round_prefer_floor"))) &&
      !(linear && (half || at == "align_corners")))
    base::fail(
        "{}: mode {} with {} and {} cannot be trained; known are nearest (asymmetric with floor, half_pixel with "
        "round_prefer_floor) and linear (half_pixel, align_corners)",
        site.where, mode, at, round);
  const std::size_t scales = old ? 1 : 2;
  return [=](std::span<const at::Tensor> in, bool) {
    need_four_dimensions(site, in[0]);
    const auto to =
        resized(site, in[0], in.size() > scales ? in[scales] : at::Tensor(), in.size() > 3 ? in[3] : at::Tensor());
    const Ints size = {to[0], to[1]};
    if (linear) return at::upsample_bilinear2d(in[0], size, at == "align_corners");
    if (half && (to[0] % in[0].size(2) != 0 || to[1] % in[0].size(3) != 0))
      base::fail("{}: nearest with half_pixel can be trained for whole ratios only, found {}×{} to {}×{}", site.where,
                 in[0].size(2), in[0].size(3), to[0], to[1]);
    return at::upsample_nearest2d(in[0], size);
  };
}

constexpr OperatorEntry kOperators[] = {
    {"Conv", build_conv},
    {"ConvTranspose", build_conv_transpose},
    {"BatchNormalization", build_batch_norm},
    {"MaxPool", build_max_pool},
    {"AveragePool", build_average_pool},
    {"GlobalAveragePool", build_global_average_pool},
    {"Gemm", build_gemm},
    {"MatMul", build_mat_mul},
    {"Resize", build_resize},
    {"Upsample", build_resize},
};

}  // namespace

std::span<const OperatorEntry> convolution_operators() { return kOperators; }

}  // namespace cradle::learn
