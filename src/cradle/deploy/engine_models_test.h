// For tests: the built-in architectures as files, plain and in eight bits, and one model run in two engines.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/deploy/executor.h"
#include "cradle/deploy/onnx_bytes.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/graph.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy::testing {

/// Numbers of deviation 1 for a model's only input, a free batch taken as `batch`.
struct Feed {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  TensorView view() const { return {name, shape, values}; }
};
inline Feed feed_for(const Description& description, std::int64_t batch) {
  Feed feed{description.inputs[0].name, description.inputs[0].shape, {}};
  std::int64_t count = 1;
  for (std::int64_t& extent : feed.shape) count *= extent = extent < 0 ? batch : extent;
  base::Stream stream(3, 0);
  for (std::int64_t i = 0; i < count; ++i) feed.values.push_back(static_cast<float>(stream.normal()));
  return feed;
}

/// The greatest difference of two engines' outputs, and the greatest number among the first's.
struct Difference {
  double greatest = 0, of = 0;
  double noise = 0, signal = 0;  ///< sums of squares
};
inline Difference difference(std::span<const TensorView> a, std::span<const TensorView> b) {
  Difference d;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < a[i].values.size(); ++k) {
      const auto x = static_cast<double>(a[i].values[k]), y = static_cast<double>(b[i].values[k]);
      d.greatest = std::max(d.greatest, std::abs(x - y));
      d.of = std::max(d.of, std::abs(x));
      d.noise += (x - y) * (x - y);
      d.signal += x * x;
    }
  return d;
}

inline std::filesystem::path write_graph(const std::string& name, const graph::Graph& graph) {
  const std::filesystem::path path = scratch_file(name);
  onnx::write_onnx(path, graph);
  return path;
}

}  // namespace cradle::deploy::testing
