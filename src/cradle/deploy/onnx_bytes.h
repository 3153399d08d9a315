// For tests: small ONNX files written byte by byte, so that this room's tests need no other room and no protobuf.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cradle::deploy::testing {

/// ONNX's numbers of element types.
inline constexpr int kFloat = 1, kInt64 = 7;

struct ValueInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< -1: the free extent "N"
  int type = kFloat;
};
struct Initializer {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
struct IntsAttribute {
  std::string name;
  std::vector<std::int64_t> values;
};
struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::vector<IntsAttribute> attributes;
};
struct OnnxModel {
  std::vector<ValueInfo> inputs, outputs;
  std::vector<Initializer> initializers;
  std::vector<OnnxNode> nodes;
};

/// The bytes of a ModelProto (onnx.proto of ONNX 1.12: IR 8, opset 13).
std::string onnx_bytes(const OnnxModel& model);

/// The bytes of a model whose only initializer "t" is this TensorProto: so the reader of room onnx reads it.
std::string onnx_of_tensor(const std::string& tensor);

/// A path in the test process's own folder; gone when the process ends.
std::filesystem::path scratch_file(const std::string& name);
/// Writes a model to scratch_file(name) and returns its path.
std::filesystem::path write_model(const std::string& name, const OnnxModel& model);

/// A detector by shape alone: averages 4×4 pixels to [N, 1, 16, 16]; heatmap channel c is (c + 1) times that, box
/// channel 0 … 3 is 0. `batch` -1 leaves it free.
OnnxModel tiny_detector(std::int64_t batch = -1);

}  // namespace cradle::deploy::testing
