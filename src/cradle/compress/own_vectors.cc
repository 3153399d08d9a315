// Copies shared vectors and merges equal ones.
#include "cradle/compress/own_vectors.h"

#include <algorithm>
#include <set>
#include <vector>

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Tensor;

bool is_vector(const Tensor& tensor) {
  return std::ranges::count_if(tensor.shape, [](std::int64_t extent) { return extent != 1; }) == 1;
}

bool equal(const Tensor& a, const Tensor& b) { return a.type == b.type && a.shape == b.shape && a.bytes == b.bytes; }

}  // namespace

std::map<std::string, std::string> own_vectors(Graph& graph) {
  std::map<std::string, std::string> original_of;
  const graph::Links links = links_of(graph);
  std::set<std::string> met;
  for (graph::Node& node : graph.nodes)
    for (std::string& input : node.inputs) {
      const Tensor* tensor = initializer_of(graph, input);
      if (tensor == nullptr || !is_vector(*tensor) || met.insert(input).second) continue;
      const std::string copy = fresh_name(graph, links, input + ".copy");
      graph.initializers[copy] = *tensor;
      original_of[copy] = input;
      input = copy;
    }
  return original_of;
}

void share_vectors(Graph& graph, const std::map<std::string, std::string>& original_of) {
  std::map<std::string, std::vector<std::string>> kept;  // by original: names of those that differ
  std::map<std::string, std::string> renamed;
  for (const auto& [copy, original] : original_of) {
    std::vector<std::string>& names = kept.try_emplace(original, std::vector{original}).first->second;
    const Tensor& tensor = graph.initializers.at(copy);
    const auto same =
        std::ranges::find_if(names, [&](const auto& name) { return equal(graph.initializers.at(name), tensor); });
    if (same == names.end())
      names.push_back(copy);
    else
      renamed[copy] = *same;
  }
  for (graph::Node& node : graph.nodes)
    for (std::string& input : node.inputs)
      if (const auto it = renamed.find(input); it != renamed.end()) input = it->second;
  for (const auto& [copy, name] : renamed) graph.initializers.erase(copy);
}

}  // namespace cradle::compress
