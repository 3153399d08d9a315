// Calls each engine's own functions.
#include "engines.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/graph/fold.h"
#include "cradle/learn/network.h"
#include "cradle/onnx/model_file.h"

namespace cradle::test {
namespace {

Numbers run(deploy::Executor& executor, const Numbers& input) {
  const deploy::TensorView view{executor.describe().inputs.at(0).name, input.shape, input.values};
  const auto outputs = executor.run({&view, 1});
  return {{outputs[0].shape.begin(), outputs[0].shape.end()}, {outputs[0].values.begin(), outputs[0].values.end()}};
}

}  // namespace

std::vector<float> floats_in(const std::filesystem::path& file) {
  const std::string bytes = base::read_file(file);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

Numbers first_output(const std::filesystem::path& model, const Numbers& input) {
  return run(*deploy::open_onnxruntime(model), input);
}

Numbers first_output_exactly(const graph::Graph& whole, const Numbers& input) {
  graph::Graph graph = whole;
  graph::constants_to_initializers(graph);
  learn::Array array{input.shape, {input.values.begin(), input.values.end()}};
  const learn::Arrays outputs = learn::run(graph, {{graph.inputs.at(0).name, std::move(array)}});
  const learn::Array& first = outputs.at(graph.outputs.at(0).name);
  return {first.shape, {first.values.begin(), first.values.end()}};
}

std::map<std::string, Numbers> first_output_by_engine(const std::filesystem::path& model, const Numbers& input) {
  std::map<std::string, Numbers> by_engine;
  by_engine["ONNX Runtime"] = first_output(model, input);
  const graph::Graph graph = onnx::read_onnx(model);
  const std::filesystem::path written = base::scratch_folder() / "written.onnx";
  onnx::write_onnx(written, graph);
  by_engine["read and written"] = run(*deploy::open_onnxruntime(written), input);
  by_engine["oneDNN"] = run(*deploy::open_onednn(model), input);
  by_engine["libtorch"] = first_output_exactly(graph, input);
  return by_engine;
}

double difference(const Numbers& a, const Numbers& b) {
  if (a.shape != b.shape || a.values.size() != b.values.size()) return std::numeric_limits<double>::infinity();
  double most = 0, greatest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(a.values[i]) - b.values[i]));
    greatest = std::max(greatest, std::abs(static_cast<double>(b.values[i])));
    if (!std::isfinite(a.values[i])) return std::numeric_limits<double>::infinity();
  }
  return greatest > 0 ? most / greatest : most;
}

Numbers first_of(const Numbers& batch, std::int64_t n) {
  Numbers some = batch;
  some.values.resize(batch.values.size() / static_cast<std::size_t>(batch.shape[0]) * static_cast<std::size_t>(n));
  some.shape[0] = n;
  return some;
}

}  // namespace cradle::test
