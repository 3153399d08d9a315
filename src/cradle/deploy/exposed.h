// A model whose layers can be looked into: the values around its weighted layers as outputs.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cradle/deploy/executor.h"
#include "cradle/deploy/temporary_folder.h"
#include "cradle/graph/graph.h"
#include "cradle/task/sample.h"

namespace cradle::deploy {

/// A convolution or matrix product with constant weights. Names of values are those of the simplified graph
/// (graph/fold.h), which a quantised graph keeps for the floats before their codes.
struct WeightedLayer {
  std::string name;    ///< of the node; its output if it has none
  std::string input;   ///< the value it reads
  std::string output;  ///< its result, behind a Relu or Clip that alone takes it
  graph::Node node;
  graph::Shape weight;
};
std::vector<WeightedLayer> weighted_layers(const graph::Graph& simplified);

/// Reads a model and simplifies it.
graph::Graph read_simplified(const std::filesystem::path& model);

/// The graph with those of `values` as outputs that it makes (and that are none yet), opened in ONNX Runtime.
class Exposed {
 public:
  Exposed(graph::Graph graph, const std::vector<std::string>& values, int threads);
  const Description& describe() const { return executor_->describe(); }
  /// Runs one image; value by name, of the graph's only input too. Holds until the next run.
  std::map<std::string, TensorView, std::less<>> run(const task::ImageShape& image, std::span<const float> pixels);

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Executor> executor_;
  std::vector<std::int64_t> input_shape_;
};

}  // namespace cradle::deploy
