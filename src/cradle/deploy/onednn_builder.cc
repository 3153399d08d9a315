// Places of values, changes of type and layout, constants, and the walk over the groups.
#include "cradle/deploy/onednn_builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/deploy/onednn_lower.h"
#include "cradle/graph/half.h"

namespace cradle::deploy::onednn {
namespace {

graph::Shape with_an_axis(graph::Shape shape) {
  if (shape.empty()) shape.push_back(1);
  return shape;
}

std::string layout_name(Layout layout) { return layout == Layout::kPlain ? "row-major" : "channels last"; }

template <class T>
std::vector<float> converted(const graph::Tensor& tensor) {
  std::vector<float> out(tensor.bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<float>(value);
  }
  return out;
}

/// The numbers of a tensor as floats; empty for a type that cradle does not read as numbers.
std::vector<float> floats_of(const graph::Tensor& tensor) {
  switch (tensor.type) {
    case graph::Type::kF32: return converted<float>(tensor);
    case graph::Type::kF64: return converted<double>(tensor);
    case graph::Type::kI64: return converted<std::int64_t>(tensor);
    case graph::Type::kI32: return converted<std::int32_t>(tensor);
    case graph::Type::kI8: return converted<std::int8_t>(tensor);
    case graph::Type::kU8: return converted<std::uint8_t>(tensor);
    case graph::Type::kF16:
    case graph::Type::kBf16: return converted<float>(graph::widened(tensor));
    default: return {};
  }
}

std::vector<float> numbers_of(const std::string& name, const graph::Tensor& tensor) {
  std::vector<float> values = floats_of(tensor);
  if (values.empty())
    base::fail("the oneDNN engine does not compute with the constant '{}' ({}); try the engine onnxruntime", name,
               graph::name_of(tensor.type));
  return values;
}

}  // namespace

dnnl::memory::dims strides_of(const graph::Shape& shape, Layout layout) {
  const graph::Shape dims = with_an_axis(shape);
  dnnl::memory::dims strides(dims.size());
  std::int64_t stride = 1;
  const std::vector<std::size_t> axes = physical_axes(dims.size(), layout);
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    strides[*axis] = stride;
    stride *= dims[*axis];
  }
  return strides;
}

dnnl::memory::desc desc_of(const graph::Shape& shape, Type type, Layout layout) {
  return {with_an_axis(shape), type, strides_of(shape, layout)};
}

std::vector<std::size_t> physical_axes(std::size_t rank, Layout layout) {
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < rank; ++i)
    if (layout == Layout::kPlain || i != 1) axes.push_back(i);
  if (layout == Layout::kChannelsLast) axes.push_back(1);
  return axes;
}

bool same_order(const graph::Shape& shape, Layout a, Layout b) {
  if (a == b || shape.size() < 3 || shape[1] == 1) return true;
  return std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t extent) { return extent == 1; });
}

bool is_eight_bits(Type type) { return type == Type::u8 || type == Type::s8; }

std::string precision_name(Type type) { return type == Type::bf16 ? "bf16" : is_eight_bits(type) ? "int8" : "fp32"; }

Builder::Builder(const graph::Graph& graph, const graph::KnownIntegers& integers, Program& program, Type real)
    : graph_(graph), links_(graph::links_of(graph)), integers_(integers), program_(program), real_(real) {}

void Builder::refuse(std::size_t node, const std::string& message) const {
  base::fail("{}: {}", graph::describe(graph_, node), message);
}

void Builder::count_uses(const std::vector<Group>& groups) {
  for (const Group& group : groups)
    for (const std::string& value : values_read_by(graph_, group)) ++uses_[value];
  for (const graph::Value& output : graph_.outputs) ++uses_[output.name];
}

void Builder::build() {
  for (const graph::Value& input : graph_.inputs) {
    const graph::Shape& shape_now = shape(input.name);
    inputs_[input.name] = program_.input(desc_of(shape_now, Type::f32, Layout::kPlain));
    places_[input.name] = {shape_now, Layout::kPlain, inputs_[input.name], std::nullopt};
  }
  const std::vector<Group> groups = fuse(graph_, integers_);
  count_uses(groups);
  for (const Group& group : groups) {
    lower(group);
    for (const std::string& value : values_read_by(graph_, group)) --uses_[value];
  }
  add_outputs();
}

void Builder::lower(const Group& group) {
  const graph::Node& head = node(group.nodes[0]);
  const Lowering* lowering = head.domain.empty() ? lowering_of(head.op) : nullptr;
  if (lowering == nullptr)
    base::fail("{}: the oneDNN engine does not run the operator '{}'{}; try the engine onnxruntime",
               graph::describe(graph_, group.nodes[0]), head.op,
               head.domain.empty() ? "" : " of domain '" + head.domain + "'");
  if (!lowering->takes_followers && group.nodes.size() > 1) {
    lower_in_two(*this, group, 1);
    return;
  }
  try {
    lowering->lower(*this, group);
  } catch (const dnnl::error& error) {
    refuse(group.nodes[0], fmt::format("oneDNN cannot run it: {}", error.what()));
  }
}

void Builder::add_outputs() {
  for (const graph::Value& output : graph_.outputs) {
    Place result = as(place(output.name), Type::f32, Layout::kPlain);
    if (program_.is_temporary(result.operand)) {
      program_.keep(result.operand);
    } else {  // an input or a constant that goes out as it came
      const Operand copy = program_.output(result.operand.desc);
      const dnnl::reorder::primitive_desc moved(program_.engine(), result.operand.desc, program_.engine(), copy.desc);
      program_.add({dnnl::reorder(moved),
                    {},
                    {{DNNL_ARG_FROM, result.operand}, {DNNL_ARG_TO, copy}},
                    {{}, "copy '" + output.name + "'", "fp32", moved.impl_info_str()}});
      result.operand = copy;
    }
    outputs_.push_back(std::move(result));
  }
}

const Place& Builder::place(const std::string& value) {
  const auto found = places_.find(value);
  if (found != places_.end()) return found->second;
  return places_[value] = constant(value);
}

void Builder::set_place(const std::string& value, Place place) { places_[value] = std::move(place); }

Place Builder::constant(const std::string& value) {
  graph::Shape shape;
  std::vector<float> values;
  if (const graph::Tensor* held = tensor(value)) {
    shape = held->shape;
    if (held->type == graph::Type::kU8 || held->type == graph::Type::kI8) {
      const auto desc = desc_of(shape, held->type == graph::Type::kU8 ? Type::u8 : Type::s8, Layout::kPlain);
      return {shape, Layout::kPlain, program_.constant(desc, held->bytes.data()), std::nullopt};
    }
    values = numbers_of(value, *held);
  } else if (const graph::Node* decoding = constant_decoding(value)) {
    shape = this->shape(value);
    values = decoded(*decoding);
  } else if (const auto known = integers_.find(value); known != integers_.end()) {
    shape = this->shape(value);
    values.assign(known->second.begin(), known->second.end());
  } else {
    base::fail("nothing makes the value '{}' before it is used", value);
  }
  const auto desc = desc_of(shape, Type::f32, Layout::kPlain);
  return {shape, Layout::kPlain, program_.constant(desc, values.data()), std::nullopt};
}

const graph::Node* Builder::constant_decoding(const std::string& value) const {
  const auto maker = links_.producer.find(value);
  if (maker == links_.producer.end()) return nullptr;
  const graph::Node& node = graph_.nodes[maker->second];
  if (node.op != "DequantizeLinear" || !node.domain.empty()) return nullptr;
  for (const std::string& input : node.inputs)
    if (!input.empty() && tensor(input) == nullptr) return nullptr;
  return &node;
}

std::vector<float> Builder::decoded(const graph::Node& decoding) const {
  const auto numbers = [&](std::size_t input) {
    return numbers_of(decoding.inputs[input], *tensor(decoding.inputs[input]));
  };
  const graph::Tensor& codes = *tensor(decoding.inputs[0]);
  std::vector<float> values = numbers(0);
  const std::vector<float> scales = numbers(1);
  const std::vector<float> zeros = has(decoding, 2) ? numbers(2) : std::vector<float>{};
  const auto rank = static_cast<std::int64_t>(codes.shape.size());
  std::int64_t axis = graph::attribute_int(decoding, "axis", 1);
  axis = std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, std::max<std::int64_t>(rank - 1, 0));
  std::size_t inner = 1;
  for (std::int64_t i = axis + 1; i < rank; ++i)
    inner *= static_cast<std::size_t>(codes.shape[static_cast<std::size_t>(i)]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = scales.size() == 1 ? 0 : i / inner % scales.size();
    values[i] = (values[i] - (zeros.empty() ? 0.0F : zeros[zeros.size() == 1 ? 0 : channel])) * scales[channel];
  }
  return values;
}

bool Builder::dies_here(const std::string& value) const {
  const auto own = places_.find(value);
  if (own == places_.end() || !program_.is_temporary(own->second.operand)) return false;
  int readers = 0;
  for (const auto& [name, place] : places_) {
    const auto uses = uses_.find(name);
    if (place.operand.buffer == own->second.operand.buffer && uses != uses_.end()) readers += uses->second;
  }
  return readers == 1;
}

void Builder::forget_copies(int buffer) {
  std::erase_if(copies_, [buffer](const auto& copy) { return std::get<0>(copy.first) == buffer; });
}

Place Builder::temporary(const graph::Shape& shape, Type type, Layout layout) {
  if (shape.size() < 3) layout = Layout::kPlain;
  return {shape, layout, program_.temporary(desc_of(shape, type, layout)), std::nullopt};
}

Place Builder::as(const Place& from, Type type, Layout layout) {
  if (from.shape.size() < 3) layout = Layout::kPlain;
  const bool decodes = from.code && !is_eight_bits(type);
  if (from.type() == type && !decodes && same_order(from.shape, from.layout, layout)) {
    Place same = from;
    same.layout = layout;
    same.operand.desc = desc_of(from.shape, type, layout);
    return same;
  }
  const Code code = from.code.value_or(Code{});
  const auto key = std::tuple(from.operand.buffer, static_cast<int>(type), static_cast<int>(layout), from.shape,
                              code.scale, code.zero);
  if (const auto copy = copies_.find(key); copy != copies_.end()) return copy->second;
  Place to = temporary(from.shape, type, layout);
  if (!decodes) to.code = from.code;
  dnnl::primitive_attr attributes = attributes_with({});
  if (decodes) {
    attributes.set_output_scales(0, {code.scale});
    if (code.zero != 0) attributes.set_zero_points(DNNL_ARG_FROM, 0, {code.zero});
  }
  const dnnl::reorder::primitive_desc moved(program_.engine(), from.operand.desc, program_.engine(), to.operand.desc,
                                            attributes);
  StepNote note{{},
                fmt::format("to {} {}", precision_name(type), layout_name(layout)),
                precision_name(type),
                moved.impl_info_str()};
  add(dnnl::reorder(moved), moved.scratchpad_desc(), {{DNNL_ARG_FROM, from.operand}, {DNNL_ARG_TO, to.operand}},
      std::move(note));
  return copies_[key] = to;
}

Place Builder::coded(const Place& from, Type type, Code code, const StepNote& note) {
  const Layout layout = from.shape.size() == 4 ? Layout::kChannelsLast : from.layout;
  Place to = temporary(from.shape, type, layout);
  dnnl::primitive_attr attributes = attributes_with({});
  attributes.set_output_scales(0, {1.0F / code.scale});
  if (code.zero != 0) attributes.set_zero_points(DNNL_ARG_TO, 0, {code.zero});
  const dnnl::reorder::primitive_desc moved(program_.engine(), from.operand.desc, program_.engine(), to.operand.desc,
                                            attributes);
  StepNote named = note;
  named.kernel = moved.impl_info_str();
  add(dnnl::reorder(moved), moved.scratchpad_desc(), {{DNNL_ARG_FROM, from.operand}, {DNNL_ARG_TO, to.operand}},
      std::move(named));
  return to;
}

std::optional<std::vector<std::int64_t>> Builder::integers(const std::string& value) const {
  if (const auto known = integers_.find(value); known != integers_.end()) return known->second;
  const graph::Tensor* held = tensor(value);
  if (held == nullptr || (held->type != graph::Type::kI64 && held->type != graph::Type::kI32)) return std::nullopt;
  if (held->type == graph::Type::kI64) return std::vector(held->i64().begin(), held->i64().end());
  std::vector<std::int64_t> out(held->bytes.size() / sizeof(std::int32_t));
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::int32_t one = 0;
    std::memcpy(&one, held->bytes.data() + i * sizeof one, sizeof one);
    out[i] = one;
  }
  return out;
}

const graph::Tensor* Builder::tensor(const std::string& value) const { return graph::initializer_of(graph_, value); }

std::vector<float> Builder::floats(std::size_t index, std::size_t input, std::string_view what) const {
  const graph::Tensor* held = has(node(index), input) ? tensor(node(index).inputs[input]) : nullptr;
  if (held == nullptr || held->type != graph::Type::kF32)
    refuse(index, fmt::format("the oneDNN engine needs {} as constant 32-bit floats", what));
  return {held->f32().begin(), held->f32().end()};
}

std::optional<std::pair<Code, Type>> Builder::code_of(const graph::Node& node) const {
  const graph::Tensor* scale = has(node, 1) ? tensor(node.inputs[1]) : nullptr;
  if (scale == nullptr || scale->type != graph::Type::kF32 || scale->f32().size() != 1) return std::nullopt;
  Code code{scale->f32()[0], 0};
  if (!has(node, 2)) return std::pair(code, Type::u8);
  const graph::Tensor* zero = tensor(node.inputs[2]);
  if (zero == nullptr || zero->bytes.size() != 1 || !(code.scale > 0)) return std::nullopt;
  const bool is_signed = zero->type == graph::Type::kI8;
  if (!is_signed && zero->type != graph::Type::kU8) return std::nullopt;
  code.zero = is_signed ? static_cast<std::int8_t>(zero->bytes[0]) : zero->bytes[0];
  return std::pair(code, is_signed ? Type::s8 : Type::u8);
}

StepNote Builder::note(const Group& group, Type computes, std::string kernel) const {
  StepNote note;
  std::vector<std::string> ops;
  for (const std::size_t i : group.nodes) {
    note.nodes.push_back(graph::describe(graph_, i));
    ops.push_back(node(i).op);
  }
  note.work = fmt::format("{}", fmt::join(ops, "+"));
  note.precision = precision_name(computes);
  note.kernel = std::move(kernel);
  return note;
}

void Builder::add(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
                  std::vector<Argument> arguments, StepNote note) {
  if (scratchpad.get_size() > 0) arguments.push_back({DNNL_ARG_SCRATCHPAD, program_.temporary(scratchpad)});
  program_.add({primitive, {}, std::move(arguments), std::move(note)});
}

void Builder::add_loops(Loops loops, std::vector<Argument> arguments, StepNote note) {
  program_.add({{}, std::move(loops), std::move(arguments), std::move(note)});
}

}  // namespace cradle::deploy::onednn
