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

Graph build_architecture(std::string_view name, double width, int classes, std::uint64_t seed) {
  if (!(width >= 0.1 && width <= 16.0)) base::fail_usage("the width must lie between 0.1 and 16, found {}", width);
  if (classes < 1 || classes > 10000)
    base::fail_usage("the number of classes must lie between 1 and 10000, found {}", classes);
  std::vector<std::string> names;
  for (const auto family : {classifiers(), detectors(), anchor_detectors(), segmenters()})
    for (const BuiltIn& one : family) {
      names.push_back(one.architecture.name);
      if (one.architecture.name != name) continue;
      Graph graph = one.build(width, classes, seed);
      graph.metadata["cradle.task"] = one.architecture.task;  // so that who reads the file knows what to ask of it
      return graph;
    }
  base::fail_usage("there is no built-in architecture '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

}  // namespace cradle::graph
