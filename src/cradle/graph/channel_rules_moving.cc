// How channels run through the nodes that keep their axis: activations, pools, resizing, reductions, softmax.
#include <algorithm>

#include "cradle/graph/channel_walk.h"

namespace cradle::graph {
namespace {

std::string keep(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  for (std::size_t k = 1; k < node.inputs.size(); ++k)
    if (walk.followed(node.inputs[k]) != nullptr) return "which takes them as a setting";
  if (x == nullptr) return "";
  if (node.outputs.size() > 1 && !node.outputs[1].empty()) return "which gives more than one value";
  walk.follow(node.outputs[0], *x);
  return "";
}

std::string pool(ChannelWalk& walk, std::size_t index) {
  const Followed* x = walk.followed(walk.graph().nodes[index].inputs[0]);
  return x != nullptr && x->axis != 1 ? "which takes another axis for its channels" : keep(walk, index);
}

std::size_t from_front(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

/// Softmax and its like. Before operator set 13 it ran over all axes from the named one on.
std::string softmax(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  const bool onwards = node.op == "LayerNormalization" || (walk.graph().opset < 13 && node.op != "LpNormalization");
  const std::int64_t fallback = onwards && node.op != "LayerNormalization" ? 1 : -1;
  const std::size_t axis = from_front(attribute_int(node, "axis", fallback), walk.shape(node.inputs[0]).size());
  if (onwards ? x->axis >= axis : x->axis == axis) return "which normalises over the channels";
  return keep(walk, index);
}

std::string reduce(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  const std::size_t rank = walk.shape(node.inputs[0]).size();
  const std::vector<std::int64_t> axes = walk.integers(node, "axes", 1).value_or(std::vector<std::int64_t>{});
  const bool nothing = axes.empty() && attribute_int(node, "noop_with_empty_axes", 0) != 0;
  std::size_t before = 0;
  for (const std::int64_t axis : axes) {
    if (from_front(axis, rank) == x->axis) return "which reduces the channels to one";
    before += from_front(axis, rank) < x->axis ? 1 : 0;
  }
  if (axes.empty() && !nothing) return "which reduces the channels to one";
  const bool kept = attribute_int(node, "keepdims", 1) != 0;
  walk.follow(node.outputs[0], {x->axis - (kept ? 0 : before), x->atoms});
  return "";
}

bool same_extent(const ChannelWalk& walk, const Node& node, const Followed& x) {
  const Shape& in = walk.shape(node.inputs[0]);
  const Shape& out = walk.shape(node.outputs[0]);
  return in.size() == out.size() && in[x.axis] == out[x.axis];
}

/// Resize, Upsample, Expand and Tile, as long as they leave the number of channels; where it is given as a number,
/// that must follow.
std::string enlarge(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  if (!same_extent(walk, node, *x)) return "which changes the number of channels";
  const std::size_t sizes = node.op == "Resize" ? 3 : 1;
  const bool by_size = (node.op == "Resize" || node.op == "Expand") && sizes < node.inputs.size();
  if (by_size && !node.inputs[sizes].empty()) {
    std::size_t position = x->axis;
    if (node.op == "Resize" && node.attributes.contains("axes")) return "which names the axes it resizes";
    if (node.op == "Expand") {  // the new shape may have fewer axes than the value
      const std::size_t given = static_cast<std::size_t>(walk.shape(node.inputs[1]).at(0));
      const std::size_t rank = walk.shape(node.outputs[0]).size();
      if (position + given < rank) {
        walk.follow(node.outputs[0], *x);
        return "";
      }
      position -= rank - given;
      const auto shape = walk.integers(node, "", 1);
      if (shape && shape->at(position) == 1) {
        walk.follow(node.outputs[0], *x);
        return "";
      }
    }
    if (!walk.label_count(index, sizes, position, x->atoms)) return "whose size is computed in a way not followed";
  }
  walk.follow(node.outputs[0], *x);
  return "";
}

std::string pad(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  const std::size_t rank = walk.shape(node.inputs[0]).size();
  const auto pads = walk.integers(node, "pads", 1);
  if (node.inputs.size() > 3 && !node.inputs[3].empty()) return "which names the axes it pads";
  if (!pads) return "whose pads are not constant";
  if (pads->size() != 2 * rank || (*pads)[x->axis] != 0 || (*pads)[x->axis + rank] != 0) return "which adds channels";
  walk.follow(node.outputs[0], *x);
  return "";
}

/// The channel axis whole, in order: any other cut would take some channels and leave others.
std::string slice(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  if (!same_extent(walk, node, *x)) return "which takes some of the channels";
  const auto steps = walk.integers(node, "steps", 4);
  if (steps && std::ranges::any_of(*steps, [](std::int64_t s) { return s < 0; })) return "which turns an axis round";
  walk.follow(node.outputs[0], *x);
  return "";
}

std::string gather(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  if (walk.followed(node.inputs[1]) != nullptr) return "which takes them for indices";
  const std::size_t axis = from_front(attribute_int(node, "axis", 0), walk.shape(node.inputs[0]).size());
  if (axis == x->axis) return "which chooses among the channels";
  const std::size_t shift = axis < x->axis ? walk.shape(node.inputs[1]).size() : 1;
  walk.follow(node.outputs[0], {x->axis + shift - 1, x->atoms});
  return "";
}

/// Extents become integers: whoever uses them as a shape is looked at there.
std::string shape_of(ChannelWalk&, std::size_t) { return ""; }

constexpr NamedChannelRule kMoving[] = {
    {"Abs", keep},
    {"AveragePool", pool},
    {"Cast", keep},
    {"Ceil", keep},
    {"Celu", keep},
    {"Clip", keep},
    {"Cos", keep},
    {"Dropout", keep},
    {"Elu", keep},
    {"Erf", keep},
    {"Exp", keep},
    {"Expand", enlarge},
    {"Floor", keep},
    {"Gather", gather},
    {"Gelu", keep},
    {"GlobalAveragePool", pool},
    {"GlobalMaxPool", pool},
    {"HardSigmoid", keep},
    {"HardSwish", keep},
    {"Identity", keep},
    {"LayerNormalization", softmax},
    {"LeakyRelu", keep},
    {"Log", keep},
    {"LogSoftmax", softmax},
    {"LpNormalization", softmax},
    {"MaxPool", pool},
    {"Mish", keep},
    {"Neg", keep},
    {"Pad", pad},
    {"Reciprocal", keep},
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceMax", reduce},
    {"ReduceMean", reduce},
    {"ReduceMin", reduce},
    {"ReduceProd", reduce},
    {"ReduceSum", reduce},
    {"Relu", keep},
    {"Resize", enlarge},
    {"Round", keep},
    {"Selu", keep},
    {"Shape", shape_of},
    {"Sigmoid", keep},
    {"Sign", keep},
    {"Sin", keep},
    {"Slice", slice},
    {"Softmax", softmax},
    {"Softplus", keep},
    {"Softsign", keep},
    {"Sqrt", keep},
    {"Tanh", keep},
    {"ThresholdedRelu", keep},
    {"Tile", enlarge},
    {"Upsample", enlarge},
};

}  // namespace

std::span<const NamedChannelRule> moving_channel_rules() { return kMoving; }

}  // namespace cradle::graph
