// A CNN as plain structs: nodes, attributes, tensors and named values. No library, no file format.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cradle::graph {

/// The operator sets that cradle interprets (files of others are read, kept and written, not interpreted).
inline constexpr std::int64_t kOldestOpset = 9;
inline constexpr std::int64_t kNewestOpset = 23;

/// The key of a graph's metadata that says that its channels were equalised (compress/equalise.h): what was measured of
/// the graph before does not fit it.
inline constexpr const char* kEqualised = "cradle.equalised";

/// Element types, with ONNX's numbers (TensorProto.DataType).
enum class Type : std::int32_t {
  kUndefined = 0,
  kF32 = 1,
  kU8 = 2,
  kI8 = 3,
  kU16 = 4,
  kI16 = 5,
  kI32 = 6,
  kI64 = 7,
  kString = 8,
  kBool = 9,
  kF16 = 10,
  kF64 = 11,
  kU32 = 12,
  kU64 = 13,
  kBf16 = 16,
};
std::string_view name_of(Type type);
std::size_t bytes_of(Type type);  ///< per element; 0 for strings and undefined

using Shape = std::vector<std::int64_t>;  ///< -1: not known
/// Product of the extents; -1 if any is not known. Throws Error if the product does not fit 62 bits.
std::int64_t elements_of(const Shape& shape);
/// "1×64×16×16", with "?" for what is not known; "scalar" for rank 0.
std::string text_of(const Shape& shape);

/// A constant: raw little-endian bytes in row-major order. For a type of which bytes_of knows no size (strings, 4 and
/// 8 bit floats, …) `bytes` is the file's own encoding, kept to be written back and never interpreted.
struct Tensor {
  Type type = Type::kUndefined;
  Shape shape;
  std::vector<std::uint8_t> bytes;

  std::span<const float> f32() const;  ///< asserts type
  std::span<float> f32();
  std::span<const std::int64_t> i64() const;
};
Tensor tensor_f32(Shape shape, std::span<const float> values);
Tensor tensor_i64(Shape shape, std::span<const std::int64_t> values);
Tensor tensor_i8(Shape shape, std::span<const std::int8_t> values);
Tensor tensor_u8(Shape shape, std::span<const std::uint8_t> values);
Tensor tensor_i32(Shape shape, std::span<const std::int32_t> values);

/// An attribute's value; Opaque keeps what cradle does not read (sub-graphs, sparse tensors) as its ONNX bytes.
struct Opaque {
  std::string bytes;
  bool operator==(const Opaque&) const = default;
};
using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                               std::vector<std::string>, Tensor, Opaque>;

struct Node {
  std::string name;                 ///< may be empty in files; `describe` gives something to print
  std::string op;                   ///< "Conv"
  std::string domain;               ///< "" is ai.onnx
  std::vector<std::string> inputs;  ///< value names; "" is an absent optional input
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

/// The attribute, or `fallback` if the node has none of that name. Each throws Error naming node and attribute if its
/// type is another: engines reject such files, so cradle does not read them generously.
std::int64_t attribute_int(const Node& node, std::string_view name, std::int64_t fallback);
float attribute_float(const Node& node, std::string_view name, float fallback);
std::string attribute_string(const Node& node, std::string_view name, std::string fallback);
std::vector<std::int64_t> attribute_ints(const Node& node, std::string_view name, std::vector<std::int64_t> fallback);

/// A named value: a graph input, output, or an intermediate with a known type and shape.
struct Value {
  std::string name;
  Type type = Type::kF32;
  Shape shape;
  bool ranked = true;  ///< false: not even the rank is known, and `shape` is empty
};

/// What the file held besides the graph, kept for the writer (room onnx); never interpreted here.
struct Origin;

/// Nodes stand in an order in which every input is defined before it is used.
struct Graph {
  std::string name;
  std::int64_t opset = 17;  ///< of ai.onnx
  std::vector<Node> nodes;
  std::vector<Value> inputs;  ///< real inputs, without initializers
  std::vector<Value> outputs;
  std::map<std::string, Tensor> initializers;   ///< parameters and constants
  std::map<std::string, Value> values;          ///< known shapes of intermediates, by name
  std::map<std::string, std::string> metadata;  ///< key-value properties of the file
  std::shared_ptr<const Origin> origin;
};

/// "Conv 'backbone.0'" or "Conv (node 12)": for messages.
std::string describe(const Graph& graph, std::size_t node);
/// What a node is known by in reports and job files: its name, or its first output's if it has none.
const std::string& name_of(const Node& node);
/// Whether a value is an output of the graph. Cost: their number.
bool is_output(const Graph& graph, std::string_view value);

/// Index of the node that makes each value, and of the nodes that use it.
struct Links {
  std::map<std::string, std::size_t, std::less<>> producer;
  std::map<std::string, std::vector<std::size_t>, std::less<>> consumers;
};
Links links_of(const Graph& graph);

/// Removes the initializers among `names` that no node uses and that are no output: what a pass leaves behind.
void drop_unused(Graph& graph, std::span<const std::string> names);
/// A value or initializer name that the graph does not use yet: `wish`, else wish_2, wish_3, …
std::string fresh_name(const Graph& graph, const Links& links, const std::string& wish);
/// The initializer of this name, or null.
const Tensor* initializer_of(const Graph& graph, std::string_view name);

/// Puts nodes into an order that can be run. Throws Error naming a node on a cycle, or an input nobody makes.
void sort_nodes(Graph& graph);
/// Checks names (unique outputs, defined inputs, defined graph outputs); throws Error naming node and value.
void check(const Graph& graph);

}  // namespace cradle::graph
