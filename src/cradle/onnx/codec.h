// Between ONNX's messages and our structs: tensors, attributes, value descriptions. For read.cc and write.cc only.
#pragma once

#include <filesystem>
#include <string>

#include "cradle/graph/graph.h"

// Declared, not included: protobuf's headers stay in the .cc files of this room.
namespace onnx {
class AttributeProto;
class ModelProto;
class TensorProto;
class ValueInfoProto;
}  // namespace onnx

namespace cradle::graph {

/// What a file held besides our graph: its ModelProto, serialised, with the data of its tensors taken out.
struct Origin {
  std::string model;
};

}  // namespace cradle::graph

namespace cradle::onnx {

/// Reads a tensor whose external data, if any, lies in `folder`. Throws Error beginning with `where`.
graph::Tensor decode(const ::onnx::TensorProto& proto, const std::string& where, const std::filesystem::path& folder);
/// Writes type, shape and data; name and documentation of `proto` stay.
void encode(const graph::Tensor& tensor, ::onnx::TensorProto& proto);
/// Takes the data out and leaves name, type, shape and documentation.
void clear_data(::onnx::TensorProto& proto);

graph::Attribute decode(const ::onnx::AttributeProto& proto, const std::string& where,
                        const std::filesystem::path& folder);
/// Writes the value; the documentation of `proto` stays.
void encode(const std::string& name, const graph::Attribute& attribute, ::onnx::AttributeProto& proto);

graph::Value decode(const ::onnx::ValueInfoProto& proto);
/// Writes type and shape unless `proto` says the same already; names of dimensions that stay unknown are kept.
void encode(const graph::Value& value, ::onnx::ValueInfoProto& proto);

}  // namespace cradle::onnx
