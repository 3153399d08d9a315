// Finds runs of float steps between codings, and says how they could be avoided.
#include <algorithm>
#include <array>

#include "cradle/base/text.h"
#include "cradle/deploy/steps.h"

namespace cradle::deploy {
namespace {

bool is_coding(const CompiledStep& step) {
  return step.work == "QuantizeLinear" || step.work == "DequantizeLinear" || step.work.starts_with("to ");
}

bool is_layout(const CompiledStep& step) {
  return step.work == "Transpose" || step.work.starts_with("Reorder") || step.precision.empty();
}

bool is_float_work(const CompiledStep& step) {
  return !is_coding(step) && !is_layout(step) && step.precision != "int8";
}

/// "Conv" of "Conv 'stem'".
std::string operator_of(const std::string& node) { return node.substr(0, node.find(' ')); }

struct Cure {
  std::string_view op;
  std::string_view text;
};
// What engines have in eight bits: the operators of ONNX Runtime's CPU provider (its documents on quantisation, and the
// kernels that its optimised graphs show), and what oneDNN's primitives take.
constexpr std::array kCures = {
    Cure{"HardSwish", "has no eight-bit kernel: a network with Relu or Clip instead stays in eight bits"},
    Cure{"Div",
         "has no eight-bit kernel; a hard swish that an exporter took apart (Add, Clip, Div, Mul) leaves eight "
         "bits again and again"},
    Cure{"HardSigmoid", "has no eight-bit kernel: a network with Clip instead stays in eight bits"},
    Cure{"Softmax", "loses too much in eight bits and is left in floats on purpose; it is cheap"},
    Cure{"Resize", "runs in eight bits only with mode nearest and one scale for input and output"},
    Cure{"Conv",
         "needs codings around input, weight and output, and its activation before the coding of its output: "
         "was the layer left out of the quantisation?"},
    Cure{"Gemm", "needs codings around input, weight and output"},
    Cure{"MatMul", "needs codings around both inputs and the output"},
    Cure{"Add", "needs codings on both inputs and on its output"},
    Cure{"Mul", "needs codings on both inputs and on its output"},
    Cure{"Concat", "needs one scale for all its inputs and its output"},
    Cure{"MaxPool", "needs one scale for input and output"},
    Cure{"AveragePool", "needs codings on input and output"},
    Cure{"GlobalAveragePool", "needs codings on input and output"},
    Cure{"Relu",
         "stays in floats where the coding behind it maps zero to another than its least code (signed, "
         "symmetric activations): unsigned ones with zero point 0 drop it"},
    Cure{"Clip", "stays in floats where the coding behind it does not begin at its lower bound"},
};

std::string cure_for(const std::vector<std::string>& ops) {
  for (const std::string& op : ops)
    for (const Cure& cure : kCures)
      if (cure.op == op) return op + " " + std::string(cure.text);
  return "no eight-bit kernel is known for " + ops.front();
}

Island island_of(std::span<const CompiledStep> steps, std::size_t begin, std::size_t end, double all) {
  Island island;
  std::vector<std::string> ops;
  for (std::size_t i = begin; i < end; ++i) {
    island.steps.push_back(i);
    island.microseconds += steps[i].microseconds;
    if (!is_float_work(steps[i])) continue;
    std::vector<std::string> covered;
    for (const std::string& node : steps[i].nodes) covered.push_back(operator_of(node));
    if (covered.empty()) covered.push_back(steps[i].work);
    for (const std::string& op : covered)
      if (op != "QuantizeLinear" && op != "DequantizeLinear" && std::find(ops.begin(), ops.end(), op) == ops.end())
        ops.push_back(op);
  }
  for (const std::string& op : ops) island.operators += (island.operators.empty() ? "" : ", ") + op;
  island.share = all > 0 ? island.microseconds / all : 0;
  island.cure = cure_for(ops.empty() ? std::vector<std::string>{steps[begin].work} : ops);
  return island;
}

}  // namespace

std::vector<Island> float_islands(std::span<const CompiledStep> steps) {
  std::vector<Island> islands;
  if (std::none_of(steps.begin(), steps.end(),
                   [](const CompiledStep& s) { return s.precision == "int8" && !is_coding(s); }))
    return islands;
  double all = 0;
  for (const CompiledStep& step : steps) all += step.microseconds;
  const auto belongs = [&](std::size_t i) {
    return is_coding(steps[i]) || is_layout(steps[i]) || is_float_work(steps[i]);
  };
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t end = i;
    while (end < steps.size() && belongs(end)) ++end;
    // A stretch without float work is a coding at the border, or a change of layout between two steps in eight bits.
    if (std::any_of(steps.begin() + static_cast<long>(i), steps.begin() + static_cast<long>(end), is_float_work))
      islands.push_back(island_of(steps, i, end, all));
    i = std::max(end, i + 1);
  }
  return islands;
}

}  // namespace cradle::deploy
