// The list of the built-in architectures, and building one by its name.
#include "cradle/graph/architectures.h"

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/graph/architecture_builder.h"

namespace cradle::graph {

std::vector<Architecture> architectures() {
  std::vector<Architecture> list;
  for (const auto family : {classifiers(), detectors(), anchor_detectors(), segmenters()})
    for (const BuiltIn& one : family) list.push_back(one.architecture);
  return list;
}

namespace {

constexpr int kLeastSide = 8, kMostSide = 4096;

/// The extents asked for, or the usual ones where none are. What divides an image must divide its sides: the maps that
/// a detector joins are up to 16 pixels coarse, those of a segmenter 8.
ImageExtents extents_of(const Architecture& a, ImageExtents image, bool reference) {
  const bool classifies = a.task == "classification", detects = a.task == "detection";
  const int usual = reference ? 224 : classifies ? 28 : 64, multiple = classifies ? 1 : detects ? 16 : 8;
  if (image.channels == 0) image.channels = reference ? 3 : 1;
  if (image.height == 0) image.height = usual;
  if (image.width == 0) image.width = usual;
  const auto fits = [&](int side) { return side >= kLeastSide && side <= kMostSide && side % multiple == 0; };
  if (image.channels < 1 || !fits(image.height) || !fits(image.width) || (detects && image.height != image.width))
    base::fail_usage("'{}' takes {}images of {} to {} pixels either way{}, found {} × {} with {} channels", a.name,
                     detects ? "square " : "", kLeastSide, kMostSide,
                     multiple > 1 ? fmt::format(", in multiples of {}", multiple) : "", image.height, image.width,
                     image.channels);
  return image;
}

}  // namespace

Graph build_architecture(std::string_view name, double width, int classes, std::uint64_t seed,
                         const ImageExtents& image) {
  if (!(width >= 0.1 && width <= 16.0)) base::fail_usage("the width must lie between 0.1 and 16, found {}", width);
  if (classes < 1 || classes > 10000)
    base::fail_usage("the number of classes must lie between 1 and 10000, found {}", classes);
  std::vector<std::string> names;
  for (const auto family : {classifiers(), detectors(), anchor_detectors(), segmenters(), reference_networks()})
    for (const BuiltIn& one : family) {
      names.push_back(one.architecture.name);
      if (one.architecture.name != name) continue;
      Graph graph = one.build(
          {width, classes, seed, extents_of(one.architecture, image, family.data() == reference_networks().data())});
      graph.metadata["cradle.task"] = one.architecture.task;  // so that who reads the file knows what to ask of it
      return graph;
    }
  base::fail_usage("there is no built-in architecture '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

}  // namespace cradle::graph
