// Reads, compresses and runs.
#include "compressed.h"

#include "cradle/base/scratch_test.h"
#include "cradle/compress/int8.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/graph/fold.h"
#include "cradle/onnx/model_file.h"
#include "full_rank.h"

namespace cradle::test {
namespace {

graph::Graph read_for(const std::filesystem::path& model, const Numbers& input) {
  graph::Graph graph = onnx::read_onnx(model);
  graph.inputs.at(0).shape = input.shape;
  return graph;
}

graph::ActivationStatistics calibrated(const graph::Graph& graph, const Numbers& input) {
  const std::filesystem::path path = base::scratch_folder() / "calibrate.onnx";
  onnx::write_onnx(path, compress::add_outputs(graph, compress::values_to_calibrate(graph)));
  const auto executor = deploy::open_onnxruntime(path);
  const std::string name = executor->describe().inputs.at(0).name;
  const deploy::TensorView view{name, input.shape, input.values};
  graph::ActivationStatistics statistics;
  graph::add(statistics.values[name], input.values.data(), input.values.size());
  for (const deploy::TensorView& output : executor->run({&view, 1}))
    graph::add(statistics.values[std::string(output.name)], output.values.data(), output.values.size());
  return statistics;
}

}  // namespace

double difference_after_folding(const std::filesystem::path& model, const Numbers& input) {
  const graph::Graph graph = read_for(model, input);
  graph::Graph folded = graph;
  graph::simplify(folded);
  return difference(first_output_exactly(folded, input), first_output_exactly(graph, input));
}

Factored at_full_rank(const std::filesystem::path& model, const Numbers& input) {
  const graph::Graph graph = read_for(model, input);
  const FullRank full = at_full_rank(graph, compress::Decomposition::kSpatial);
  return {difference(first_output_exactly(full.graph, input), first_output_exactly(graph, input)), full.layers};
}

Coded in_eight_bits(const std::filesystem::path& model, const Numbers& input) {
  const graph::Graph graph = read_for(model, input);
  const compress::QuantisedGraph quantised = compress::quantise_int8(graph, calibrated(graph, input));
  const std::filesystem::path path = base::scratch_folder() / "int8.onnx";
  onnx::write_onnx(path, quantised.graph);
  Coded coded{first_output(path, input), 0, 0};
  for (const compress::QuantisedLayer& layer : quantised.layers) ++(layer.quantised ? coded.layers : coded.left);
  return coded;
}

}  // namespace cradle::test
