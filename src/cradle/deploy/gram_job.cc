// Unfolds layers' inputs at drawn places and sums their products.
#include "cradle/deploy/gram_job.h"

#include <algorithm>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/image_source.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::deploy {
namespace {

/// A convolution over a plane, as its attributes say.
struct Window {
  std::int64_t kernel[2], stride[2], dilation[2], begin[2], out[2];
};

/// The output's extents follow from attributes and input (ONNX's Operators.md, "Conv").
Window window_of(const WeightedLayer& layer, std::span<const std::int64_t> shape) {
  const auto strides = graph::attribute_ints(layer.node, "strides", {1, 1});
  const auto dilations = graph::attribute_ints(layer.node, "dilations", {1, 1});
  const auto pads = graph::attribute_ints(layer.node, "pads", {0, 0, 0, 0});
  const std::string automatic = graph::attribute_string(layer.node, "auto_pad", "NOTSET");
  Window w{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    w.kernel[axis] = layer.weight[axis + 2];
    w.stride[axis] = strides[axis];
    w.dilation[axis] = dilations[axis];
    const std::int64_t reach = (w.kernel[axis] - 1) * w.dilation[axis] + 1, extent = shape[axis + 2];
    w.begin[axis] = pads[axis];
    std::int64_t all = pads[axis] + pads[axis + 2];
    if (automatic.starts_with("SAME")) {
      all = std::max<std::int64_t>(
          0, ((extent + w.stride[axis] - 1) / w.stride[axis] - 1) * w.stride[axis] + reach - extent);
      w.begin[axis] = automatic == "SAME_UPPER" ? all / 2 : all - all / 2;
    }
    w.out[axis] = std::max<std::int64_t>(0, (extent + all - reach) / w.stride[axis] + 1);
  }
  return w;
}

/// Indices below `all`: every one if they are no more than `wanted`, else as many as wanted, drawn.
std::vector<std::size_t> drawn(std::size_t all, std::size_t wanted, std::uint64_t seed) {
  std::vector<std::size_t> places;
  base::Stream stream(seed, base::stable_id("gram"));
  for (std::size_t i = 0; i < std::min(all, wanted); ++i)
    places.push_back(
        all <= wanted ? i : std::min(all - 1, static_cast<std::size_t>(stream.uniform() * static_cast<double>(all))));
  return places;
}

void add_convolution(graph::LayerGram& gram, const WeightedLayer& layer, const TensorView& input, std::size_t positions,
                     std::uint64_t seed) {
  const Window w = window_of(layer, input.shape);
  const std::int64_t height = input.shape[2], width = input.shape[3], columns = layer.weight[1];
  std::vector<float> row(gram.inputs);
  for (const std::size_t place : drawn(static_cast<std::size_t>(w.out[0] * w.out[1]), positions, seed)) {
    const std::int64_t top = static_cast<std::int64_t>(place) / w.out[1] * w.stride[0] - w.begin[0];
    const std::int64_t left = static_cast<std::int64_t>(place) % w.out[1] * w.stride[1] - w.begin[1];
    for (std::size_t group = 0; group < gram.groups; ++group) {
      std::size_t at = 0;
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t i = 0; i < w.kernel[0]; ++i)
          for (std::int64_t k = 0; k < w.kernel[1]; ++k) {
            const std::int64_t y = top + i * w.dilation[0], x = left + k * w.dilation[1];
            const bool inside = y >= 0 && y < height && x >= 0 && x < width;
            const std::int64_t channel = static_cast<std::int64_t>(group) * columns + c;
            row[at++] = inside ? input.values[static_cast<std::size_t>((channel * height + y) * width + x)] : 0.0F;
          }
      add_rows(gram, group, row.data(), 1);
    }
    gram.rows += 1;
  }
}

}  // namespace

graph::Grams grams_for(const std::vector<WeightedLayer>& layers) {
  std::map<std::string, int> of_name;
  for (const WeightedLayer& layer : layers) ++of_name[layer.name];
  graph::Grams grams;
  std::size_t bytes = 0;
  for (const WeightedLayer& layer : layers) {
    graph::LayerGram gram;
    if (of_name.at(layer.name) > 1) {  // whoever reads the file could not tell whose sums these are
      grams.left[layer.name] = fmt::format("{} layers have this name", of_name.at(layer.name));
      continue;
    }
    const bool convolution = layer.node.op == "Conv";
    if (layer.weight.size() != (convolution ? 4U : 2U)) {
      grams.left[layer.name] = "its weights have the shape " + graph::text_of(layer.weight);
      continue;
    }
    if (convolution) {
      gram.groups = static_cast<std::size_t>(std::max<std::int64_t>(1, graph::attribute_int(layer.node, "group", 1)));
      gram.inputs = static_cast<std::size_t>(layer.weight[1] * layer.weight[2] * layer.weight[3]);
    } else {
      const bool rows = layer.node.op == "Gemm" && graph::attribute_int(layer.node, "transB", 0) != 0;
      gram.inputs = static_cast<std::size_t>(layer.weight[rows ? 1 : 0]);
    }
    const std::size_t size = gram.groups * gram.inputs * gram.inputs;
    if (gram.inputs > kMostGramInputs) {
      grams.left[layer.name] = fmt::format("it multiplies {} numbers, more than {}", gram.inputs, kMostGramInputs);
    } else if (bytes + size * sizeof(float) > kMostGramBytes) {
      grams.left[layer.name] = fmt::format("the matrices of the layers before it take {} bytes", bytes);
    } else {
      gram.sums.assign(size, 0.0F);
      bytes += size * sizeof(float);
      grams.layers[layer.name] = std::move(gram);
    }
  }
  return grams;
}

void add_to_gram(graph::LayerGram& gram, const WeightedLayer& layer, const TensorView& input, std::size_t positions,
                 std::uint64_t seed) {
  if (layer.node.op == "Conv") {
    add_convolution(gram, layer, input, positions, seed);
    return;
  }
  for (const std::size_t row : drawn(input.values.size() / gram.inputs, positions, seed)) {
    add_rows(gram, 0, input.values.data() + row * gram.inputs, 1);
    gram.rows += 1;
  }
}

base::Json gram_job(const base::Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, image_arguments({"model", "output", "positions", "threads"}), where);
  const std::filesystem::path file = base::json_string(arguments, "model", where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const auto threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  const std::size_t positions = count_between(arguments, "positions", 64, 1, 1'000'000, where);
  ImageSource source = image_source_from(arguments, where);
  if (!arguments.contains("images")) source.images = 64;

  const graph::Graph graph = read_simplified(file);
  const std::vector<WeightedLayer> layers = weighted_layers(graph);
  if (layers.empty()) base::fail("{}: it has no convolution or matrix product with constant weights", file.string());
  graph::Grams grams = grams_for(layers);
  grams.equalised = graph.metadata.contains(graph::kEqualised);
  std::vector<std::string> values;
  for (const WeightedLayer& layer : layers)
    if (grams.layers.contains(layer.name)) values.push_back(layer.input);
  Exposed model(graph, values, threads);
  const task::DataInfo info = for_each_image(source, model.describe(), [&](const auto& image, const auto& pixels) {
    const auto seen = model.run(image, pixels);
    for (const WeightedLayer& layer : layers)
      if (const auto gram = grams.layers.find(layer.name); gram != grams.layers.end())
        add_to_gram(gram->second, layer, seen.at(layer.input), positions, static_cast<std::uint64_t>(grams.images));
    ++grams.images;
  });
  write_grams(output, grams);
  base::Json left = base::Json::array();
  for (const auto& [name, reason] : grams.left) left.push_back({{"name", name}, {"reason", reason}});
  return {{"images", grams.images},
          {"layers", grams.layers.size()},
          {"left", left},
          {"output", output.string()},
          {"data", task::to_json(info)}};
}

}  // namespace cradle::deploy
