// Real models as compression leaves them, for the tests of real models. Extents that a model leaves open are those of
// the input; so is what it was measured on.
#pragma once

#include <filesystem>

#include "engines.h"

namespace cradle::test {

/// How far the first output lies from the model's own, in double precision, once constants and batch norms are folded.
double difference_after_folding(const std::filesystem::path& model, const Numbers& input);

/// The same, and how many layers it is about, with every layer in its factors at full rank.
struct Factored {
  double difference = 0;
  int layers = 0;
};
Factored at_full_rank(const std::filesystem::path& model, const Numbers& input);

/// The first output of the model in eight bits, calibrated on this input, as ONNX Runtime loads and runs the file.
struct Coded {
  Numbers output;
  int layers = 0, left = 0;  ///< in eight bits, in float
};
Coded in_eight_bits(const std::filesystem::path& model, const Numbers& input);

}  // namespace cradle::test
