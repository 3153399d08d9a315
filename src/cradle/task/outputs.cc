// Checks of a model's outputs against what its task asks.
#include "cradle/task/outputs.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::task {

namespace {

std::string text_of(std::span<const std::int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, " × ")); }

std::string text_of(std::span<const TensorView> outputs) {
  std::vector<std::string> all;
  for (const TensorView& o : outputs) all.push_back(fmt::format("'{}' {}", o.name, text_of(o.shape)));
  return all.empty() ? "nothing" : fmt::format("{}", fmt::join(all, " and "));
}

std::size_t output_named(std::span<const TensorView> outputs, std::string_view name, std::string_view task) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == name) return i;
    names.emplace_back(outputs[i].name);
  }
  base::fail("the model has no output '{}', which {} asks for; it has {}{}", name, task, fmt::join(names, ", "),
             base::suggestion(name, names));
}

void check_classes(std::int64_t found, const DataInfo& info, std::string_view model) {
  if (found != static_cast<std::int64_t>(info.classes.size()))
    base::fail("the {} knows {} classes; {} has {}", model, found, info.name, info.classes.size());
}

Logits logits(const TensorView& output, std::size_t cells) {
  return {static_cast<std::size_t>(output.shape[0]), static_cast<std::size_t>(output.shape[1]), cells, output.values};
}

}  // namespace

Logits class_logits(std::span<const TensorView> outputs, const DataInfo& info) {
  const bool one = outputs.size() == 1 && outputs[0].shape.size() >= 2;
  bool flat = one;
  for (std::size_t i = 2; one && i < outputs[0].shape.size(); ++i) flat = flat && outputs[0].shape[i] == 1;
  if (!flat) base::fail("a classifier puts out one tensor [n × classes]; this model gives {}", text_of(outputs));
  check_classes(outputs[0].shape[1], info, "classifier");
  return logits(outputs[0], 1);
}

Logits pixel_logits(std::span<const TensorView> outputs, const DataInfo& info) {
  const bool fits = outputs.size() == 1 && outputs[0].shape.size() == 4 && outputs[0].shape[2] == info.image.height &&
                    outputs[0].shape[3] == info.image.width;
  if (!fits)
    base::fail("a segmenter puts out one tensor [n × classes × {} × {}]; this model gives {}", info.image.height,
               info.image.width, text_of(outputs));
  check_classes(outputs[0].shape[1], info, "segmenter");
  return logits(outputs[0], info.image.pixels());
}

CentreMaps centre_maps(std::span<const TensorView> outputs, const DataInfo& info) {
  CentreMaps maps;
  maps.heatmap_output = output_named(outputs, "heatmap", "detection");
  maps.box_output = output_named(outputs, "box", "detection");
  const TensorView &heatmap = outputs[maps.heatmap_output], &box = outputs[maps.box_output];
  const bool maps_fit = heatmap.shape.size() == 4 && box.shape.size() == 4 && heatmap.shape[0] == box.shape[0] &&
                        box.shape[1] == 4 && heatmap.shape[2] == heatmap.shape[3] && heatmap.shape[2] == box.shape[2] &&
                        box.shape[2] == box.shape[3];
  if (!maps_fit || heatmap.shape[2] <= 0 || info.image.width % heatmap.shape[2] != 0)
    base::fail(
        "a detector gives 'heatmap' [n × classes × s × s] and 'box' [n × 4 × s × s], where s divides {}; "
        "this model gives {} and {}",
        info.image.width, text_of(heatmap.shape), text_of(box.shape));
  check_classes(heatmap.shape[1], info, "detector");
  maps.heatmap = heatmap.values;
  maps.box = box.values;
  maps.images = static_cast<std::size_t>(heatmap.shape[0]);
  maps.classes = static_cast<int>(heatmap.shape[1]);
  maps.side = static_cast<int>(heatmap.shape[2]);
  maps.stride = info.image.width / maps.side;
  return maps;
}

}  // namespace cradle::task
