// The sliding window of a convolution or pooling in oneDNN's terms.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "cradle/graph/graph.h"

namespace cradle::deploy::onednn {

struct Window {
  dnnl::memory::dims kernel, strides, dilations;  ///< dilations: 0 is none
  dnnl::memory::dims before, after;               ///< pads
  bool padded() const;
};

/// Of a node whose input and output shapes are known. The pads behind are what the output's extent needs: negative
/// where the end of the input is not reached, more than the node says where the extent was rounded up.
Window window_of(const graph::Node& node, const graph::Shape& input, const graph::Shape& output,
                 const dnnl::memory::dims& kernel);
/// The same for ConvTranspose, whose input and output change places.
Window transposed_window_of(const graph::Node& node, const graph::Shape& input, const graph::Shape& output,
                            const dnnl::memory::dims& kernel);

}  // namespace cradle::deploy::onednn
