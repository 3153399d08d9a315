// One model in every engine there is, for the tests of real models.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::test {

/// Numbers in row-major order.
struct Numbers {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// float32 as they lie in a file.
std::vector<float> floats_in(const std::filesystem::path& file);

/// The first output of a model of one input, by ONNX Runtime.
Numbers first_output(const std::filesystem::path& model, const Numbers& input);

/// By the interpreter, in double precision.
Numbers first_output_exactly(const graph::Graph& graph, const Numbers& input);

/// The same by engine: "ONNX Runtime" and "oneDNN"; "ONNX Runtime" of the model "read and written" by
/// cradle; and "libtorch" in double precision, through cradle's own graph.
std::map<std::string, Numbers> first_output_by_engine(const std::filesystem::path& model, const Numbers& input);

/// The greatest difference of `a` from `b`, as a part of the greatest number in `b`; infinite if the shapes differ.
double difference(const Numbers& a, const Numbers& b);

/// The first `n` of a batch.
Numbers first_of(const Numbers& batch, std::int64_t n);

}  // namespace cradle::test
