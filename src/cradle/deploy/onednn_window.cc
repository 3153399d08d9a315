// Strides, dilations and pads from a node's attributes and the shapes around it.
#include "cradle/deploy/onednn_window.h"

#include <algorithm>

namespace cradle::deploy::onednn {
namespace {

using Dims = dnnl::memory::dims;

/// `large` slides, `small` is what comes of it: a convolution's input and output, a transposed one's output and input.
Window window(const graph::Node& node, const graph::Shape& large, const graph::Shape& small, const Dims& kernel) {
  const std::size_t axes = kernel.size();
  Window w;
  w.kernel = kernel;
  w.strides = graph::attribute_ints(node, "strides", Dims(axes, 1));
  w.dilations = graph::attribute_ints(node, "dilations", Dims(axes, 1));
  const Dims pads = graph::attribute_ints(node, "pads", Dims(2 * axes, 0));
  const std::string automatic = graph::attribute_string(node, "auto_pad", "NOTSET");
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t reach = (kernel[i] - 1) * w.dilations[i] + 1;
    const std::int64_t all = (small[i + 2] - 1) * w.strides[i] + reach - large[i + 2];
    std::int64_t before = automatic == "VALID" ? 0 : pads[i];
    if (automatic == "SAME_UPPER") before = std::max<std::int64_t>(all, 0) / 2;
    if (automatic == "SAME_LOWER") before = std::max<std::int64_t>(all, 0) - std::max<std::int64_t>(all, 0) / 2;
    // What the node says, if it leads to this extent: kernels do not care for what is never reached.
    std::int64_t after = all - before;
    const std::int64_t said = pads[i + axes];
    if (automatic == "NOTSET" && said > after && said - after < w.strides[i]) after = said;
    w.before.push_back(before);
    w.after.push_back(after);
    --w.dilations[i];
  }
  return w;
}

}  // namespace

bool Window::padded() const {
  const auto positive = [](std::int64_t pad) { return pad > 0; };
  return std::ranges::any_of(before, positive) || std::ranges::any_of(after, positive);
}

Window window_of(const graph::Node& node, const graph::Shape& input, const graph::Shape& output, const Dims& kernel) {
  return window(node, input, output, kernel);
}

Window transposed_window_of(const graph::Node& node, const graph::Shape& input, const graph::Shape& output,
                            const Dims& kernel) {
  Window w = window(node, output, input, kernel);
  // "output_shape" alone says how much is cut off; ONNX halves it (ConvTranspose, auto_pad).
  if (node.attributes.contains("output_shape"))
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      const std::int64_t all = w.before[i] + w.after[i];
      const bool upper = graph::attribute_string(node, "auto_pad", "NOTSET") == "SAME_UPPER";
      w.before[i] = upper ? all / 2 : all - all / 2;
      w.after[i] = all - w.before[i];
    }
  return w;
}

}  // namespace cradle::deploy::onednn
