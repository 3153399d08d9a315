// Sees layers as matrices, counts what factors cost, and writes the factors as nodes.
#include "cradle/compress/factorise_layer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "cradle/base/error.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Shape;
using graph::Tensor;
using graph::Type;

bool is_conv(const Node& node) { return node.op == "Conv"; }

/// Whether a product's weights stand as out × in.
bool transposed(const Node& node) { return node.op == "Gemm" && graph::attribute_int(node, "transB", 0) != 0; }

/// The weights as [out][in][kernel], whatever the node.
struct Weights {
  std::size_t out = 0, in = 0, kernel = 1;
  std::vector<double> values;
  double at(std::size_t o, std::size_t i, std::size_t k) const { return values[(o * in + i) * kernel + k]; }
};

Weights weights_of(const Graph& graph, const Node& node) {
  const Tensor& tensor = graph.initializers.at(node.inputs[1]);
  const std::span<const float> from = tensor.f32();
  Weights w;
  if (is_conv(node) || transposed(node)) {
    w.out = static_cast<std::size_t>(tensor.shape[0]);
    w.in = static_cast<std::size_t>(tensor.shape[1]);
    w.kernel = from.size() / (w.out * w.in);
    w.values.assign(from.begin(), from.end());
    return w;
  }
  w.in = static_cast<std::size_t>(tensor.shape[0]);
  w.out = static_cast<std::size_t>(tensor.shape[1]);
  w.values.resize(from.size());
  for (std::size_t i = 0; i < w.in; ++i)
    for (std::size_t o = 0; o < w.out; ++o) w.values[o * w.in + i] = static_cast<double>(from[i * w.out + o]);
  return w;
}

/// out × (in·kernel).
Matrix out_matrix(const Weights& w) { return {w.out, w.in * w.kernel, w.values}; }

/// in × (out·kernel).
Matrix in_matrix(const Weights& w) {
  Matrix m{w.in, w.out * w.kernel, std::vector<double>(w.values.size())};
  for (std::size_t i = 0; i < w.in; ++i)
    for (std::size_t o = 0; o < w.out; ++o)
      for (std::size_t k = 0; k < w.kernel; ++k) m.values[(i * w.out + o) * w.kernel + k] = w.at(o, i, k);
  return m;
}

/// (in·rows of the kernel) × (out·columns of the kernel).
Matrix spatial_matrix(const Weights& w, std::size_t height, std::size_t width) {
  Matrix m{w.in * height, w.out * width, std::vector<double>(w.values.size())};
  for (std::size_t i = 0; i < w.in; ++i)
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t o = 0; o < w.out; ++o)
        for (std::size_t x = 0; x < width; ++x)
          m.values[(i * height + y) * m.columns + o * width + x] = w.at(o, i, y * width + x);
  return m;
}

double product_of(const std::vector<std::size_t>& extents) {
  return std::accumulate(extents.begin(), extents.end(), 1.0,
                         [](double a, std::size_t b) { return a * static_cast<double>(b); });
}

/// Elements of a value for one of `channels`.
double places_of(const Graph& graph, const std::string& value, std::size_t channels) {
  const std::int64_t all = graph::elements_of(graph.values.at(value).shape);
  return static_cast<double>(all) / static_cast<double>(channels);
}

double sum_of_squares(const std::vector<double>& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

}  // namespace

std::string_view name_of(Decomposition decomposition) {
  switch (decomposition) {
    case Decomposition::kSvd: return "svd";
    case Decomposition::kChannel: return "channel";
    case Decomposition::kSpatial: return "spatial";
    case Decomposition::kTucker: return "tucker";
  }
  return "";
}

std::string obstacle_to_factors(const Graph& graph, const graph::Links& links, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (node.op == "ConvTranspose") return "transposed convolutions are not factorised";
  const Tensor* weight = node.inputs.size() > 1 ? initializer_of(graph, node.inputs[1]) : nullptr;
  if (weight == nullptr) return "its weights are not constant";
  if (weight->type != Type::kF32) return fmt::format("its weights are {}", graph::name_of(weight->type));
  if (weight->bytes.empty()) return "it has no weights";
  if (is_conv(node) ? weight->shape.size() < 3 : weight->shape.size() != 2)
    return fmt::format("its weights have the shape {}", graph::text_of(weight->shape));
  if (const std::int64_t group = graph::attribute_int(node, "group", 1); is_conv(node) && group != 1)
    return weight->shape[1] == 1 ? "a depthwise convolution has no channels to combine"
                                 : fmt::format("its {} groups are small convolutions of their own", group);
  if (node.op == "Gemm" && graph::attribute_int(node, "transA", 0) != 0) return "its input is transposed";
  if (links.consumers.at(node.inputs[1]).size() > 1) return "other nodes use its weights too";
  const std::span<const float> values = weight->f32();
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) return "its weights are not all finite";
  if (std::ranges::all_of(values, [](float v) { return v == 0; })) return "its weights are all zero";
  return "";
}

FactorLayer factor_layer(const Graph& shapes, std::size_t index, Decomposition wish) {
  const Node& node = shapes.nodes[index];
  const Weights w = weights_of(shapes, node);
  FactorLayer layer;
  layer.node = index;
  layer.name = graph::name_of(node);
  layer.in = w.in;
  layer.out = w.out;
  layer.places_in = places_of(shapes, node.inputs[0], w.in);
  layer.places_out = places_of(shapes, node.outputs[0], w.out);
  if (node.inputs.size() > 2 && !node.inputs[2].empty())
    if (const Tensor* bias = initializer_of(shapes, node.inputs[2]))
      layer.bias = static_cast<double>(graph::elements_of(bias->shape));
  if (is_conv(node)) {
    const Shape& shape = shapes.initializers.at(node.inputs[1]).shape;
    layer.kernel.assign(shape.begin() + 2, shape.end());
  }
  if (w.kernel > 1) layer.how = wish == Decomposition::kSvd ? Decomposition::kChannel : wish;
  if (layer.how == Decomposition::kSpatial && layer.kernel.size() != 2) layer.how = Decomposition::kChannel;
  switch (layer.how) {
    case Decomposition::kSvd:
    case Decomposition::kChannel: layer.spectra.push_back(spectrum_of(out_matrix(w))); break;
    case Decomposition::kSpatial: {
      const Shape& from = shapes.values.at(node.inputs[0]).shape;
      const Shape& to = shapes.values.at(node.outputs[0]).shape;
      layer.places_between = static_cast<double>(to[0] * to[2] * from[3]);
      layer.spectra.push_back(spectrum_of(spatial_matrix(w, layer.kernel[0], layer.kernel[1])));
      break;
    }
    case Decomposition::kTucker:
      layer.spectra.push_back(row_spectrum_of(in_matrix(w)));
      layer.spectra.push_back(row_spectrum_of(out_matrix(w)));
      break;
  }
  return layer;
}

Ranks full_ranks(const FactorLayer& layer) {
  Ranks ranks;
  for (const Spectrum& spectrum : layer.spectra) ranks.push_back(spectrum.squares.size());
  return ranks;
}

LayerCost whole_cost(const FactorLayer& layer) {
  const double weights = static_cast<double>(layer.in * layer.out) * product_of(layer.kernel);
  return {weights + layer.bias, weights * layer.places_out};
}

LayerCost cost_at(const FactorLayer& layer, const Ranks& ranks) {
  assert(ranks.size() == layer.spectra.size());
  const auto in = static_cast<double>(layer.in), out = static_cast<double>(layer.out);
  const auto first_rank = static_cast<double>(ranks.front()), last_rank = static_cast<double>(ranks.back());
  const double kernel = product_of(layer.kernel);
  LayerCost cost{layer.bias, 0};
  const auto add = [&](double weights, double places) {
    cost.parameters += weights;
    cost.macs += weights * places;
  };
  switch (layer.how) {
    case Decomposition::kSvd:
    case Decomposition::kChannel:
      add(in * kernel * first_rank, layer.places_out);
      add(first_rank * out, layer.places_out);
      break;
    case Decomposition::kSpatial:
      add(in * static_cast<double>(layer.kernel[0]) * first_rank, layer.places_between);
      add(first_rank * static_cast<double>(layer.kernel[1]) * out, layer.places_out);
      break;
    case Decomposition::kTucker:
      add(in * first_rank, layer.places_in);
      add(first_rank * kernel * last_rank, layer.places_out);
      add(last_rank * out, layer.places_out);
      break;
  }
  return cost;
}

double least_share_kept(const FactorLayer& layer, const Ranks& ranks) {
  double lost = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) lost += 1 - share_kept(layer.spectra[i].squares, ranks[i]);
  return 1 - lost;
}

namespace {

/// Writes the factors of one layer.
class Maker {
 public:
  Maker(Graph& graph, graph::Links& links, const FactorLayer& layer)
      : graph_(graph), links_(links), layer_(layer), node_(graph.nodes[layer.node]) {}

  LayerFactors make(const Ranks& ranks) {
    const Weights w = weights_of(graph_, node_);
    switch (layer_.how) {
      case Decomposition::kSvd:
      case Decomposition::kChannel: channel(w, ranks[0]); break;
      case Decomposition::kSpatial: spatial(w, ranks[0]); break;
      case Decomposition::kTucker: tucker(w, ranks[0], ranks[1]); break;
    }
    return std::move(made_);
  }

 private:
  /// Attributes of a convolution of which only some axes have their kernel: the others are 1, without stride and pad.
  std::map<std::string, graph::Attribute> on_axes(const std::vector<bool>& kept) const {
    std::map<std::string, graph::Attribute> attributes = node_.attributes;
    const std::size_t axes = layer_.kernel.size();
    std::vector<std::int64_t> kernel;
    for (std::size_t a = 0; a < axes; ++a) kernel.push_back(kept[a] ? static_cast<std::int64_t>(layer_.kernel[a]) : 1);
    const auto cut = [&](const char* key, std::int64_t neutral) {
      const auto it = attributes.find(key);
      if (it == attributes.end()) return;
      std::vector<std::int64_t> values = std::get<std::vector<std::int64_t>>(it->second);
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!kept[i % axes]) values[i] = neutral;
      it->second = values;
    };
    attributes["kernel_shape"] = kernel;
    cut("strides", 1);
    cut("dilations", 1);
    cut("pads", 0);
    if (std::ranges::none_of(kept, [](bool k) { return k; })) attributes.erase("auto_pad");
    return attributes;
  }
  std::vector<bool> all_axes(bool kept) const { return std::vector<bool>(layer_.kernel.size(), kept); }

  std::string keep(const std::string& factor, const Shape& shape, const Matrix& values) {
    const std::string name = fresh_name(graph_, links_, layer_.name + "." + factor + ".weight");
    const std::vector<float> floats(values.values.begin(), values.values.end());
    graph_.initializers[name] = graph::tensor_f32(shape, floats);
    return name;
  }

  /// Adds the next factor; the last one takes the bias and makes the layer's output.
  void add(const std::string& factor, std::string op, const std::string& weight,
           std::map<std::string, graph::Attribute> attributes, bool last) {
    const std::string input = made_.nodes.empty() ? node_.inputs[0] : made_.nodes.back().outputs[0];
    Node node{layer_.name + "." + factor, std::move(op), "", {input, weight}, {}, std::move(attributes)};
    if (last) {
      node.inputs.insert(node.inputs.end(), node_.inputs.begin() + 2, node_.inputs.end());
      node.outputs = node_.outputs;
    } else {
      node.outputs = {fresh_name(graph_, links_, layer_.name + "." + factor)};
      links_.producer.emplace(node.outputs[0], layer_.node);  // taken
    }
    made_.nodes.push_back(std::move(node));
  }

  void channel(const Weights& w, std::size_t rank) {
    const Factors f = truncated(out_matrix(w), layer_.spectra[0], rank);
    made_.share_kept = share_kept(layer_.spectra[0].squares, rank);
    const auto r = static_cast<std::int64_t>(rank), out = static_cast<std::int64_t>(w.out),
               in = static_cast<std::int64_t>(w.in);
    if (is_conv(node_)) {
      Shape first{r, in};
      first.insert(first.end(), layer_.kernel.begin(), layer_.kernel.end());
      Shape second{out, r};
      second.resize(first.size(), 1);
      add("reduce", "Conv", keep("reduce", first, f.right), on_axes(all_axes(true)), false);
      add("expand", "Conv", keep("expand", second, f.left), on_axes(all_axes(false)), true);
      return;
    }
    // y = x·B with B = Aᵀ, A ≈ left·right: (x·rightᵀ)·leftᵀ. MatMul, since a Gemm of old operator sets needs a bias.
    const auto turned = [](const Matrix& a) {
      Matrix t{a.columns, a.rows, std::vector<double>(a.values.size())};
      for (std::size_t i = 0; i < a.rows; ++i)
        for (std::size_t j = 0; j < a.columns; ++j) t.values[j * a.rows + i] = a.values[i * a.columns + j];
      return t;
    };
    add("reduce", "MatMul", keep("reduce", {in, r}, turned(f.right)), {}, false);
    const std::string expand =
        transposed(node_) ? keep("expand", {out, r}, f.left) : keep("expand", {r, out}, turned(f.left));
    add("expand", node_.op, expand, node_.attributes, true);
  }

  void spatial(const Weights& w, std::size_t rank) {
    const std::size_t height = layer_.kernel[0], width = layer_.kernel[1];
    const Factors f = truncated(spatial_matrix(w, height, width), layer_.spectra[0], rank);
    made_.share_kept = share_kept(layer_.spectra[0].squares, rank);
    Matrix vertical{rank, w.in * height, std::vector<double>(f.left.values.size())};
    for (std::size_t iy = 0; iy < w.in * height; ++iy)
      for (std::size_t r = 0; r < rank; ++r) vertical.values[r * w.in * height + iy] = f.left.values[iy * rank + r];
    Matrix horizontal{w.out, rank * width, std::vector<double>(f.right.values.size())};
    for (std::size_t r = 0; r < rank; ++r)
      for (std::size_t o = 0; o < w.out; ++o)
        for (std::size_t x = 0; x < width; ++x)
          horizontal.values[(o * rank + r) * width + x] = f.right.values[r * w.out * width + o * width + x];
    const auto r = static_cast<std::int64_t>(rank);
    const Shape first{r, static_cast<std::int64_t>(w.in), static_cast<std::int64_t>(height), 1};
    const Shape second{static_cast<std::int64_t>(w.out), r, 1, static_cast<std::int64_t>(width)};
    add("vertical", "Conv", keep("vertical", first, vertical), on_axes({true, false}), false);
    add("horizontal", "Conv", keep("horizontal", second, horizontal), on_axes({false, true}), true);
  }

  /// The first rows of a spectrum's basis.
  static Matrix leading(const Spectrum& spectrum, std::size_t rank) {
    Matrix m{rank, spectrum.basis.columns, spectrum.basis.values};
    m.values.resize(rank * m.columns);
    return m;
  }

  void tucker(const Weights& w, std::size_t in_rank, std::size_t out_rank) {
    const Matrix in_basis = leading(layer_.spectra[0], in_rank);    // r₁ × in
    const Matrix out_basis = leading(layer_.spectra[1], out_rank);  // r₂ × out
    Weights half{out_rank, w.in, w.kernel, product(out_basis, out_matrix(w)).values};
    const Matrix core = product(in_basis, in_matrix(half));  // r₁ × (r₂·kernel)
    made_.share_kept = sum_of_squares(core.values) / sum_of_squares(w.values);
    const Weights turned{in_rank, out_rank, w.kernel, core.values};  // as [r₁][r₂][kernel]
    const Matrix core_out = in_matrix(turned);                       // r₂ × (r₁·kernel)
    Matrix expand{w.out, out_rank, std::vector<double>(w.out * out_rank)};
    for (std::size_t r = 0; r < out_rank; ++r)
      for (std::size_t o = 0; o < w.out; ++o) expand.values[o * out_rank + r] = out_basis.values[r * w.out + o];
    const auto r1 = static_cast<std::int64_t>(in_rank), r2 = static_cast<std::int64_t>(out_rank);
    Shape first{r1, static_cast<std::int64_t>(w.in)}, middle{r2, r1}, last{static_cast<std::int64_t>(w.out), r2};
    first.resize(2 + layer_.kernel.size(), 1);
    middle.insert(middle.end(), layer_.kernel.begin(), layer_.kernel.end());
    last.resize(2 + layer_.kernel.size(), 1);
    add("reduce", "Conv", keep("reduce", first, in_basis), on_axes(all_axes(false)), false);
    add("core", "Conv", keep("core", middle, core_out), on_axes(all_axes(true)), false);
    add("expand", "Conv", keep("expand", last, expand), on_axes(all_axes(false)), true);
  }

  Graph& graph_;
  graph::Links& links_;
  const FactorLayer& layer_;
  const Node node_;
  LayerFactors made_;
};

}  // namespace

LayerFactors make_factors(Graph& graph, graph::Links& links, const FactorLayer& layer, const Ranks& ranks) {
  assert(ranks.size() == layer.spectra.size());
  return Maker(graph, links, layer).make(ranks);
}

}  // namespace cradle::compress
