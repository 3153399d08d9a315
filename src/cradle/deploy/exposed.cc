// Adds outputs to a graph and runs it.
#include "cradle/deploy/exposed.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/deploy/sample_pool.h"
#include "cradle/graph/fold.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy {

using graph::Graph;
using graph::Node;

std::vector<WeightedLayer> weighted_layers(const Graph& graph) {
  const graph::Links links = links_of(graph);
  std::vector<WeightedLayer> layers;
  for (const Node& node : graph.nodes) {
    if (!node.domain.empty() || node.inputs.size() < 2 || node.outputs.empty()) continue;
    if (node.op != "Conv" && node.op != "Gemm" && node.op != "MatMul") continue;
    const graph::Tensor* weight = initializer_of(graph, node.inputs[1]);
    if (weight == nullptr || initializer_of(graph, node.inputs[0]) != nullptr) continue;
    WeightedLayer layer{node.name.empty() ? node.outputs[0] : node.name, node.inputs[0], node.outputs[0], node,
                        weight->shape};
    const auto users = links.consumers.find(layer.output);
    const bool is_output = std::ranges::find(graph.outputs, layer.output, &graph::Value::name) != graph.outputs.end();
    if (users != links.consumers.end() && users->second.size() == 1 && !is_output) {
      const Node& user = graph.nodes[users->second[0]];
      if ((user.op == "Relu" || user.op == "Clip") && user.inputs[0] == layer.output) layer.output = user.outputs[0];
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

Graph read_simplified(const std::filesystem::path& model) {
  Graph graph = onnx::read_onnx(model);
  base::about(model.string(), [&] { graph::simplify(graph); });
  return graph;
}

Exposed::Exposed(Graph graph, const std::vector<std::string>& values, int threads) {
  const graph::Links links = links_of(graph);
  for (const std::string& value : values) {
    if (!links.producer.contains(value)) continue;
    if (std::ranges::find(graph.outputs, value, &graph::Value::name) != graph.outputs.end()) continue;
    graph.outputs.push_back({value, graph::Type::kF32, {}, false});
  }
  const std::filesystem::path path = folder_.path / "exposed.onnx";
  onnx::write_onnx(path, graph);
  executor_ = open_onnxruntime(path, {.threads = threads});
}

std::map<std::string, TensorView, std::less<>> Exposed::run(const task::ImageShape& image,
                                                            std::span<const float> pixels) {
  std::map<std::string, TensorView, std::less<>> values;
  input_shape_ = {1, image.channels, image.height, image.width};
  const std::string& input = describe().inputs.at(0).name;
  values[input] = {input, input_shape_, pixels};
  for (const TensorView& output : run_images(*executor_, image, pixels, 1)) values[std::string(output.name)] = output;
  return values;
}

}  // namespace cradle::deploy
