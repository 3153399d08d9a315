// How each operator becomes steps: one function per kind of operator.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/deploy/onednn_builder.h"

namespace cradle::deploy::onednn {

/// Adds the steps of a group whose first node is of this operator.
struct Lowering {
  std::string_view op;
  void (*lower)(Builder& builder, const Group& group);
  bool takes_followers;  ///< else the rest of a group is lowered on its own
};
const Lowering* lowering_of(std::string_view op);
/// Every operator that the engine runs, sorted.
std::vector<std::string> lowered_operators();

void lower_convolution(Builder& builder, const Group& group);  // Conv, ConvTranspose
void lower_product(Builder& builder, const Group& group);      // Gemm, MatMul
void lower_unary(Builder& builder, const Group& group);        // Relu, Sigmoid, Erf, …
void lower_binary(Builder& builder, const Group& group);       // Add, Sub, Mul, Div, Min, Max, Sum
void lower_batch_norm(Builder& builder, const Group& group);   // where it could not be folded
void lower_softmax(Builder& builder, const Group& group);      // Softmax, LogSoftmax
void lower_pool(Builder& builder, const Group& group);         // MaxPool, AveragePool, Global…
void lower_reduce(Builder& builder, const Group& group);       // ReduceMean, …
void lower_quantize(Builder& builder, const Group& group);     // QuantizeLinear
void lower_dequantize(Builder& builder, const Group& group);   // DequantizeLinear
void lower_alias(Builder& builder, const Group& group);        // Identity, Dropout, Cast
void lower_reshape(Builder& builder, const Group& group);      // Reshape, Flatten, Squeeze, Unsqueeze
void lower_expand(Builder& builder, const Group& group);
void lower_transpose(Builder& builder, const Group& group);
void lower_concat(Builder& builder, const Group& group);
void lower_slice(Builder& builder, const Group& group);
void lower_split(Builder& builder, const Group& group);
void lower_pad(Builder& builder, const Group& group);
void lower_gather(Builder& builder, const Group& group);
void lower_resize(Builder& builder, const Group& group);  // Resize, Upsample

/// What stands behind the first node of a group, ready for a primitive.
struct Epilogue {
  std::vector<Unary> before;                  ///< activations before the sum, or all if there is none
  std::string addend;                         ///< value that is added; empty if none is
  std::vector<Unary> after;                   ///< activations behind the sum
  std::optional<std::pair<Code, Type>> code;  ///< of the result; nullopt if it stays as it is
  std::size_t sum_at = 0;                     ///< position in the group of the node that adds
};
Epilogue epilogue_of(const Builder& builder, const Group& group);
/// True if every activation can be done in units of the result's code.
bool all_scale(const Epilogue& epilogue);
/// True if a linear function stands among the activations, so that no other may join them (see fuse).
bool has_linear(const Epilogue& epilogue);
/// Takes away a ReLU behind which codes begin at zero: the code cuts off what the ReLU would.
void drop_idle_relu(Epilogue& epilogue);
/// The group's first `count` nodes, and the others.
Group first_nodes(const Group& group, std::size_t count);
Group nodes_from(const Group& group, std::size_t first);
/// Lowers the first `count` nodes and then the others on their own.
void lower_in_two(Builder& builder, const Group& group, std::size_t count);
/// Name of the value that the group makes.
const std::string& result_of(const Builder& builder, const Group& group);
/// The function with its argument and result multiplied by a positive factor, f'(x·k) = k·f(x); nullopt if it is not
/// one of those for which that is another of oneDNN's functions.
std::optional<Unary> scaled(const Unary& unary, float factor);
/// One function over a whole value.
Place add_unary(Builder& builder, const Unary& unary, const Place& x, StepNote note);
/// Slices of a value along an axis, by index; -1 gives `fill`. Codes stay codes.
Place take(Builder& builder, const Place& x, std::size_t axis, std::vector<std::int64_t> indices, float fill,
           const StepNote& note);
void append(dnnl::post_ops& ops, const Unary& unary);
/// For every primitive: what follows it, and that its scratchpad is ours to place.
dnnl::primitive_attr attributes_with(const dnnl::post_ops& ops);
/// True if oneDNN found nothing better than its own reference code.
bool is_reference(const std::string& kernel);

}  // namespace cradle::deploy::onednn
