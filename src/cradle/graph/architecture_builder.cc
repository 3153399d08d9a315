// The steps of which the built-in architectures are made.
#include "cradle/graph/architecture_builder.h"

#include <algorithm>
#include <cmath>

#include "cradle/graph/initialise.h"

namespace cradle::graph {

namespace {

constexpr std::int64_t kOpset = 17;

std::map<std::string, Attribute> conv_attributes(std::int64_t kernel, std::int64_t stride, std::int64_t group,
                                                 std::int64_t dilation) {
  const std::int64_t pad = kernel / 2 * dilation;
  return {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}},
          {"strides", std::vector<std::int64_t>{stride, stride}},
          {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}},
          {"dilations", std::vector<std::int64_t>{dilation, dilation}},
          {"group", group}};
}

std::map<std::string, Attribute> halves() {
  return {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}};
}

}  // namespace

ArchitectureBuilder::ArchitectureBuilder(std::string_view name, const Design& design) : design_(design) {
  graph_.name = name;
  graph_.opset = kOpset;
}

int ArchitectureBuilder::channels(int normal) const {
  return std::max(8, static_cast<int>(std::lround(normal * design_.width / 8.0)) * 8);
}

std::string ArchitectureBuilder::image() {
  const ImageExtents& image = design_.image;
  graph_.inputs.push_back({"image", Type::kF32, {-1, image.channels, image.height, image.width}});
  return "image";
}

std::string ArchitectureBuilder::conv(const std::string& name, const std::string& x, int in, int out, int kernel,
                                      int stride, int group, bool linear, int dilation) {
  const double deviation = std::sqrt(2.0 / (in / group * kernel * kernel));
  weights(name + ".weight", {out, in / group, kernel, kernel}, deviation);
  node("Conv", name, {x, name + ".weight"}, conv_attributes(kernel, stride, group, dilation));
  const std::string y = norm(name + ".norm", name + ".out", out);
  return linear ? y : node("Relu", name + ".relu", {y});
}

std::string ArchitectureBuilder::separable(const std::string& name, const std::string& x, int in, int out, int stride,
                                           bool linear) {
  return conv(name + ".point", conv(name + ".depth", x, in, in, 3, stride, in), in, out, 1, 1, 1, linear);
}

std::string ArchitectureBuilder::residual(const std::string& name, const std::string& x, int in, int out, int stride) {
  const std::string a = conv(name + ".conv1", x, in, out, 3, stride);
  const std::string b = conv(name + ".conv2", a, out, out, 3, 1, 1, true);
  const bool same = in == out && stride == 1;
  const std::string way = same ? x : conv(name + ".shortcut", x, in, out, 1, stride, 1, true);
  return node("Relu", name + ".relu", {node("Add", name + ".add", {b, way})});
}

std::string ArchitectureBuilder::inverted(const std::string& name, const std::string& x, int in, int out, int stride,
                                          int expansion) {
  const int wide = in * expansion;
  const std::string a = conv(name + ".expand", x, in, wide, 1, 1);
  const std::string b = conv(name + ".depth", a, wide, wide, 3, stride, wide);
  const std::string c = conv(name + ".project", b, wide, out, 1, 1, 1, true);
  return in == out && stride == 1 ? add(name + ".add", c, x) : c;
}

std::string ArchitectureBuilder::fire(const std::string& name, const std::string& x, int in, int squeeze, int expand) {
  const std::string s = conv(name + ".squeeze", x, in, squeeze, 1, 1);
  return concat(name + ".concat",
                {conv(name + ".expand1", s, squeeze, expand, 1, 1), conv(name + ".expand3", s, squeeze, expand, 3, 1)});
}

std::string ArchitectureBuilder::dense_block(const std::string& name, std::string x, int in, int layers, int growth) {
  for (int i = 1; i <= layers; ++i) {
    const std::string layer = name + ".layer" + std::to_string(i);
    x = concat(layer + ".concat", {x, conv(layer, x, in + (i - 1) * growth, growth, 3, 1)});
  }
  return x;
}

std::string ArchitectureBuilder::max_pool(const std::string& name, const std::string& x) {
  return node("MaxPool", name, {x}, halves());
}

std::string ArchitectureBuilder::average_pool(const std::string& name, const std::string& x) {
  return node("AveragePool", name, {x}, halves());
}

std::string ArchitectureBuilder::global_average(const std::string& name, const std::string& x) {
  return node("GlobalAveragePool", name, {x});
}

std::string ArchitectureBuilder::flatten(const std::string& name, const std::string& x) {
  return node("Flatten", name, {x});
}

std::string ArchitectureBuilder::dense(const std::string& name, const std::string& x, int in, int out, bool linear,
                                       const std::string& output) {
  weights(name + ".weight", {out, in}, std::sqrt((linear ? 1.0 : 2.0) / in));
  constant(name + ".bias", out, 0.0);
  const std::string y =
      node("Gemm", name, {x, name + ".weight", name + ".bias"}, {{"transB", std::int64_t{1}}}, output);
  return linear ? y : node("Relu", name + ".relu", {y});
}

std::string ArchitectureBuilder::larger(const std::string& name, const std::string& x, int factor, bool bilinear) {
  const std::string scales = "scale" + std::to_string(factor);
  const auto f = static_cast<float>(factor);
  graph_.initializers[scales] = tensor_f32({4}, std::vector<float>{1, 1, f, f});
  if (bilinear)
    return node("Resize", name, {x, "", scales},
                {{"mode", std::string("linear")}, {"coordinate_transformation_mode", std::string("half_pixel")}});
  return node("Resize", name, {x, "", scales},
              {{"mode", std::string("nearest")},
               {"coordinate_transformation_mode", std::string("asymmetric")},
               {"nearest_mode", std::string("floor")}});
}

std::string ArchitectureBuilder::add(const std::string& name, const std::string& a, const std::string& b) {
  return node("Add", name, {a, b});
}

std::string ArchitectureBuilder::concat(const std::string& name, const std::vector<std::string>& values) {
  return node("Concat", name, values, {{"axis", std::int64_t{1}}});
}

void ArchitectureBuilder::head(const std::string& output, const std::string& x, int in, int out, double bias,
                               double deviation) {
  weights(output + ".weight", {out, in, 1, 1}, deviation);
  constant(output + ".bias", out, bias);
  node("Conv", output, {x, output + ".weight", output + ".bias"}, conv_attributes(1, 1, 1, 1), output);
}

void ArchitectureBuilder::classify(const std::string& output, const std::string& x, int in, int classes) {
  dense("classifier", flatten("flatten", global_average("pool", x)), in, classes, true, output);
}

Graph ArchitectureBuilder::finish(const std::vector<Value>& outputs) {
  graph_.outputs = outputs;
  check(graph_);
  return std::move(graph_);
}

std::string ArchitectureBuilder::node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                                      Attributes attributes, const std::string& output) {
  const std::string value = output.empty() ? name + ".out" : output;
  graph_.nodes.push_back({name, op, "", std::move(inputs), {value}, std::move(attributes)});
  return value;
}

std::string ArchitectureBuilder::norm(const std::string& name, const std::string& x, int channels) {
  constant(name + ".scale", channels, 1.0);
  constant(name + ".shift", channels, 0.0);
  constant(name + ".mean", channels, 0.0);
  constant(name + ".variance", channels, 1.0);
  return node("BatchNormalization", name, {x, name + ".scale", name + ".shift", name + ".mean", name + ".variance"},
              {{"epsilon", 1e-5F}, {"momentum", 0.9F}});
}

void ArchitectureBuilder::weights(const std::string& name, const Shape& shape, double deviation) {
  graph_.initializers[name] = random_weights(name, shape, deviation, design_.seed);
}

void ArchitectureBuilder::constant(const std::string& name, int n, double value) {
  graph_.initializers[name] =
      tensor_f32({n}, std::vector<float>(static_cast<std::size_t>(n), static_cast<float>(value)));
}

}  // namespace cradle::graph
