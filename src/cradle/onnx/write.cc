// Writes a graph as an ONNX file, on top of what its origin held.
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <climits>
#include <map>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/onnx/codec.h"
#include "cradle/onnx/model_file.h"

namespace cradle::onnx {
namespace {

using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;
using ::onnx::ValueInfoProto;

/// The IR version that came out with an operator set (onnx/helper.py, VERSION_TABLE).
std::int64_t ir_version_of(std::int64_t opset) {
  if (opset <= 8) return 3;
  if (opset <= 9) return 4;
  if (opset <= 10) return 5;
  if (opset <= 11) return 6;
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  return 11;
}

/// The messages of the origin by name, to write upon.
struct Old {
  std::map<std::string, ValueInfoProto> values;
  std::map<std::string, TensorProto> tensors;
  std::map<std::string, NodeProto> nodes;  ///< by identity_of
  std::vector<std::string> tensor_order;
  std::vector<std::string> listed_inputs;
};

/// What makes a node the same node after a pass: its operator and its name, or without a name its first output.
std::string identity_of(const std::string& op, const std::string& name, const std::string& first_output) {
  return op + (name.empty() ? "\n" + first_output : "\t" + name);
}

Old old_parts(const GraphProto& graph) {
  Old old;
  for (const auto* list : {&graph.value_info(), &graph.input(), &graph.output()})
    for (const ValueInfoProto& value : *list) old.values[value.name()] = value;
  for (const ValueInfoProto& input : graph.input()) old.listed_inputs.push_back(input.name());
  for (const TensorProto& tensor : graph.initializer()) {
    old.tensors[tensor.name()] = tensor;
    old.tensor_order.push_back(tensor.name());
  }
  for (const NodeProto& node : graph.node())
    old.nodes.emplace(identity_of(node.op_type(), node.name(), node.output_size() > 0 ? node.output(0) : ""), node);
  return old;
}

template <class Map>
auto part_or_new(const Map& map, const std::string& key) {
  const auto it = map.find(key);
  return it == map.end() ? typename Map::mapped_type() : it->second;
}

/// Inputs (before IR version 4, or where the file did so, initializers among them) and outputs.
void write_values(const graph::Graph& graph, const Old& old, bool list_initializers, std::int64_t ir_version,
                  GraphProto& proto) {
  proto.clear_input();
  for (const graph::Value& input : graph.inputs) {
    ValueInfoProto* info = proto.add_input();
    *info = part_or_new(old.values, input.name);
    encode(input, *info);
  }
  std::set<std::string> listed;
  if (list_initializers) {
    for (const std::string& name : old.listed_inputs)
      if (const auto it = graph.initializers.find(name); it != graph.initializers.end()) {
        ValueInfoProto* info = proto.add_input();
        *info = part_or_new(old.values, name);
        encode(graph::Value{name, it->second.type, it->second.shape}, *info);
        listed.insert(name);
      }
    if (ir_version < 4)
      for (const auto& [name, tensor] : graph.initializers)
        if (listed.insert(name).second) encode(graph::Value{name, tensor.type, tensor.shape}, *proto.add_input());
  }
  proto.clear_output();
  for (const graph::Value& output : graph.outputs) {
    ValueInfoProto* info = proto.add_output();
    *info = part_or_new(old.values, output.name);
    encode(output, *info);
  }
}

/// Keeps a description of an intermediate value where it still holds.
void write_value_infos(const graph::Graph& graph, GraphProto& proto) {
  google::protobuf::RepeatedPtrField<ValueInfoProto> kept;
  for (const ValueInfoProto& info : proto.value_info()) {
    const graph::Value old = decode(info);
    const auto now = graph.values.find(old.name);
    bool holds = !old.ranked;
    if (now != graph.values.end() && old.ranked) {
      const graph::Shape& shape = now->second.shape;
      holds = now->second.type == old.type && shape.size() == old.shape.size();
      for (std::size_t i = 0; holds && i < shape.size(); ++i) holds = old.shape[i] < 0 || old.shape[i] == shape[i];
    }
    if (holds) *kept.Add() = info;
  }
  *proto.mutable_value_info() = std::move(kept);
}

void write_initializers(const graph::Graph& graph, const Old& old, GraphProto& proto) {
  proto.clear_initializer();
  const auto write = [&](const std::string& name, const graph::Tensor& tensor) {
    TensorProto* out = proto.add_initializer();
    *out = part_or_new(old.tensors, name);
    out->set_name(name);
    encode(tensor, *out);
  };
  std::set<std::string> written;
  for (const std::string& name : old.tensor_order)  // those that stayed, in the file's order
    if (const auto it = graph.initializers.find(name); it != graph.initializers.end() && written.insert(name).second)
      write(name, it->second);
  for (const auto& [name, tensor] : graph.initializers)
    if (!written.contains(name)) write(name, tensor);
}

void write_node(const graph::Node& node, NodeProto& proto) {
  // A field that says the same already stays as it is, whether written out or left to its default.
  if (proto.name() != node.name) proto.set_name(node.name);
  if (proto.op_type() != node.op) proto.set_op_type(node.op);
  if ((proto.domain() == "ai.onnx" ? "" : proto.domain()) != node.domain) proto.set_domain(node.domain);
  proto.clear_input();
  for (const std::string& input : node.inputs) proto.add_input(input);
  proto.clear_output();
  for (const std::string& output : node.outputs) proto.add_output(output);
  google::protobuf::RepeatedPtrField<::onnx::AttributeProto> attributes;
  std::set<std::string> written;
  for (const auto& old : proto.attribute())  // in the file's order
    if (const auto it = node.attributes.find(old.name()); it != node.attributes.end()) {
      *attributes.Add() = old;
      encode(it->first, it->second, *attributes.rbegin());
      written.insert(it->first);
    }
  for (const auto& [name, attribute] : node.attributes)
    if (!written.contains(name)) encode(name, attribute, *attributes.Add());
  *proto.mutable_attribute() = std::move(attributes);
}

void write_nodes(const graph::Graph& graph, const Old& old, GraphProto& proto) {
  proto.clear_node();
  for (const graph::Node& node : graph.nodes) {
    NodeProto* out = proto.add_node();
    *out = part_or_new(old.nodes, identity_of(node.op, node.name, node.outputs.empty() ? "" : node.outputs[0]));
    write_node(node, *out);
  }
}

void write_metadata(const graph::Graph& graph, ModelProto& model) {
  google::protobuf::RepeatedPtrField<::onnx::StringStringEntryProto> properties;
  std::set<std::string> written;
  for (const auto& old : model.metadata_props())
    if (const auto it = graph.metadata.find(old.key());
        it != graph.metadata.end() && written.insert(old.key()).second) {
      *properties.Add() = old;
      properties.rbegin()->set_value(it->second);
    }
  for (const auto& [key, value] : graph.metadata) {
    if (!written.insert(key).second) continue;
    auto* property = properties.Add();
    property->set_key(key);
    property->set_value(value);
  }
  *model.mutable_metadata_props() = std::move(properties);
}

/// Sets the operator set, and raises the IR version with it. Returns whether initializers are listed as inputs.
bool write_versions(const graph::Graph& graph, ModelProto& model) {
  ::onnx::OperatorSetIdProto* ours = nullptr;
  for (auto& import : *model.mutable_opset_import())
    if (ours == nullptr && (import.domain().empty() || import.domain() == "ai.onnx")) ours = &import;
  // A file may import operator set 1 without a word; anything else has to be said.
  const std::int64_t before = ours != nullptr ? ours->version() : 1;
  if (graph.origin && before == graph.opset) return true;
  if (ours == nullptr) ours = model.add_opset_import();
  ours->set_version(graph.opset);
  const bool raised = model.ir_version() < ir_version_of(graph.opset);
  if (raised) model.set_ir_version(ir_version_of(graph.opset));
  return !raised;  // from IR version 4 on, a listed initializer could be overridden: constants must not be listed
}

}  // namespace

std::string serialise_onnx(const graph::Graph& graph) {
  graph::check(graph);
  google::protobuf::LogSilencer quiet;
  ModelProto model;
  if (graph.origin)
    model.ParseFromString(graph.origin->model);
  else
    model.set_producer_name("cradle");
  const bool list_initializers = write_versions(graph, model);
  write_metadata(graph, model);
  GraphProto& proto = *model.mutable_graph();
  const Old old = old_parts(proto);
  if (proto.name() != graph.name) proto.set_name(graph.name);
  write_values(graph, old, list_initializers, model.ir_version(), proto);
  write_value_infos(graph, proto);
  write_initializers(graph, old, proto);
  write_nodes(graph, old, proto);
  if (model.ByteSizeLong() > INT_MAX)
    base::fail("the model has {} bytes, more than the 2 GiB that one ONNX file can hold", model.ByteSizeLong());
  return model.SerializeAsString();
}

void write_onnx(const std::filesystem::path& path, const graph::Graph& graph) {
  base::write_file(path, serialise_onnx(graph));
}

}  // namespace cradle::onnx
