// Follows small integer constants through the operators with which exports compute shapes.
#include <algorithm>
#include <cstring>

#include "cradle/graph/operators.h"

namespace cradle::graph {
namespace {

using Integers = std::vector<std::int64_t>;

Integers integers_of(const Tensor& tensor) {
  if (tensor.type == Type::kI64) return {tensor.i64().begin(), tensor.i64().end()};
  if (tensor.type != Type::kI32) return {};
  Integers out(tensor.bytes.size() / sizeof(std::int32_t));
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::int32_t value = 0;
    std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
    out[i] = value;
  }
  return out;
}

Integers arithmetic(const std::string& op, const Integers& a, const Integers& b) {
  if (a.empty() || b.empty()) return {};
  Integers out(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = a[a.size() == 1 ? 0 : i], y = b[b.size() == 1 ? 0 : i];
    bool overflow = false;
    if (op == "Add")
      overflow = __builtin_add_overflow(x, y, &out[i]);
    else if (op == "Sub")
      overflow = __builtin_sub_overflow(x, y, &out[i]);
    else if (op == "Mul")
      overflow = __builtin_mul_overflow(x, y, &out[i]);
    else if (op == "Equal")
      out[i] = x == y ? 1 : 0;
    else if (y == 0 || y == -1)
      return {};
    else
      out[i] = x / y;
    if (overflow) return {};
  }
  return out;
}

Integers gathered(const Integers& values, const Integers& indices) {
  Integers out;
  const auto n = static_cast<std::int64_t>(values.size());
  for (const std::int64_t index : indices) {
    if (index < -n || index >= n) return {};
    out.push_back(values[static_cast<std::size_t>(index < 0 ? index + n : index)]);
  }
  return out;
}

Integers sliced(const Call& call, const Integers& values) {
  const Integers starts = attribute_or_input(call, "starts", 1);
  const Integers steps = has_input(call, 4) ? constant_of(call, 4, "steps") : Integers{1};
  if (starts.size() != 1 || steps != Integers{1}) return {};
  const auto n = static_cast<std::int64_t>(values.size());
  const auto place = [n](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + n : at, 0, n); };
  const std::int64_t first = place(starts[0]);
  const std::int64_t last = std::max(first, place(attribute_or_input(call, "ends", 2).at(0)));
  return {values.begin() + first, values.begin() + last};
}

// Nothing that makes a shape is longer.
constexpr std::int64_t kLongest = 4096;

std::size_t extent_of(const Value& output) {
  const std::int64_t n = output.shape.empty() ? 1 : output.shape[0];
  return static_cast<std::size_t>(n <= kLongest ? std::max<std::int64_t>(n, 0) : 0);
}

/// ConstantOfShape: of whole numbers only.
Integers filled(const Call& call, const Value& output) {
  const auto value = call.node.attributes.find("value");
  const Tensor* tensor = value == call.node.attributes.end() ? nullptr : std::get_if<Tensor>(&value->second);
  const Integers one = tensor ? integers_of(*tensor) : Integers{};
  return one.size() == 1 ? Integers(extent_of(output), one[0]) : Integers{};
}

Integers counted(const Call& call, const Value& output) {
  Integers out(extent_of(output));
  const std::int64_t start = call.constants[0]->at(0), step = call.constants[2]->at(0);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = start + static_cast<std::int64_t>(i) * step;
  return out;
}

Integers chosen(const Integers& condition, const Integers& a, const Integers& b) {
  if (condition.empty() || a.empty() || b.empty()) return {};
  Integers out(std::max({condition.size(), a.size(), b.size()}));
  const auto at = [](const Integers& v, std::size_t i) { return v[v.size() == 1 ? 0 : i]; };
  for (const Integers* v : {&condition, &a, &b})
    if (v->size() != 1 && v->size() != out.size()) return {};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = at(condition, i) != 0 ? at(a, i) : at(b, i);
  return out;
}

}  // namespace

std::vector<std::int64_t> known_integers(const Call& call, const Value& output) {
  const std::string& op = call.node.op;
  // Whole numbers as floats are followed as far as Range, where exports of grids need them; no further, for a quotient
  // of them need not be whole.
  const bool whole = op == "Cast" && output.type == Type::kF32;
  if (output.type != Type::kI64 && output.type != Type::kI32 && output.type != Type::kBool && !whole) return {};
  if (op == "Shape") return taken_extents(call);
  if (op == "Constant") {
    for (const auto& [name, value] : call.node.attributes) {
      if (const auto* t = std::get_if<Tensor>(&value)) return integers_of(*t);
      if (const auto* n = std::get_if<std::int64_t>(&value)) return {*n};
      if (const auto* n = std::get_if<Integers>(&value)) return *n;
    }
    return {};
  }
  if (call.constants.empty() || std::ranges::any_of(call.constants, [](const Integers* c) { return c == nullptr; }))
    return {};
  // Only vectors and scalars are followed: that is all a shape is made of.
  if (std::ranges::any_of(call.inputs, [](const Value* v) { return v->shape.size() > 1; }) || output.shape.size() > 1)
    return {};
  const Integers& first = *call.constants[0];
  if (op == "ConstantOfShape") return filled(call, output);
  if (op == "Range") return counted(call, output);
  if (op == "Expand") return first.size() == 1 ? Integers(extent_of(output), first[0]) : first;
  if (op == "Where") return chosen(first, *call.constants[1], *call.constants[2]);
  if (op == "Cast" || op == "Unsqueeze" || op == "Squeeze" || op == "Identity" || op == "Reshape") return first;
  if (op == "Gather") return gathered(first, *call.constants[1]);
  if (op == "Slice") return sliced(call, first);
  if (op == "Concat") {
    Integers out;
    for (const Integers* part : call.constants) out.insert(out.end(), part->begin(), part->end());
    return out;
  }
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Equal")
    return arithmetic(op, first, *call.constants[1]);
  return {};
}

}  // namespace cradle::graph
