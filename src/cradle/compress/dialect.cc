// The rules of each engine, with where they are written.
#include "cradle/compress/dialect.h"

#include <array>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::compress {
namespace {

struct Entry {
  Dialect dialect;
  std::string_view name;
  DialectRules rules;
};
// - x86: ONNX Runtime fuses int8 activations there only if told to (QDQIsInt8Allowed in its
//   core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.h): uint8.
// - AVX2, AVX-512 without VNNI: vpmaddubsw adds two products of uint8 and int8 into 16 bits and saturates (Intel's
//   instruction set reference); with ±63 the greatest sum is 2·255·63 = 32,130 < 32,767.
// - ARM: the same function allows int8; MLAS multiplies int8 by int8 with SDOT.
// - TensorRT: activations symmetric, zero 0, on inputs of weighted layers and on the residual of a sum (NVIDIA,
// "Working
//   with Quantized Types", "Explicit Quantization"); it refuses biases that are decoded from int32 (onnx-tensorrt's
//   issue 850, ONNX Runtime's 14229).
// - OpenVINO: its low precision transformations take uint8 and int8 (OpenVINO, "Low Precision Transformations");
// assumed:
//   biases in float, which any importer takes. FakeQuantize, its own operator, is in no ONNX file of cradle.
constexpr std::array kDialects = {
    Entry{Dialect::kOnnxRuntimeX86, "onnxruntime-x86", {}},
    Entry{Dialect::kOnnxRuntimeX86Avx2, "onnxruntime-x86-avx2", {.weight_bits = 7}},
    Entry{Dialect::kOnnxRuntimeArm, "onnxruntime-arm", {.signed_activations = true}},
    Entry{Dialect::kTensorRt,
          "tensorrt",
          {.signed_activations = true, .symmetric = true, .integer_biases = false, .code_results = false}},
    Entry{Dialect::kOpenVino, "openvino", {.integer_biases = false}},
};

}  // namespace

std::string_view name_of(Dialect dialect) {
  for (const Entry& entry : kDialects)
    if (entry.dialect == dialect) return entry.name;
  return "";
}

Dialect dialect_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Entry& entry : kDialects) {
    if (entry.name == name) return entry.dialect;
    names.emplace_back(entry.name);
  }
  base::fail_usage("there is no dialect '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

DialectRules rules_of(Dialect dialect) {
  for (const Entry& entry : kDialects)
    if (entry.dialect == dialect) return entry.rules;
  return {};
}

}  // namespace cradle::compress
