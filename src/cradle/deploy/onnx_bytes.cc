// Protobuf's wire format by hand: just the fields of onnx.proto that a small CNN needs.
#include "cradle/deploy/onnx_bytes.h"

#include <gtest/gtest.h>

#include <bit>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::deploy::testing {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
void put_int(std::string& out, unsigned field, std::int64_t value) {
  put_varint(out, field << 3);
  put_varint(out, static_cast<std::uint64_t>(value));
}
void put_bytes(std::string& out, unsigned field, const std::string& bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string bytes_of(const ValueInfo& value) {
  std::string shape;
  for (const std::int64_t extent : value.shape) {
    std::string dimension;
    if (extent < 0)
      put_bytes(dimension, 2, "N");
    else
      put_int(dimension, 1, extent);
    put_bytes(shape, 1, dimension);
  }
  std::string tensor, type, out;
  put_int(tensor, 1, value.type);
  put_bytes(tensor, 2, shape);
  put_bytes(type, 1, tensor);
  put_bytes(out, 1, value.name);
  put_bytes(out, 2, type);
  return out;
}

std::string bytes_of(const Initializer& tensor) {
  std::string out, floats;
  for (const std::int64_t extent : tensor.shape) put_int(out, 1, extent);
  put_int(out, 2, kFloat);
  for (const float value : tensor.values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) floats.push_back(static_cast<char>(bits >> shift));
  }
  put_bytes(out, 4, floats);
  put_bytes(out, 8, tensor.name);
  return out;
}

std::string bytes_of(const OnnxNode& node) {
  constexpr std::int64_t kIntsType = 7;  // AttributeProto.AttributeType.INTS
  std::string out;
  for (const std::string& input : node.inputs) put_bytes(out, 1, input);
  for (const std::string& output : node.outputs) put_bytes(out, 2, output);
  put_bytes(out, 4, node.op);
  for (const IntsAttribute& attribute : node.attributes) {
    std::string bytes;
    put_bytes(bytes, 1, attribute.name);
    for (const std::int64_t value : attribute.values) put_int(bytes, 8, value);
    put_int(bytes, 20, kIntsType);
    put_bytes(out, 5, bytes);
  }
  return out;
}

}  // namespace

std::string onnx_bytes(const OnnxModel& model) {
  std::string graph, opset, out;
  for (const OnnxNode& node : model.nodes) put_bytes(graph, 1, bytes_of(node));
  put_bytes(graph, 2, "tiny");
  for (const Initializer& tensor : model.initializers) put_bytes(graph, 5, bytes_of(tensor));
  for (const ValueInfo& value : model.inputs) put_bytes(graph, 11, bytes_of(value));
  for (const ValueInfo& value : model.outputs) put_bytes(graph, 12, bytes_of(value));
  put_int(opset, 2, 13);
  put_int(out, 1, 8);
  put_bytes(out, 7, graph);
  put_bytes(out, 8, opset);
  return out;
}

std::string onnx_of_tensor(const std::string& tensor) {
  std::string named = tensor, graph, out;
  put_bytes(named, 8, "t");  // a field that comes again replaces the first
  put_bytes(graph, 2, "tensor");
  put_bytes(graph, 5, named);
  put_int(out, 1, 8);
  put_bytes(out, 7, graph);
  return out;
}

std::filesystem::path scratch_file(const std::string& name) { return base::scratch_folder() / name; }

std::filesystem::path write_model(const std::string& name, const OnnxModel& model) {
  const std::filesystem::path path = scratch_file(name);
  base::write_file(path, onnx_bytes(model));
  return path;
}

OnnxModel tiny_detector(std::int64_t batch) {
  OnnxModel model;
  model.inputs = {{"scene", {batch, 1, 64, 64}}};
  model.outputs = {{"heatmap", {batch, 10, 16, 16}}, {"box", {batch, 4, 16, 16}}};
  model.initializers = {{"heat.weight", {10, 1, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
                        {"box.weight", {4, 1, 1, 1}, {0, 0, 0, 0}}};
  model.nodes = {{"AveragePool", {"scene"}, {"coarse"}, {{"kernel_shape", {4, 4}}, {"strides", {4, 4}}}},
                 {"Conv", {"coarse", "heat.weight"}, {"heatmap"}, {}},
                 {"Conv", {"coarse", "box.weight"}, {"box"}, {}}};
  return model;
}

}  // namespace cradle::deploy::testing
