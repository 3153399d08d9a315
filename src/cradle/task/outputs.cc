// Checks of a model's outputs against what its task asks.
#include "cradle/task/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/task/anchors.h"

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

/// How far beyond 0 and 1 a probability may lie: codes of eight bits, and of fewer, decode to a little outside
/// (assumed: half a step of five bits).
constexpr float kBeyond = 1.0f / 64;

/// Logits in their place would be judged, and trained, without a word. What is no number passes: the loss tells of it.
void check_probabilities(const TensorView& output) {
  for (const float value : output.values)
    if (value < -kBeyond || value > 1 + kBeyond)
      base::fail("the output '{}': its one channel must be a probability (end with a sigmoid); found {:.6g}",
                 output.name, value);
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
  if (outputs[0].shape[1] != 1 || info.classes.size() != 2) check_classes(outputs[0].shape[1], info, "segmenter");
  if (outputs[0].shape[1] == 1) check_probabilities(outputs[0]);
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

namespace {

/// The output of a level, if it is [n × channels × rows × columns].
std::span<const float> map_of(const TensorView& output, std::int64_t channels, const AnchorLevel& level,
                              const DataInfo& info, std::int64_t images) {
  const std::vector<std::int64_t> wanted = {images, channels, info.image.height / level.stride,
                                            info.image.width / level.stride};
  if (!std::equal(wanted.begin(), wanted.end(), output.shape.begin(), output.shape.end()))
    base::fail("the model's anchors ask for '{}' {} with {} classes and a stride of {}; this model gives {}",
               output.name, text_of(wanted), info.classes.size(), level.stride, text_of(output.shape));
  return output.values;
}

}  // namespace

AnchorMaps anchor_maps(std::span<const TensorView> outputs, const DataInfo& info, const AnchorScheme& scheme) {
  AnchorMaps maps;
  maps.classes = info.classes.size();
  for (const AnchorLevel& level : scheme.levels) {
    AnchorMaps::Level at;
    at.scores_output = output_named(outputs, level.scores, "its metadata 'cradle.anchors'");
    at.offsets_output = output_named(outputs, level.offsets, "its metadata 'cradle.anchors'");
    const auto shapes = static_cast<std::int64_t>(level.shapes.size());
    const TensorView& scores = outputs[at.scores_output];
    const std::int64_t images = scores.shape.empty() ? 0 : scores.shape[0];
    at.shapes = level.shapes.size();
    at.cells = static_cast<std::size_t>(info.image.height / level.stride) *
               static_cast<std::size_t>(info.image.width / level.stride);
    at.scores = map_of(scores, shapes * static_cast<std::int64_t>(maps.classes + 1), level, info, images);
    at.offsets = map_of(outputs[at.offsets_output], shapes * 4, level, info, images);
    maps.images = static_cast<std::size_t>(images);
    maps.levels.push_back(at);
  }
  return maps;
}

}  // namespace cradle::task
