// Exact passes: the same function with fewer nodes.
#pragma once

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Turns Constant nodes into initializers of the same name (number and tensor constants; texts and sparse ones stay).
void constants_to_initializers(Graph& graph);

/// Turns each Cast of a float16 or bfloat16 initializer to float32 into a float32 initializer: weights that are only
/// stored narrower. Exact, and four bytes a number again.
void casts_to_initializers(Graph& graph);

/// Removes Identity and inference-time Dropout nodes whose removal leaves every input and output of the graph in place.
void drop_identities(Graph& graph);

/// Multiplies each BatchNormalization into the Conv or ConvTranspose before it (Jacob et al. 2018, section 3.2):
/// w' = w·γ/√(σ²+ε), b' = (b−μ)·γ/√(σ²+ε) + β, computed in double precision; and likewise each Mul, Add, Sub and Div by
/// a constant that is one number, or one a channel. The convolution keeps its name and makes the folded node's output.
/// One stays where the convolution's own output is used elsewhere or its weights are not constant. Weights that several
/// convolutions share are copied. Clears graph.values. Returns how many nodes were folded.
int fold_affine(Graph& graph);

/// All four, to a form in which every convolution stands directly before its activation.
void simplify(Graph& graph);

/// Throws Error naming the node if one holds a sub-graph (If, Loop, Scan): a pass cannot see which values it uses.
void refuse_control_flow(const Graph& graph);

}  // namespace cradle::graph
