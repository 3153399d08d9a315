// Grows a net from a pool of values, each of which may be taken up again.
#include "random_nets.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cradle/base/random.h"

namespace cradle::test {
namespace {

using graph::Attribute;
using Ints = std::vector<std::int64_t>;
using Attributes = std::map<std::string, Attribute>;

constexpr std::int64_t kSide = 6;
constexpr int kSteps = 12;

struct Value {
  std::string name;
  std::int64_t channels = 0;
};

class Grower {
 public:
  explicit Grower(std::uint64_t seed) : stream_(seed, 1) {
    graph_.opset = 13;
    graph_.inputs = {{"x", graph::Type::kF32, {-1, 3, kSide, kSide}}};
    pool_ = {conv({"x", 3}, 8, 1, 3)};
  }

  graph::Graph grow() {
    using Step = void (Grower::*)();
    constexpr Step kAll[] = {
        &Grower::plain,  &Grower::plain, &Grower::grouped, &Grower::depthwise, &Grower::transposed,
        &Grower::norm,   &Grower::act,   &Grower::sum,     &Grower::sum,       &Grower::concat,
        &Grower::concat, &Grower::split, &Grower::gate,    &Grower::scale,     &Grower::there_and_back,
        &Grower::pool,   &Grower::resize};
    for (int i = 0; i < kSteps; ++i) (this->*kAll[stream_.below(std::size(kAll))])();
    finish();
    graph::check(graph_);
    return std::move(graph_);
  }

 private:
  std::string fresh(const char* what) { return what + std::to_string(++count_); }
  const Value& any() { return pool_[stream_.below(pool_.size())]; }
  std::int64_t some_channels() { return Ints{4, 6, 8, 12}[stream_.below(4)]; }

  std::string weights(const std::string& name, graph::Shape shape, double middle = 0) {
    std::vector<float> values(static_cast<std::size_t>(graph::elements_of(shape)));
    for (float& v : values) v = static_cast<float>(middle + 0.4 * stream_.normal());
    graph_.initializers[name] = graph::tensor_f32(std::move(shape), values);
    return name;
  }
  std::string ints(const std::string& name, const Ints& values) {
    graph_.initializers[name] = graph::tensor_i64({static_cast<std::int64_t>(values.size())}, values);
    return name;
  }
  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   Attributes attributes = {}) {
    graph_.nodes.push_back({name, op, "", std::move(inputs), {name}, std::move(attributes)});
    return name;
  }
  void keep(const std::string& name, std::int64_t channels) { pool_.push_back({name, channels}); }

  Value conv(const Value& x, std::int64_t out, std::int64_t group, std::int64_t kernel) {
    const std::string name = fresh("conv");
    const std::int64_t pad = kernel / 2;
    std::vector<std::string> inputs = {x.name, weights(name + ".w", {out, x.channels / group, kernel, kernel})};
    if (stream_.below(2) == 0) inputs.push_back(weights(name + ".b", {out}));
    return {node("Conv", name, inputs, {{"group", group}, {"pads", Ints{pad, pad, pad, pad}}}), out};
  }

  void plain() {
    pool_.push_back(conv(any(), some_channels(), 1, 1 + 2 * static_cast<std::int64_t>(stream_.below(2))));
  }
  void grouped() {
    const Value x = any();
    if (x.channels % 2 == 0) pool_.push_back(conv(x, some_channels(), 2, 1));
  }
  void depthwise() {
    const Value x = any();
    pool_.push_back(conv(x, x.channels * static_cast<std::int64_t>(1 + stream_.below(2)), x.channels, 3));
  }
  void transposed() {
    const Value x = any();
    const std::int64_t group = x.channels % 2 == 0 ? static_cast<std::int64_t>(1 + stream_.below(2)) : 1;
    const std::int64_t out = some_channels();
    const std::string name = fresh("transposed");
    keep(node("ConvTranspose", name,
              {x.name, weights(name + ".w", {x.channels, out / group, 1, 1}), weights(name + ".b", {out})},
              {{"group", group}}),
         out);
  }
  void norm() {
    const Value x = any();
    const std::string name = fresh("norm");
    std::vector<std::string> inputs = {x.name};
    for (const char* v : {".s", ".h", ".m", ".v"}) inputs.push_back(weights(name + v, {x.channels}, 3));
    keep(node("BatchNormalization", name, inputs), x.channels);
  }
  void act() {
    const Value x = any();
    const char* ops[] = {"Relu", "HardSwish", "LeakyRelu", "Tanh"};
    const char* op = ops[stream_.below(4)];
    keep(node(op, fresh(op), {x.name}), x.channels);
  }
  void pool() {
    const Value x = any();
    keep(node(stream_.below(2) == 0 ? "MaxPool" : "AveragePool", fresh("pool"), {x.name},
              {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}}),
         x.channels);
  }
  /// Twice as large and back.
  void resize() {
    const Value x = any();
    const bool linear = stream_.below(2) == 0;
    const std::string name = fresh("resize");
    graph_.initializers[name + ".scales"] = graph::tensor_f32({4}, std::vector<float>{1, 1, 2, 2});
    node("Resize", name, {x.name, "", name + ".scales"},
         {{"mode", std::string(linear ? "linear" : "nearest")},
          {"coordinate_transformation_mode", std::string("half_pixel")}});
    keep(node(stream_.below(2) == 0 ? "MaxPool" : "AveragePool", fresh("pool"), {name},
              {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}),
         x.channels);
  }
  void sum() {
    const Value x = any();
    Value y = any();
    if (y.channels != x.channels) y = conv(y, x.channels, 1, 1);
    keep(node(stream_.below(3) == 0 ? "Mul" : "Add", fresh("sum"), {x.name, y.name}), x.channels);
  }
  void concat() {
    const Value x = any(), y = any();
    keep(node("Concat", fresh("concat"), {x.name, y.name}, {{"axis", std::int64_t{1}}}), x.channels + y.channels);
  }
  void split() {
    const Value x = any();
    if (x.channels % 2 != 0) return;
    const std::string name = fresh("split");
    graph_.nodes.push_back({name,
                            "Split",
                            "",
                            {x.name, ints(name + ".sizes", {x.channels / 2, x.channels / 2})},
                            {name + ".a", name + ".b"},
                            {{"axis", std::int64_t{1}}}});
    keep(name + ".b", x.channels / 2);
    keep(name + ".a", x.channels / 2);
  }
  /// Squeeze and excitation.
  void gate() {
    const Value x = any();
    const Value squeezed =
        conv({node("ReduceMean", fresh("mean"), {x.name}, {{"axes", Ints{2, 3}}}), x.channels}, 4, 1, 1);
    const Value wide = conv({node("Relu", fresh("relu"), {squeezed.name}), 4}, x.channels, 1, 1);
    keep(node("Mul", fresh("gated"), {x.name, node("Sigmoid", fresh("gate"), {wide.name})}), x.channels);
  }
  void scale() {
    const Value x = any();
    const std::string name = fresh("scale");
    keep(node("Mul", name, {weights(name + ".f", {x.channels, 1, 1}), x.name}), x.channels);
  }
  /// To the last axis, through a matrix, and back.
  void there_and_back() {
    const Value x = any();
    const std::int64_t out = some_channels();
    const std::string name = fresh("rows");
    const std::string rows = node("Transpose", name + ".there", {x.name}, {{"perm", Ints{0, 2, 3, 1}}});
    const std::string product = node("MatMul", name + ".product", {rows, weights(name + ".w", {x.channels, out})});
    keep(node("Transpose", name, {product}, {{"perm", Ints{0, 3, 1, 2}}}), out);
  }

  void finish() {
    const Value x = pool_.back();
    std::int64_t columns = x.channels * kSide * kSide;
    std::string flat;
    const std::size_t end = stream_.below(3);
    if (end == 0) {
      flat = node("Flatten", "flat", {x.name});
    } else if (end == 1) {
      flat = node("Reshape", "flat", {x.name, ints("flat.shape", {-1, columns})});
    } else {
      columns = x.channels;
      flat = node("Flatten", "flat", {node("GlobalAveragePool", "mean", {x.name})});
    }
    node("Gemm", "hidden", {flat, weights("hidden.w", {10, columns}), weights("hidden.b", {10})},
         {{"transB", std::int64_t{1}}});
    node("Gemm", "y", {"hidden", weights("y.w", {10, 5})});
    graph_.outputs = {{"y", graph::Type::kF32, {-1, 5}}};
  }

  base::Stream stream_;
  graph::Graph graph_;
  std::vector<Value> pool_;
  int count_ = 0;
};

}  // namespace

graph::Graph random_net(std::uint64_t seed) { return Grower(seed).grow(); }

}  // namespace cradle::test
