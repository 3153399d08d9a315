// How much each output channel of a graph's weights matters to the task's loss, from gradients on its images; no
// libtorch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"
#include "cradle/task/data_set.h"
#include "cradle/task/normalise.h"

namespace cradle::learn {

/// Names that a kind of importance may have: "taylor", "first-order".
const std::vector<std::string>& importance_kinds();

struct ImportanceOptions {
  std::string task = "detection";
  std::string kind = "taylor";
  std::uint64_t data_seed = task::kDataSeed;
  task::Split split = task::Split::kTrain;
  std::int64_t images = 512;  ///< the first of the split, in whole batches (assumed: enough to rank)
  int batch = 16;             ///< images whose mean loss gives one gradient; all there are, if fewer
  int threads = 1;
  std::filesystem::path data;
  task::ImageShape image{0, 0, 0};  ///< where the graph leaves an extent open
  task::Normalisation pixels;       ///< what a graph from elsewhere wants of them
};

struct Importance {
  std::string kind;
  std::int64_t images = 0;                            ///< that were seen
  std::map<std::string, std::vector<double>> scores;  ///< by initializer, one for each output channel; 0 or more
};

/// Scores of all kernels (Conv, ConvTranspose, Gemm and MatMul, also behind QuantizeLinear and DequantizeLinear). With
/// g the gradient of a batch's mean loss by the weight w, stored statistics in batch norms and images as they are:
///
/// - "taylor": the sum over batches of (Σ g·w)² over a channel's weights: what the loss would change by if the channel
///   were 0, to first order and squared (Molchanov et al. 2019, arXiv 1906.10771);
/// - "first-order": the sum over batches and the channel's weights of |g·w|, where signs do not cancel.
///
/// A channel's weights are those of the kernel and its number of the layer's own bias (the third input of Conv,
/// ConvTranspose and Gemm), which is removed with it. What stands behind the layer is not counted: γ and β of a batch
/// norm, a bias that an Add brings to a MatMul. A layer with a batch norm behind it is ranked by its kernel alone.
///
/// The output channels are axis 0 of Conv and of Gemm with transB, axis 1 of Gemm without, the last axis of MatMul's
/// right factor and the second last of its left; of ConvTranspose axis 1 in each of its groups, group after group. A
/// MatMul with a vector has none and is passed over. Weights from Constant nodes, and those stored as float16 or
/// bfloat16 behind a Cast, are ranked under the name that the node reads. Depends on graph, options and data only, with
/// one thread to the bit. Cost: one pass forwards and backwards over the images. Throws Error: an unknown kind, kernels
/// that are not float32, no kernel, a split without images, a loss or a score that is not finite, and as train does.
Importance importance_of(const graph::Graph& graph, const ImportanceOptions& options);

}  // namespace cradle::learn
