// The built-in architectures: a detector in two makes and a classifier, node by node, with their first weights.
#include "cradle/graph/architectures.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/text.h"
#include "cradle/graph/graph.h"

namespace cradle::graph {
namespace {

constexpr std::int64_t kOpset = 17;
// Lin et al. 2017 ("Focal loss for dense object detection"), section 4.1: at first every cell is an object with this
// probability, so that the many empty cells do not swamp the first steps; the last layers' weights have this deviation.
constexpr double kPrior = 0.01;
constexpr double kHeadDeviation = 0.01;

/// Builds a graph node by node; each step returns the name of the value it makes.
class Builder {
 public:
  Builder(std::string_view name, double width, std::uint64_t seed) : width_(width), seed_(seed) {
    graph_.name = name;
    graph_.opset = kOpset;
  }

  /// Channels for a design of `normal`: scaled, a multiple of 8 so that vector units are filled, at least 8.
  int channels(int normal) const { return std::max(8, static_cast<int>(std::lround(normal * width_ / 8.0)) * 8); }

  std::string input(const std::string& name, Shape shape) {
    graph_.inputs.push_back({name, Type::kF32, std::move(shape)});
    return name;
  }

  /// Convolution without bias, batch norm, and a ReLU unless `linear`.
  std::string conv(const std::string& name, const std::string& x, int in, int out, int kernel, int stride,
                   int group = 1, bool linear = false) {
    const double deviation = std::sqrt(2.0 / (in / group * kernel * kernel));  // He et al. 2015, equation 10
    weights(name + ".weight", {out, in / group, kernel, kernel}, deviation);
    node("Conv", name, {x, name + ".weight"}, conv_attributes(kernel, stride, group));
    const std::string y = norm(name + ".norm", name, out);
    return linear ? y : node("Relu", name + ".relu", {y});
  }

  /// Depthwise 3×3 then pointwise 1×1 (Howard et al. 2017, "MobileNets").
  std::string separable(const std::string& name, const std::string& x, int in, int out, int stride,
                        bool linear = false) {
    return conv(name + ".point", conv(name + ".depth", x, in, in, 3, stride, in), in, out, 1, 1, 1, linear);
  }

  /// Two 3×3 convolutions around which the input passes (He et al. 2016); a 1×1 one where the shape changes.
  std::string residual(const std::string& name, const std::string& x, int in, int out, int stride) {
    const std::string a = conv(name + ".conv1", x, in, out, 3, stride);
    const std::string b = conv(name + ".conv2", a, out, out, 3, 1, 1, true);
    const bool same = in == out && stride == 1;
    const std::string way = same ? x : conv(name + ".shortcut", x, in, out, 1, stride, 1, true);
    return node("Relu", name + ".relu", {node("Add", name + ".add", {b, way})});
  }

  /// Twice the height and width by repeating each cell.
  std::string twice(const std::string& name, const std::string& x) {
    graph_.initializers["twice"] = tensor_f32({4}, std::vector<float>{1, 1, 2, 2});
    return node("Resize", name, {x, "", "twice"},
                {{"mode", std::string("nearest")},
                 {"coordinate_transformation_mode", std::string("asymmetric")},
                 {"nearest_mode", std::string("floor")}});
  }

  std::string add(const std::string& name, const std::string& a, const std::string& b) {
    return node("Add", name, {a, b});
  }

  /// A detector's last layer: 1×1, with bias, whose value has the name of a graph output.
  void head(const std::string& output, const std::string& x, int in, int out, double bias) {
    weights(output + ".weight", {out, in, 1, 1}, kHeadDeviation);
    constant(output + ".bias", out, bias);
    node("Conv", output, {x, output + ".weight", output + ".bias"}, conv_attributes(1, 1, 1), output);
  }

  void classify(const std::string& output, const std::string& x, int in, int classes) {
    const std::string flat = node("Flatten", "flatten", {node("GlobalAveragePool", "pool", {x})});
    weights("classifier.weight", {classes, in}, std::sqrt(1.0 / in));
    constant("classifier.bias", classes, 0.0);
    node("Gemm", "classifier", {flat, "classifier.weight", "classifier.bias"}, {{"transB", std::int64_t{1}}}, output);
  }

  Graph finish(const std::vector<Value>& outputs) {
    graph_.outputs = outputs;
    check(graph_);
    return std::move(graph_);
  }

 private:
  using Attributes = std::map<std::string, Attribute>;

  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   Attributes attributes = {}, const std::string& output = "") {
    const std::string value = output.empty() ? name + ".out" : output;
    graph_.nodes.push_back({name, op, "", std::move(inputs), {value}, std::move(attributes)});
    return value;
  }

  static Attributes conv_attributes(std::int64_t kernel, std::int64_t stride, std::int64_t group) {
    const std::int64_t pad = kernel / 2;
    return {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}},
            {"strides", std::vector<std::int64_t>{stride, stride}},
            {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}},
            {"dilations", std::vector<std::int64_t>{1, 1}},
            {"group", group}};
  }

  std::string norm(const std::string& name, const std::string& conv, int channels) {
    constant(name + ".scale", channels, 1.0);
    constant(name + ".shift", channels, 0.0);
    constant(name + ".mean", channels, 0.0);
    constant(name + ".variance", channels, 1.0);
    return node("BatchNormalization", name,
                {conv + ".out", name + ".scale", name + ".shift", name + ".mean", name + ".variance"},
                {{"epsilon", 1e-5F}, {"momentum", 0.9F}});
  }

  /// Normal numbers from a stream of the tensor's own name: a change elsewhere in the net leaves them alone.
  void weights(const std::string& name, const Shape& shape, double deviation) {
    base::Stream stream(seed_, base::stable_id(name));
    std::vector<float> values(static_cast<std::size_t>(elements_of(shape)));
    for (float& v : values) v = static_cast<float>(stream.normal() * deviation);
    graph_.initializers[name] = tensor_f32(shape, values);
  }

  void constant(const std::string& name, int n, double value) {
    graph_.initializers[name] =
        tensor_f32({n}, std::vector<float>(static_cast<std::size_t>(n), static_cast<float>(value)));
  }

  Graph graph_;
  double width_;
  std::uint64_t seed_;
};

/// Both heads of a detector on a map of stride 4 with `channels` channels.
Graph with_heads(Builder& b, const std::string& x, int channels, int classes) {
  b.head("heatmap", x, channels, classes, -std::log((1.0 - kPrior) / kPrior));
  b.head("box", x, channels, 4, 0.0);
  return b.finish({{"heatmap", Type::kF32, {-1, classes, 16, 16}}, {"box", Type::kF32, {-1, 4, 16, 16}}});
}

/// Depthwise-separable, after "Objects as points" (Zhou, Wang, Krähenbühl 2019): down to stride 16, up again to 4.
Graph centernet_lite(double width, int classes, std::uint64_t seed) {
  Builder b("centernet-lite", width, seed);
  const int c1 = b.channels(24), c2 = b.channels(96);
  std::string x = b.conv("stem.conv", b.input("image", {-1, 1, 64, 64}), 1, c1, 3, 2);
  x = b.separable("stem.block", x, c1, c1, 1);
  x = b.separable("stage1.down", x, c1, c2, 2);
  x = b.separable("stage1.block1", x, c2, c2, 1);
  const std::string fine = x = b.separable("stage1.block2", x, c2, c2, 1);
  x = b.separable("stage2.down", x, c2, c2, 2);
  const std::string middle = x = b.separable("stage2.block", x, c2, c2, 1);
  x = b.separable("stage3.down", x, c2, c2, 2);
  x = b.add("neck.add2", b.twice("neck.up2", b.conv("neck.lateral3", x, c2, c2, 1, 1, 1, true)), middle);
  x = b.add("neck.add1", b.twice("neck.up1", b.conv("neck.lateral2", x, c2, c2, 1, 1, 1, true)), fine);
  x = b.separable("neck.smooth", x, c2, c2, 1);
  x = b.separable("head.conv1", x, c2, c2, 1);
  x = b.separable("head.conv2", x, c2, c2, 1);
  return with_heads(b, x, c2, classes);
}

/// Dense 3×3 convolutions behind a strided stem: more work per weight, but work that processors do well, forwards and
/// backwards (depthwise gradients are four times slower in libtorch on a CPU), and that gains most from int8.
Graph centernet_dense(double width, int classes, std::uint64_t seed) {
  Builder b("centernet-dense", width, seed);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64), c4 = b.channels(96);
  std::string x = b.conv("stem.conv", b.input("image", {-1, 1, 64, 64}), 1, c1, 3, 2);
  x = b.conv("stage1.down", x, c1, c2, 3, 2);
  const std::string fine = x = b.residual("stage1.block", x, c2, c2, 1);
  x = b.conv("stage2.down", x, c2, c3, 3, 2);
  const std::string middle = x = b.residual("stage2.block", x, c3, c3, 1);
  x = b.conv("stage3.down", x, c3, c4, 3, 2);
  x = b.residual("stage3.block", x, c4, c4, 1);
  x = b.add("neck.add2", b.twice("neck.up2", b.conv("neck.lateral3", x, c4, c3, 1, 1, 1, true)), middle);
  x = b.add("neck.add1", b.twice("neck.up1", b.conv("neck.lateral2", x, c3, c2, 1, 1, 1, true)), fine);
  x = b.conv("head.conv", x, c2, c3, 3, 1);
  return with_heads(b, x, c3, classes);
}

/// He et al. 2016 in the small form for 28×28 images: three stages of one block (8 layers).
Graph resnet_small(double width, int classes, std::uint64_t seed) {
  Builder b("resnet-small", width, seed);
  const int c1 = b.channels(16), c2 = b.channels(32), c3 = b.channels(64);
  std::string x = b.conv("stem.conv", b.input("image", {-1, 1, 28, 28}), 1, c1, 3, 1);
  x = b.residual("stage1", x, c1, c1, 1);
  x = b.residual("stage2", x, c1, c2, 2);
  x = b.residual("stage3", x, c2, c3, 2);
  b.classify("logits", x, c3, classes);
  return b.finish({{"logits", Type::kF32, {-1, classes}}});
}

struct Entry {
  Architecture architecture;
  Graph (*build)(double width, int classes, std::uint64_t seed);
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      {{"centernet-dense", "detection", "dense 3x3 convolutions, stride 4; quick to train, gains most from int8"},
       centernet_dense},
      {{"centernet-lite", "detection", "depthwise-separable convolutions, stride 4; few weights, slow to train"},
       centernet_lite},
      {{"resnet-small", "classification", "residual net of 8 layers for 28x28 images"}, resnet_small},
  };
  return list;
}

}  // namespace

std::vector<Architecture> architectures() {
  std::vector<Architecture> list;
  for (const Entry& entry : entries()) list.push_back(entry.architecture);
  return list;
}

Graph build_architecture(std::string_view name, double width, int classes, std::uint64_t seed) {
  if (!(width >= 0.1 && width <= 16.0)) base::fail_usage("the width must lie between 0.1 and 16, found {}", width);
  if (classes < 1 || classes > 10000)
    base::fail_usage("the number of classes must lie between 1 and 10000, found {}", classes);
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    if (entry.architecture.name == name) return entry.build(width, classes, seed);
    names.push_back(entry.architecture.name);
  }
  base::fail_usage("there is no built-in architecture '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

}  // namespace cradle::graph
