// Packs codes of four bits as ONNX stores them.
#include "cradle/compress/int4_storage.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "cradle/base/error.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

constexpr std::int64_t kInt4Opset = 21;  // DequantizeLinear takes INT4 (ONNX's Operators.md)

void append_varint(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

/// An operator whose meaning changed between operator sets 13 and 21, and the uses of it that are hurt.
struct Changed {
  std::string_view op;  ///< with a '*': whatever begins so
  std::int64_t since;   ///< the set from which it means something else
  bool (*hurts)(const Node& node);
};

bool always(const Node&) { return true; }

// ONNX's Changelog.md, sets 14 to 21. Others were given types, attributes or inputs that may be absent, and mean the
// same.
constexpr std::array<Changed, 7> kChanged{{
    // The running statistics are other outputs, and made in training mode alone.
    {"BatchNormalization", 14, [](const Node& n) { return n.outputs.size() > 1; }},
    // Its attribute coordinate_transformation_mode got another default.
    {"RoiAlign", 16, [](const Node& n) { return !n.attributes.contains("coordinate_transformation_mode"); }},
    // Axes became an input.
    {"Reduce*", 18, [](const Node& n) { return n.attributes.contains("axes"); }},
    // The number of outputs must be written.
    {"Split", 18, [](const Node& n) { return n.inputs.size() < 2; }},
    // bilinear and bicubic became linear and cubic, the default with them.
    {"GridSample", 20, always},
    // The axis became an input.
    {"DFT", 20, always},
    // Scale and bias are one a channel instead of one a group.
    {"GroupNormalization", 21, always},
}};

bool is_of(const Changed& changed, const Node& node) {
  if (!changed.op.ends_with('*')) return node.op == changed.op;
  return node.op.starts_with(changed.op.substr(0, changed.op.size() - 1));
}

void refuse_what_changed(const Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const Changed& changed : kChanged) {
      const Node& node = graph.nodes[i];
      if (node.domain.empty() && graph.opset < changed.since && is_of(changed, node) && changed.hurts(node))
        base::fail("{} has another form in operator set {}, which four bits need; store them in int8",
                   graph::describe(graph, i), kInt4Opset);
    }
}

bool fits(const Tensor* tensor) {
  return tensor != nullptr && tensor->type == graph::Type::kI8 &&
         std::ranges::all_of(tensor->bytes, [](std::uint8_t b) {
           const auto code = static_cast<std::int8_t>(b);
           return code >= -8 && code <= 7;
         });
}

}  // namespace

Tensor int4_tensor(const graph::Shape& shape, std::span<const std::int8_t> codes) {
  // TensorProto of onnx.proto: dims = 1, data_type = 2, raw_data = 9.
  std::vector<std::uint8_t> bytes;
  for (const std::int64_t extent : shape) {
    bytes.push_back(1 << 3);
    append_varint(bytes, static_cast<std::uint64_t>(extent));
  }
  bytes.push_back(2 << 3);
  append_varint(bytes, kOnnxInt4);
  bytes.push_back(9 << 3 | 2);
  append_varint(bytes, (codes.size() + 1) / 2);
  for (std::size_t i = 0; i < codes.size(); i += 2) {
    const int low = codes[i] & 0xF, high = i + 1 < codes.size() ? codes[i + 1] & 0xF : 0;
    bytes.push_back(static_cast<std::uint8_t>(low | high << 4));
  }
  return {static_cast<graph::Type>(kOnnxInt4), shape, std::move(bytes)};
}

int store_in_four_bits(Graph& graph) {
  refuse_what_changed(graph);
  std::set<std::string> packed;
  int weights = 0;
  const auto pack = [&](const std::string& name) {
    if (!packed.insert(name).second) return;
    Tensor& tensor = graph.initializers.at(name);
    const auto* codes = reinterpret_cast<const std::int8_t*>(tensor.bytes.data());
    tensor = int4_tensor(tensor.shape, {codes, tensor.bytes.size()});
  };
  for (const Node& node : graph.nodes) {
    if (node.op != "DequantizeLinear" || node.inputs.size() < 3) continue;
    if (!fits(initializer_of(graph, node.inputs[0])) || !fits(initializer_of(graph, node.inputs[2]))) continue;
    pack(node.inputs[0]);
    pack(node.inputs[2]);
    ++weights;
  }
  if (weights == 0) base::fail("no weights have four bits; quantise with 'weight_bits' 4");
  graph.opset = std::max(graph.opset, kInt4Opset);
  return weights;
}

}  // namespace cradle::compress
