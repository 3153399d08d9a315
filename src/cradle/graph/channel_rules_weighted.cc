// How channels run through the nodes that have weights: convolutions, matrix products, norms, and arithmetic.
#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/graph/channel_walk.h"

namespace cradle::graph {
namespace {

constexpr const char* kNotConstant = "whose weights are not constant";
constexpr const char* kOtherAxis = "which takes another axis for its channels";

std::vector<int> repeated(std::span<const int> atoms, std::size_t times) {
  std::vector<int> out;
  out.reserve(atoms.size() * times);
  for (const int atom : atoms) out.insert(out.end(), times, atom);
  return out;
}

bool absent(const Node& node, std::size_t input) { return input >= node.inputs.size() || node.inputs[input].empty(); }

/// Each channel has its own filter, or `out / in` of them: what goes in comes out.
std::string depthwise(ChannelWalk& walk, std::size_t index, std::size_t multiplier) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  const std::vector<int> in = x->atoms, out = repeated(in, multiplier);
  walk.label(index, 1, 0, node.op == "Conv" ? out : in, ChannelRole::kProduces);
  if (!absent(node, 2)) walk.label(index, 2, 0, out, ChannelRole::kAccompanies);
  walk.label_attribute(index, "group", 0, in);
  walk.add_producer(index, in);
  walk.follow(node.outputs[0], {1, out});
  return "";
}

/// Conv's weights are [out, in / groups, …], ConvTranspose's [in, out / groups, …]. With groups, the k-th channel of
/// every group goes together, so that all groups stay equally large.
std::string convolution(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Tensor* weight = walk.constant(node, 1);
  const Tensor* bias = walk.constant(node, 2);
  if (weight == nullptr || weight->shape.size() < 3) return kNotConstant;
  if (!absent(node, 2) && (bias == nullptr || bias->shape.size() != 1)) return "whose bias is not constant";
  const Followed* x = walk.followed(node.inputs[0]);
  if (x != nullptr && x->axis != 1) return kOtherAxis;
  const bool transposed = node.op == "ConvTranspose";
  const auto parts = static_cast<std::size_t>(attribute_int(node, "group", 1));
  const std::size_t in_axis = transposed ? 0 : 1, out_axis = transposed ? 1 : 0;
  const std::size_t in = static_cast<std::size_t>(weight->shape[in_axis]) * (transposed ? 1 : parts);
  const std::size_t out = static_cast<std::size_t>(weight->shape[out_axis]) * (transposed ? parts : 1);
  if (parts > 1 && in == parts) return depthwise(walk, index, out / in);
  if (x != nullptr) {
    walk.join_parts(x->atoms, parts);
    walk.label(index, 1, in_axis, std::span(x->atoms).first(transposed ? in : in / parts), ChannelRole::kConsumes);
  }
  const std::vector<int> made = walk.begin_channels(out);
  walk.join_parts(made, parts);
  walk.label(index, 1, out_axis, std::span(made).first(transposed ? out / parts : out), ChannelRole::kProduces);
  if (!absent(node, 2)) walk.label(index, 2, 0, made, ChannelRole::kAccompanies);
  walk.add_producer(index, made);
  walk.follow(node.outputs[0], {1, made});
  return "";
}

std::string gemm(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Tensor* weight = walk.constant(node, 1);
  if (weight == nullptr) return kNotConstant;
  const Tensor* bias = walk.constant(node, 2);
  if (!absent(node, 2) && bias == nullptr) return "whose bias is not constant";
  const Followed* x = walk.followed(node.inputs[0]);
  if (x != nullptr && (x->axis != 1 || attribute_int(node, "transA", 0) != 0)) return kOtherAxis;
  const std::size_t in_axis = attribute_int(node, "transB", 0) != 0 ? 1 : 0;
  if (x != nullptr) walk.label(index, 1, in_axis, x->atoms, ChannelRole::kConsumes);
  const std::vector<int> made = walk.begin_channels(static_cast<std::size_t>(weight->shape[1 - in_axis]));
  walk.label(index, 1, 1 - in_axis, made, ChannelRole::kProduces);
  if (bias != nullptr && !bias->shape.empty() && bias->shape.back() == static_cast<std::int64_t>(made.size()))
    walk.label(index, 2, bias->shape.size() - 1, made, ChannelRole::kAccompanies);
  walk.add_producer(index, made);
  walk.follow(node.outputs[0], {1, made});
  return "";
}

/// By a constant matrix: its rows take the last axis, its columns make a new one; any other axis passes.
std::string matmul(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Tensor* weight = walk.constant(node, 1);
  if (weight == nullptr || weight->shape.size() != 2) return kNotConstant;
  const Followed* x = walk.followed(node.inputs[0]);
  const std::size_t rank = walk.shape(node.inputs[0]).size();
  if (x != nullptr && x->axis + 1 != rank) {
    walk.follow(node.outputs[0], *x);
    return "";
  }
  if (x != nullptr) walk.label(index, 1, 0, x->atoms, ChannelRole::kConsumes);
  const std::vector<int> made = walk.begin_channels(static_cast<std::size_t>(weight->shape[1]));
  walk.label(index, 1, 1, made, ChannelRole::kProduces);
  walk.add_producer(index, made);
  walk.follow(node.outputs[0], {rank - 1, made});
  return "";
}

/// Batch and instance norm: vectors with one entry a channel, γ first.
std::string norm(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  if (x->axis != 1) return kOtherAxis;
  if (node.outputs.size() > 1) return "which gives running statistics";
  for (std::size_t k = 1; k < node.inputs.size(); ++k)
    if (walk.constant(node, k) == nullptr) return kNotConstant;
  for (std::size_t k = 1; k < node.inputs.size(); ++k)
    walk.label(index, k, 0, x->atoms, k == 1 ? ChannelRole::kScales : ChannelRole::kAccompanies);
  walk.follow(node.outputs[0], *x);
  return "";
}

/// numpy's broadcasting counts axes from the last. Channels that meet are joined; a constant goes along if it has an
/// entry for each channel, and is left alone if it has one for all.
std::string elementwise(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Shape& out = walk.shape(node.outputs[0]);
  const auto lead = [&](const std::string& input) { return out.size() - walk.shape(input).size(); };
  std::optional<std::size_t> axis;
  for (const std::string& input : node.inputs) {
    const Followed* x = walk.followed(input);
    if (x == nullptr) continue;
    if (axis && *axis != x->axis + lead(input)) return "which joins channels of different axes";
    axis = x->axis + lead(input);
  }
  if (!axis) return "";
  const auto count = static_cast<std::size_t>(out[*axis]);
  std::vector<int> atoms;
  for (const std::string& input : node.inputs) {
    const Followed* x = walk.followed(input);
    if (x == nullptr || x->atoms.size() != count) continue;
    if (atoms.empty())
      atoms = x->atoms;
    else
      walk.join(atoms, x->atoms);
  }
  if (atoms.empty()) return "which spreads one channel over many";
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const std::string& input = node.inputs[k];
    if (input.empty()) continue;
    if (const Followed* x = walk.followed(input)) {
      if (x->atoms.size() != count)
        walk.protect(x->atoms, fmt::format("{} spreads it over many channels", describe(walk.graph(), index)));
      continue;
    }
    if (*axis < lead(input)) continue;
    const std::size_t own = *axis - lead(input);
    if (walk.shape(input)[own] == 1) continue;
    if (walk.constant(node, k) == nullptr) return "which joins it with values whose channels are not followed";
    walk.label(index, k, own, atoms, ChannelRole::kAccompanies);
  }
  walk.follow(node.outputs[0], {*axis, std::move(atoms)});
  return "";
}

constexpr NamedChannelRule kWeighted[] = {
    {"Add", elementwise},
    {"BatchNormalization", norm},
    {"Conv", convolution},
    {"ConvTranspose", convolution},
    {"Div", elementwise},
    {"Gemm", gemm},
    {"InstanceNormalization", norm},
    {"MatMul", matmul},
    {"Max", elementwise},
    {"Min", elementwise},
    {"Mul", elementwise},
    {"PRelu", elementwise},
    {"Pow", elementwise},
    {"Sub", elementwise},
    {"Sum", elementwise},
    {"Where", elementwise},
};

}  // namespace

std::span<const NamedChannelRule> weighted_channel_rules() { return kWeighted; }

}  // namespace cradle::graph
