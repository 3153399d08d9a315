// Knows the operators of quantised models.
#include "cradle/compress/quantised.h"

#include "cradle/base/error.h"

namespace cradle::compress {

void refuse_quantised(const graph::Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& op = graph.nodes[i].op;
    if (op == "QuantizeLinear" || op == "DequantizeLinear" || op == "DynamicQuantizeLinear" || op == "ConvInteger" ||
        op == "MatMulInteger" || op.starts_with("QLinear") || op == "FakeQuantize")
      base::fail("the model is quantised already: it holds {}; start from the float model", graph::describe(graph, i));
  }
}

}  // namespace cradle::compress
