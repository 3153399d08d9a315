// Debian's libonnx-testdata: every model is read, written and read again; inferred shapes equal the recorded outputs'.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/left_out_test.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::onnx {
namespace {

constexpr const char* kData = "/usr/share/libonnx-testdata/data";

std::vector<std::filesystem::path> models() {
  std::vector<std::filesystem::path> paths;
  if (!std::filesystem::exists(kData)) return paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kData))
    if (entry.path().extension() == ".onnx") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

/// Models whose weights are sparse initializers, which cradle refuses by name.
bool refused_knowingly(const std::string& message) { return message.find("sparse initializers") != std::string::npos; }

TEST(Conformance, EveryTestModelSurvivesReadingAndWriting) {
  if (base::left_out(!models().empty(), "libonnx-testdata is not installed")) return;
  int read = 0, refused = 0;
  for (const auto& path : models()) {
    try {
      const std::string once = serialise_onnx(read_onnx(path));
      EXPECT_EQ(serialise_onnx(parse_onnx(once, "again")), once) << path;
      ::onnx::ModelProto before, after;
      before.ParseFromString(base::read_file(path));
      after.ParseFromString(once);
      // The writer puts all numbers into raw_data; everything else has to be as it was.
      for (auto* model : {&before, &after})
        for (auto& tensor : *model->mutable_graph()->mutable_initializer()) {
          tensor.clear_raw_data();
          tensor.clear_float_data();
          tensor.clear_int32_data();
          tensor.clear_int64_data();
          tensor.clear_double_data();
          tensor.clear_uint64_data();
        }
      for (auto* model : {&before, &after})
        for (auto& node : *model->mutable_graph()->mutable_node())
          for (auto& attribute : *node.mutable_attribute())
            if (attribute.type() == ::onnx::AttributeProto::TENSOR &&
                attribute.t().data_type() != ::onnx::TensorProto::STRING)
              attribute.clear_t();
      EXPECT_EQ(before.DebugString(), after.DebugString()) << path;
      ++read;
    } catch (const base::Error& error) {
      EXPECT_TRUE(refused_knowingly(error.what())) << error.what();
      ++refused;
    }
  }
  RecordProperty("read", read);
  EXPECT_GE(read, 1060);
  EXPECT_LE(refused, 10);
}

/// The tensor inputs that a test feeds as data, but that a real model holds as constants (shapes, axes, scales).
void bake_inputs(graph::Graph& graph, const std::filesystem::path& data) {
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const auto path = data / ("input_" + std::to_string(i) + ".pb");
    ::onnx::TensorProto tensor;
    if (!std::filesystem::exists(path) || !tensor.ParseFromString(base::read_file(path))) continue;
    ::onnx::ModelProto holder;  // read the tensor by the reader under test, as an initializer of a model of its own
    holder.set_ir_version(8);
    tensor.set_name("t");
    *holder.mutable_graph()->add_initializer() = tensor;
    graph.initializers[graph.inputs[i].name] = parse_onnx(holder.SerializeAsString(), "input").initializers.at("t");
  }
  std::erase_if(graph.inputs, [&](const graph::Value& v) { return graph.initializers.contains(v.name); });
}

/// Windows of signal processing compute their lengths in floats, which no network's shapes do.
bool has_lengths_in_floats(const std::filesystem::path& path) {
  return path.parent_path().filename().string().find("window") != std::string::npos;
}

TEST(Conformance, InferredShapesEqualTheRecordedOutputs) {
  if (base::left_out(!models().empty(), "libonnx-testdata is not installed")) return;
  const std::vector<std::string> supported = graph::supported_operators();
  std::map<std::string, std::pair<int, int>> by_operator;  // passed, claimed
  for (const auto& path : models()) {
    graph::Graph graph;
    try {
      graph = read_onnx(path);
    } catch (const base::Error&) {
      continue;
    }
    const bool ours = std::ranges::all_of(graph.nodes, [&](const graph::Node& n) {
      return n.domain.empty() && std::ranges::binary_search(supported, n.op);
    });
    const auto data = path.parent_path() / "test_data_set_0";
    ::onnx::TensorProto expected;
    if (!ours || has_lengths_in_floats(path) || graph.nodes.empty() || graph.opset < graph::kOldestOpset ||
        !std::filesystem::exists(data / "output_0.pb") ||
        !expected.ParseFromString(base::read_file(data / "output_0.pb")))
      continue;
    // A sequence or optional parses as a TensorProto by chance; its type gives it away.
    if (graph.outputs[0].type != static_cast<graph::Type>(expected.data_type())) continue;
    auto& [passed, claimed] = by_operator[graph.nodes[0].op];
    ++claimed;
    try {
      bake_inputs(graph, data);
      graph::infer_shapes(graph);
      const graph::Value& found = graph.values.at(graph.outputs[0].name);
      EXPECT_EQ(found.shape, graph::Shape(expected.dims().begin(), expected.dims().end())) << path;
      EXPECT_EQ(static_cast<int>(found.type), expected.data_type()) << path;
      passed += found.shape == graph::Shape(expected.dims().begin(), expected.dims().end()) ? 1 : 0;
    } catch (const base::Error& error) {
      ADD_FAILURE() << path << ": " << error.what();
    }
  }
  int passed = 0, claimed = 0;
  for (const auto& [op, counts] : by_operator) {
    std::printf("  %-24s %d of %d\n", op.c_str(), counts.first, counts.second);
    passed += counts.first;
    claimed += counts.second;
  }
  std::printf("  shapes: %d of %d claimed cases\n", passed, claimed);
  EXPECT_GE(claimed, 250);
}

}  // namespace
}  // namespace cradle::onnx
