// Zeroes channels and removes them.
#include "pruned.h"

#include "cradle/base/scratch_test.h"
#include "cradle/compress/dead_channels_test.h"
#include "cradle/compress/own_vectors.h"
#include "cradle/graph/channel_groups.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::test {
namespace {

constexpr double kShare = 0.15;  // of each group: enough to see, and the net still answers

double parameters_of(graph::Graph graph) {
  graph::infer_shapes(graph);
  return graph::cost_of(graph).parameters;
}

}  // namespace

Trace trace_of_dead_channels(const std::filesystem::path& model, const Numbers& input, bool constants) {
  graph::Graph graph = onnx::read_onnx(model);
  graph.inputs.at(0).shape = input.shape;
  graph::constants_to_initializers(graph);
  graph::drop_identities(graph);
  compress::own_vectors(graph);
  const graph::ChannelGroups groups = graph::channel_groups(graph);
  const compress::RemovedChannels removed = compress::testing::random_channels(groups, kShare, 3);
  compress::testing::kill(graph, groups, removed, constants);
  const graph::Graph pruned = compress::remove_channels(graph, groups, removed);
  const std::filesystem::path path = base::scratch_folder() / "pruned.onnx";
  onnx::write_onnx(path, pruned);
  const Numbers exact = first_output_exactly(pruned, input);
  Trace trace;
  trace.difference = difference(exact, first_output_exactly(graph, input));
  trace.engine_difference = difference(first_output(path, input), exact);
  trace.parameters = parameters_of(pruned) / parameters_of(graph);
  trace.groups = groups.groups.size();
  for (const graph::ChannelGroup& group : groups.groups) trace.protected_groups += group.protected_by.empty() ? 0 : 1;
  return trace;
}

}  // namespace cradle::test
