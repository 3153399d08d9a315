// Builds a convolutional net node by node, with its first weights. For the built-in architectures only.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/architectures.h"
#include "cradle/graph/graph.h"

namespace cradle::graph {

/// What an architecture is built for.
struct Design {
  double width = 1;
  int classes = 10;
  std::uint64_t seed = 1;
  ImageExtents image{};  ///< none of them 0
};

/// Each step returns the name of the value it makes. Weights are drawn from a stream of the tensor's own name, so that
/// a change elsewhere in the net leaves them alone: He et al. 2015, equation 10.
class ArchitectureBuilder {
 public:
  ArchitectureBuilder(std::string_view name, const Design& design);

  /// Channels for a design of `normal`: scaled, a multiple of 8 so that vector units are filled, at least 8.
  int channels(int normal) const;

  std::string image();  ///< the graph's input

  /// Convolution without bias, batch norm, and a ReLU unless `linear`. `dilation` spreads the taps (Yu and Koltun
  /// 2016).
  std::string conv(const std::string& name, const std::string& x, int in, int out, int kernel, int stride,
                   int group = 1, bool linear = false, int dilation = 1);
  /// Depthwise 3×3 then pointwise 1×1 (Howard et al. 2017, "MobileNets").
  std::string separable(const std::string& name, const std::string& x, int in, int out, int stride,
                        bool linear = false);
  /// Two 3×3 convolutions around which the input passes (He et al. 2016); a 1×1 one where the shape changes.
  std::string residual(const std::string& name, const std::string& x, int in, int out, int stride);
  /// Expansion, depthwise, linear projection, with a way around where the shape stays (Sandler et al. 2018).
  std::string inverted(const std::string& name, const std::string& x, int in, int out, int stride, int expansion = 4);
  /// Squeeze by 1×1, expand by 1×1 and 3×3 side by side (Iandola et al. 2016, "SqueezeNet"); gives 2 × `expand`.
  std::string fire(const std::string& name, const std::string& x, int in, int squeeze, int expand);
  /// `layers` 3×3 convolutions, each of which sees all before it (Huang et al. 2017, "DenseNet"); gives
  /// in + layers × growth channels.
  std::string dense_block(const std::string& name, std::string x, int in, int layers, int growth);

  std::string max_pool(const std::string& name, const std::string& x);  ///< 2×2, stride 2
  std::string average_pool(const std::string& name, const std::string& x);
  std::string global_average(const std::string& name, const std::string& x);  ///< [n, c, 1, 1]
  std::string flatten(const std::string& name, const std::string& x);
  /// A fully connected layer with bias, and a ReLU unless `linear`; its value is `output` if that is given.
  std::string dense(const std::string& name, const std::string& x, int in, int out, bool linear = false,
                    const std::string& output = "");
  /// `factor` times the height and width, by repeating cells or bilinearly.
  std::string larger(const std::string& name, const std::string& x, int factor, bool bilinear = false);
  std::string add(const std::string& name, const std::string& a, const std::string& b);
  std::string concat(const std::string& name, const std::vector<std::string>& values);

  /// A last layer: 1×1 with bias `bias` and weights of deviation `deviation`, whose value has a graph output's name.
  void head(const std::string& output, const std::string& x, int in, int out, double bias, double deviation);
  /// Global average, then a fully connected layer to the graph output.
  void classify(const std::string& output, const std::string& x, int in, int classes);

  /// The graph, checked. Throws Error if it is not sound (a fault of an architecture).
  Graph finish(const std::vector<Value>& outputs);

 private:
  using Attributes = std::map<std::string, Attribute>;
  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   Attributes attributes = {}, const std::string& output = "");
  std::string norm(const std::string& name, const std::string& x, int channels);
  void weights(const std::string& name, const Shape& shape, double deviation);
  void constant(const std::string& name, int n, double value);

  Graph graph_;
  Design design_;
};

/// One built-in architecture with how it is built.
struct BuiltIn {
  Architecture architecture;
  Graph (*build)(const Design& design);
};
std::span<const BuiltIn> classifiers();
std::span<const BuiltIn> reference_networks();  ///< of the literature's size: to be measured, not trained here
std::span<const BuiltIn> detectors();           ///< CenterNet-like
std::span<const BuiltIn> anchor_detectors();    ///< SSD-like
std::span<const BuiltIn> segmenters();

}  // namespace cradle::graph
