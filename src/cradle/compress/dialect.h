// What each engine wants of a quantised file: the form of its codes, and where they stand.
#pragma once

#include <string_view>

namespace cradle::compress {

/// The engines for which eight bits are written (docs/METHODS.md, "Dialects").
enum class Dialect {
  kOnnxRuntimeX86,      ///< "onnxruntime-x86": uint8 activations; for processors with VNNI
  kOnnxRuntimeX86Avx2,  ///< "onnxruntime-x86-avx2": the same with weights in 7 bits, for processors without
  kOnnxRuntimeArm,      ///< "onnxruntime-arm": int8 activations
  kTensorRt,            ///< "tensorrt": int8 activations around zero, coded where a weighted layer reads them
  kOpenVino,            ///< "openvino": uint8 activations, float biases
};
std::string_view name_of(Dialect dialect);
Dialect dialect_named(std::string_view name);  ///< throws Error (usage) with suggestion

struct DialectRules {
  bool signed_activations = false;  ///< int8, else uint8
  bool symmetric = false;           ///< zero point 0
  int weight_bits = 8;              ///< codes from −(2^(bits−1) − 1) to 2^(bits−1) − 1
  bool integer_biases = true;       ///< int32 at s_x·s_w, else float
  bool code_results = true;  ///< results are coded too, and what follows them; else inputs of weighted layers alone
};
DialectRules rules_of(Dialect dialect);

}  // namespace cradle::compress
