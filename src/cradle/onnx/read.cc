// Reads an ONNX file into a graph and keeps what the graph does not hold.
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <climits>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/onnx/codec.h"
#include "cradle/onnx/model_file.h"

namespace cradle::onnx {
namespace {

using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;

graph::Node node_of(const NodeProto& proto, int index, const std::filesystem::path& folder) {
  graph::Node node;
  node.name = proto.name();
  node.op = proto.op_type();
  node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  const std::string where =
      node.name.empty() ? fmt::format("{} (node {})", node.op, index) : fmt::format("{} '{}'", node.op, node.name);
  if (node.op.empty()) base::fail("node {} names no operator", index);
  for (const auto& attribute : proto.attribute())
    if (!node.attributes.emplace(attribute.name(), decode(attribute, where, folder)).second)
      base::fail("{}: attribute '{}' stands twice", where, attribute.name());
  return node;
}

std::int64_t opset_of(const ModelProto& model) {
  for (const auto& import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
  return 1;  // onnx.proto: a model without the import uses operator set 1
}

graph::Graph graph_of(const ModelProto& model, const std::filesystem::path& folder) {
  const GraphProto& proto = model.graph();
  graph::Graph graph;
  graph.name = proto.name();
  graph.opset = opset_of(model);
  for (const auto& property : model.metadata_props()) graph.metadata[property.key()] = property.value();
  if (proto.sparse_initializer_size() > 0)
    base::fail("it holds sparse initializers, which cradle does not read; export the model with dense weights");
  for (const auto& tensor : proto.initializer()) {
    const std::string where = fmt::format("initializer '{}'", tensor.name());
    if (!graph.initializers.emplace(tensor.name(), decode(tensor, where, folder)).second)
      base::fail("{} stands twice", where);
  }
  // Before IR version 4 initializers were listed among the inputs.
  for (const auto& input : proto.input())
    if (!graph.initializers.contains(input.name())) graph.inputs.push_back(decode(input));
  for (const auto& output : proto.output()) graph.outputs.push_back(decode(output));
  for (const auto& info : proto.value_info()) {
    graph::Value value = decode(info);
    if (value.ranked) graph.values.emplace(value.name, std::move(value));
  }
  graph.nodes.reserve(static_cast<std::size_t>(proto.node_size()));
  for (int i = 0; i < proto.node_size(); ++i) graph.nodes.push_back(node_of(proto.node(i), i, folder));
  return graph;
}

std::shared_ptr<const graph::Origin> origin_of(ModelProto& model) {
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) clear_data(tensor);
  for (auto& node : *model.mutable_graph()->mutable_node())
    for (auto& attribute : *node.mutable_attribute())
      if (attribute.type() == ::onnx::AttributeProto::TENSOR) clear_data(*attribute.mutable_t());
  return std::make_shared<const graph::Origin>(graph::Origin{model.SerializeAsString()});
}

}  // namespace

graph::Graph parse_onnx(std::string_view bytes, std::string_view name, const std::filesystem::path& folder) {
  if (bytes.size() > INT_MAX)
    base::fail("{}: {} bytes are more than protobuf's 2 GiB; store the weights as external data", name, bytes.size());
  google::protobuf::LogSilencer quiet;  // what is wrong is said by our own error
  ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    base::fail("{}: not an ONNX model, or a truncated or damaged one ({} bytes); export or download it again", name,
               bytes.size());
  if (!model.has_graph() || !model.has_ir_version())
    base::fail("{}: not an ONNX model: it holds no {}", name, model.has_graph() ? "IR version" : "graph");
  try {
    graph::Graph graph = graph_of(model, folder);
    graph::sort_nodes(graph);
    graph::check(graph);
    graph.origin = origin_of(model);
    return graph;
  } catch (const base::Error& error) {
    base::fail("{}: {}", name, error.what());
  }
}

graph::Graph read_onnx(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  return parse_onnx(bytes, path.string(), folder);
}

}  // namespace cradle::onnx
