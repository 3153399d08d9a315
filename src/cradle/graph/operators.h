// What each supported operator does to shapes and types: one rule per operator. For shapes.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// One use of an operator, with what is known about its inputs.
struct Call {
  const Graph& graph;
  std::size_t index;  ///< of the node
  const Node& node;
  std::vector<const Value*> inputs;                         ///< null: an optional input that is absent
  std::vector<const std::vector<std::int64_t>*> constants;  ///< per input: its integers if they are known, else null
  std::vector<const Tensor*> tensors;  ///< per input: the constant it is (initializer or Constant node), else null
};

/// Throws Error "Conv 'stem': <message>".
[[noreturn]] void reject(const Call& call, const std::string& message);

/// Input i; throws Error if it is absent.
const Value& input_of(const Call& call, std::size_t i);
/// Inputs first … last − 1 have an entry for each channel of input 0, of N×C×…. Throws Error naming the one that has
/// not.
void demand_channels(const Call& call, std::size_t first, std::size_t last);
bool has_input(const Call& call, std::size_t i);
/// The known integers of input i; throws Error saying that `what` must be constant.
const std::vector<std::int64_t>& constant_of(const Call& call, std::size_t i, std::string_view what);
/// -1 is the last axis; throws Error if the axis does not exist. `rank` counts the axes.
std::size_t axis_of(const Call& call, std::int64_t axis, std::size_t rank);
/// Integers that stand in an attribute up to some operator set and in input i after it; empty if in neither.
std::vector<std::int64_t> attribute_or_input(const Call& call, std::string_view attribute, std::size_t i);

/// Types and shapes of the outputs; names are left to the caller.
using Rule = std::vector<Value> (*)(const Call& call);

struct Operator {
  std::string_view name;
  Rule rule;
};
/// Operators whose output follows from broadcasting, axes and copies (operators.cc), those that make, choose or
/// rearrange elements (operators_rearranging.cc), and those that look at neighbourhoods or multiply matrices
/// (convolutions.cc).
std::span<const Operator> plain_operators();
std::span<const Operator> rearranging_operators();
std::span<const Operator> spatial_operators();

/// numpy's broadcasting of two shapes; throws Error if they do not fit.
Shape broadcast(const Call& call, const Shape& a, const Shape& b);

/// What a Shape node gives: the extents of its input from "start" to "end" (operator set 15), else all.
Shape taken_extents(const Call& call);

/// Values of small integer outputs (shapes in the making), if they follow from the constants of the inputs.
/// Empty if the operator is not one that computes shapes or something is not known.
std::vector<std::int64_t> known_integers(const Call& call, const Value& output);

}  // namespace cradle::graph
