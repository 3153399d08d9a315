// Resize and Upsample: oneDNN's resampling for the usual bilinear case, else axis by axis with any of ONNX's
// coordinates.
#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/deploy/loops.h"
#include "cradle/deploy/onednn_lower.h"

namespace cradle::deploy::onednn {
namespace {

/// How a node maps an output's coordinates onto its input's.
struct Rules {
  std::string mode, coordinates, nearest;
  float cubic = -0.75F;
  bool exclude_outside = false;
};

Rules rules_of(Builder& b, std::size_t index) {
  const graph::Node& node = b.node(index);
  // Up to operator set 10 neither could be chosen.
  const bool old = node.op == "Upsample" || b.graph().opset < 11;
  Rules rules;
  rules.mode = graph::attribute_string(node, "mode", "nearest");
  rules.coordinates =
      graph::attribute_string(node, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  rules.nearest = graph::attribute_string(node, "nearest_mode", old ? "floor" : "round_prefer_floor");
  rules.cubic = graph::attribute_float(node, "cubic_coeff_a", -0.75F);
  rules.exclude_outside = graph::attribute_int(node, "exclude_outside", 0) != 0;
  const bool known = rules.coordinates == "half_pixel" || rules.coordinates == "pytorch_half_pixel" ||
                     rules.coordinates == "align_corners" || rules.coordinates == "asymmetric" ||
                     rules.coordinates == "tf_half_pixel_for_nn";
  if (!known) b.refuse(index, fmt::format("the oneDNN engine does not resize by coordinates '{}'", rules.coordinates));
  if (rules.mode != "nearest" && rules.mode != "linear" && rules.mode != "cubic")
    b.refuse(index, fmt::format("the oneDNN engine does not resize in mode '{}'", rules.mode));
  if (graph::attribute_int(node, "antialias", 0) != 0)
    b.refuse(index, "the oneDNN engine does not resize with antialias");
  return rules;
}

/// One axis: its extents, and the factor that the node says, which is not always their ratio.
struct Axis {
  std::int64_t in = 1, out = 1;
  float scale = 1;
};

std::vector<Axis> axes_of(Builder& b, std::size_t index, const graph::Shape& x, const graph::Shape& y) {
  const graph::Node& node = b.node(index);
  const std::size_t at = node.op == "Upsample" || b.graph().opset < 11 ? 1 : 2;
  std::vector<float> scales;
  if (!b.has(node, 3)) scales = b.floats(index, at, "its scales");
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < x.size(); ++i)
    axes.push_back({x[i], y[i], scales.empty() ? static_cast<float>(y[i]) / static_cast<float>(x[i]) : scales[i]});
  return axes;
}

float source(const Rules& rules, const Axis& axis, std::int64_t place) {
  const auto x = static_cast<float>(place);
  if (rules.coordinates == "asymmetric") return x / axis.scale;
  if (rules.coordinates == "tf_half_pixel_for_nn") return (x + 0.5F) / axis.scale;
  if (rules.coordinates == "align_corners")
    return axis.out == 1 ? 0 : x * static_cast<float>(axis.in - 1) / static_cast<float>(axis.out - 1);
  if (rules.coordinates == "pytorch_half_pixel" && axis.out == 1) return 0;
  return (x + 0.5F) / axis.scale - 0.5F;
}

std::vector<std::int64_t> nearest_indices(const Rules& rules, const Axis& axis) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < axis.out; ++i) {
    const float x = source(rules, axis, i);
    const float at = rules.nearest == "floor"               ? std::floor(x)
                     : rules.nearest == "ceil"              ? std::ceil(x)
                     : rules.nearest == "round_prefer_ceil" ? std::floor(x + 0.5F)
                                                            : std::ceil(x - 0.5F);
    indices.push_back(std::clamp<std::int64_t>(static_cast<std::int64_t>(at), 0, axis.in - 1));
  }
  return indices;
}

/// Keys 1981, "Cubic convolution interpolation", with free parameter a.
float cubic_weight(float distance, float a) {
  const float d = std::abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

std::vector<Weigh::Tap> taps_at(const Rules& rules, const Axis& axis, std::int64_t place) {
  float x = source(rules, axis, place);
  const bool cubic = rules.mode == "cubic";
  if (!cubic) x = std::clamp(x, 0.0F, static_cast<float>(axis.in - 1));
  const auto base = static_cast<std::int64_t>(std::floor(x));
  const float rest = x - static_cast<float>(base);
  std::vector<Weigh::Tap> taps;
  float sum = 0;
  for (std::int64_t k = cubic ? -1 : 0; k <= (cubic ? 2 : 1); ++k) {
    float weight = cubic ? cubic_weight(rest - static_cast<float>(k), rules.cubic) : k == 0 ? 1 - rest : rest;
    const std::int64_t at = base + k;
    if (cubic && rules.exclude_outside && (at < 0 || at >= axis.in)) weight = 0;
    sum += weight;
    if (weight != 0) taps.push_back({std::clamp<std::int64_t>(at, 0, axis.in - 1), weight});
  }
  if (cubic && rules.exclude_outside)
    for (Weigh::Tap& tap : taps) tap.weight /= sum;
  return taps;
}

Place weigh(Builder& b, const Place& x, std::size_t at, const Rules& rules, const Axis& axis, const StepNote& note) {
  graph::Shape shape = x.shape;
  shape[at] = axis.out;
  Place y = b.temporary(shape, Type::f32, x.layout);
  Weigh plan{1, static_cast<std::size_t>(axis.in), 1, {}};
  for (std::int64_t i = 0; i < axis.out; ++i) plan.taps.push_back(taps_at(rules, axis, i));
  bool inside = false;
  for (const std::size_t one : physical_axes(x.shape.size(), x.layout)) {
    if (one == at)
      inside = true;
    else
      (inside ? plan.inner : plan.outer) *= static_cast<std::size_t>(x.shape[one]);
  }
  b.add_loops([plan](std::span<std::byte* const> pointers) { run_weigh(plan, pointers); },
              {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, note);
  return y;
}

/// Bilinear between pixels' centres by exact factors is what oneDNN does as well, with vectors.
bool lower_by_oneDNN(Builder& b, const Group& group, const Rules& rules, const std::vector<Axis>& axes) {
  if (rules.mode != "linear" || rules.coordinates != "half_pixel" || axes.size() != 4) return false;
  if (axes[0].in != axes[0].out || axes[1].in != axes[1].out) return false;
  for (const Axis& axis : axes)
    if (axis.scale != static_cast<float>(axis.out) / static_cast<float>(axis.in)) return false;
  const Place x = b.as_real(b.place(b.node(group.nodes[0]).inputs[0]), Layout::kChannelsLast);
  Place y = b.temporary(b.shape(b.node(group.nodes[0]).outputs[0]), b.real(), Layout::kChannelsLast);
  dnnl::primitive_attr attributes = attributes_with({});
  const dnnl::resampling_forward::desc wanted(dnnl::prop_kind::forward_inference, dnnl::algorithm::resampling_linear,
                                              x.operand.desc, y.operand.desc);
  const dnnl::resampling_forward::primitive_desc found(wanted, attributes, b.program().engine(), true);
  if (!found) return false;
  b.add(dnnl::resampling_forward(found), found.scratchpad_desc(),
        {{DNNL_ARG_SRC, x.operand}, {DNNL_ARG_DST, y.operand}}, b.note(group, b.real(), found.impl_info_str()));
  b.set_place(result_of(b, group), std::move(y));
  return true;
}

}  // namespace

void lower_resize(Builder& b, const Group& group) {
  const std::size_t index = group.nodes[0];
  const graph::Node& node = b.node(index);
  const Rules rules = rules_of(b, index);
  Place x = b.place(node.inputs[0]);
  const std::vector<Axis> axes = axes_of(b, index, x.shape, b.shape(node.outputs[0]));
  if (lower_by_oneDNN(b, group, rules, axes)) return;
  const bool nearest = rules.mode == "nearest";
  if (!nearest) x = b.as(x, Type::f32, x.layout);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].in == axes[i].out && axes[i].scale == 1) continue;
    x = nearest ? take(b, x, i, nearest_indices(rules, axes[i]), 0, b.note(group, x.type()))
                : weigh(b, x, i, rules, axes[i], b.note(group, Type::f32));
  }
  b.set_place(node.outputs[0], std::move(x));
}

}  // namespace cradle::deploy::onednn
