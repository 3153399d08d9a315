// What the lowering of every operator needs: where values lie, in which type and order, and how they are changed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cradle/deploy/onednn_fuse.h"
#include "cradle/deploy/onednn_program.h"
#include "cradle/graph/graph.h"
#include "cradle/graph/shapes.h"

namespace cradle::deploy::onednn {

using Type = dnnl::memory::data_type;

/// How eight-bit codes stand for numbers: (code − zero) × scale.
struct Code {
  float scale = 1;
  int zero = 0;
  bool operator==(const Code&) const = default;
};

/// The order of a value's numbers in memory: row-major, or with the channels (axis 1) innermost, as oneDNN's
/// convolutions like them. Values of rank below 3 are always plain.
enum class Layout { kPlain, kChannelsLast };

/// Where a value of the graph lies, and as what.
struct Place {
  graph::Shape shape;  ///< the value's own; the operand of a scalar has one axis of 1
  Layout layout = Layout::kPlain;
  Operand operand;
  std::optional<Code> code;  ///< of eight-bit codes that stand for numbers (behind a DequantizeLinear)

  Type type() const { return operand.desc.data_type(); }
};

dnnl::memory::dims strides_of(const graph::Shape& shape, Layout layout);
/// Of a value of that shape; a scalar gets one axis.
dnnl::memory::desc desc_of(const graph::Shape& shape, Type type, Layout layout);
/// The order of the axes from the slowest to the fastest.
std::vector<std::size_t> physical_axes(std::size_t rank, Layout layout);
/// True if both layouts are one order of the numbers.
bool same_order(const graph::Shape& shape, Layout a, Layout b);
bool is_eight_bits(Type type);
std::string precision_name(Type type);

class Builder {
 public:
  /// `real` is the type in which float nodes compute: f32 or bf16. Values of `graph` must have been inferred.
  Builder(const graph::Graph& graph, const graph::KnownIntegers& integers, Program& program, Type real);

  /// Adds inputs, the steps of every group, and outputs. Throws base::Error naming a node that cannot be run.
  void build();
  /// Adds the steps of nodes that run together; also for parts of a group that cannot be fused after all.
  void lower(const Group& group);

  const graph::Node& node(std::size_t i) const { return graph_.nodes[i]; }
  const graph::Graph& graph() const { return graph_; }
  Program& program() { return program_; }
  Type real() const { return real_; }
  const graph::Shape& shape(const std::string& value) const { return graph_.values.at(value).shape; }
  [[noreturn]] void refuse(std::size_t node, const std::string& message) const;

  /// Where a value lies; constants are fetched from the graph.
  const Place& place(const std::string& value);
  void set_place(const std::string& value, Place place);
  bool has(const graph::Node& node, std::size_t input) const {
    return node.inputs.size() > input && !node.inputs[input].empty();
  }
  /// True if nobody but the step being made reads this value's memory, so that the step may write into it.
  bool dies_here(const std::string& value) const;
  /// To be called when a step has written into a buffer that held something else.
  void forget_copies(int buffer);

  /// The place changed into a type (codes become the numbers for which they stand) and layout: the same place if it is
  /// so already, else a step is added, once for all who ask.
  Place as(const Place& from, Type type, Layout layout);
  Place in_layout(const Place& from, Layout layout) { return as(from, from.type(), layout); }
  /// As numbers in f32 or, where `real` is so, in bf16.
  Place as_real(const Place& from, Layout layout) { return as(from, real_, layout); }
  /// The numbers as codes.
  Place coded(const Place& from, Type type, Code code, const StepNote& note);
  Place temporary(const graph::Shape& shape, Type type, Layout layout);

  /// Integers of a constant input, if they are known before a run.
  std::optional<std::vector<std::int64_t>> integers(const std::string& value) const;
  /// Numbers of a constant float tensor; throws Error naming the node if it is not one.
  std::vector<float> floats(std::size_t node, std::size_t input, std::string_view what) const;
  const graph::Tensor* tensor(const std::string& value) const;
  /// The DequantizeLinear of constants that makes a value, or null.
  const graph::Node* constant_decoding(const std::string& value) const;
  /// The numbers that such a node makes.
  std::vector<float> decoded(const graph::Node& decoding) const;
  /// The code that the scale and zero point of a QuantizeLinear or DequantizeLinear give; nullopt if it is not one
  /// constant for all values.
  std::optional<std::pair<Code, Type>> code_of(const graph::Node& node) const;

  StepNote note(const Group& group, Type computes, std::string kernel = "loops") const;
  /// Adds a primitive with a scratchpad of its own.
  void add(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad, std::vector<Argument> arguments,
           StepNote note);
  void add_loops(Loops loops, std::vector<Argument> arguments, StepNote note);

  const std::map<std::string, Operand>& inputs() const { return inputs_; }
  const std::vector<Place>& outputs() const { return outputs_; }

 private:
  Place constant(const std::string& value);
  void add_outputs();
  void count_uses(const std::vector<Group>& groups);

  const graph::Graph& graph_;
  graph::Links links_;
  const graph::KnownIntegers& integers_;
  Program& program_;
  Type real_;
  std::map<std::string, Place> places_;
  std::map<std::string, int> uses_;  // steps to come that read a value
  std::map<std::tuple<int, int, int, graph::Shape, float, int>, Place> copies_;
  std::map<std::string, Operand> inputs_;
  std::vector<Place> outputs_;
};

}  // namespace cradle::deploy::onednn
