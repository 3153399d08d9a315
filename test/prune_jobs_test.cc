// cradle-graph's jobs around pruning, by job files as recipes write them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::test {
namespace {

using base::Json;

std::string in_scratch(const std::string& name) { return (base::scratch_folder() / name).string(); }

/// The answer, or {"error": what it printed}.
Json job(const std::string& kind, const Json& arguments) {
  const std::string file = in_scratch("job.json"), answer = in_scratch("answer.json"), err = in_scratch("err.txt");
  std::filesystem::remove(answer);
  base::write_json(file, {{"schema", "cradle.job/1"}, {"kind", kind}, {"arguments", arguments}, {"answer", answer}});
  if (std::system((CRADLE_GRAPH " " + file + " 2> " + err).c_str()) != 0) return {{"error", base::read_file(err)}};
  return base::read_json(answer);
}

std::string written(const std::string& name, const graph::Graph& graph) {
  onnx::write_onnx(in_scratch(name), graph);
  return in_scratch(name);
}

const std::string& classifier() {
  static const std::string path = written("net.onnx", graph::build_architecture("resnet-small", 1, 10, 1));
  return path;
}

std::string error_of(const std::string& kind, const Json& arguments) {
  const Json answer = job(kind, arguments);
  return answer.contains("error") ? answer["error"].get<std::string>() : "no error";
}

graph::GraphCost cost_of(const std::string& path) {
  graph::Graph graph = onnx::read_onnx(path);
  graph::infer_shapes(graph);
  return graph::cost_of(graph);
}

TEST(PruneJobs, ListGroups) {
  const Json groups = job("groups", {{"model", classifier()}}).at("groups");
  ASSERT_EQ(groups.size(), 7U);
  EXPECT_EQ(groups[0].at("name"), "stem.conv");
  EXPECT_EQ(groups[0].at("layers"), Json({"stem.conv", "stage1.conv2"}));
  EXPECT_EQ(groups[0].at("channels"), 16);
  EXPECT_FALSE(groups[0].contains("protected"));
  EXPECT_EQ(groups[6].at("protected"), "it is the graph's output 'logits'");
}

TEST(PruneJobs, PruneToEachKindOfAmount) {
  const graph::GraphCost before = cost_of(classifier());
  for (const char* amount : {"ratio", "macs", "parameters"}) {
    const std::string output = in_scratch("pruned.onnx");
    const Json answer = job("prune", {{"model", classifier()}, {"output", output}, {amount, 0.5}});
    ASSERT_FALSE(answer.contains("error")) << answer;
    const graph::GraphCost after = cost_of(output);
    EXPECT_EQ(answer.at("output"), output);
    EXPECT_EQ(answer.at("size_bytes"), std::filesystem::file_size(output));
    EXPECT_EQ(answer.at("macs"), Json({{"before", before.macs}, {"after", after.macs}}));
    EXPECT_EQ(answer.at("parameters"), Json({{"before", before.parameters}, {"after", after.parameters}}));
    EXPECT_EQ(answer.at("groups")[0].at("before"), 16);
    EXPECT_EQ(answer.at("groups")[5].at("before"), 64);
    EXPECT_LT(answer.at("groups")[5].at("after"), 64);
    EXPECT_EQ(onnx::read_onnx(output).inputs[0].shape[0], -1) << "the batch stays open";
    if (amount != std::string("ratio")) {
      EXPECT_LE(answer.at(amount).at("after").get<double>(), 0.5 * answer.at(amount).at("before").get<double>());
    }
  }
}

TEST(PruneJobs, PruneByScoresOfAFile) {
  const graph::Graph graph = graph::build_architecture("mlp", 1, 10, 1);
  Json scores = Json::object();
  for (const char* name : {"dense1.weight", "dense2.weight"}) {
    std::vector<double> ascending(static_cast<std::size_t>(graph.initializers.at(name).shape[0]));
    for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<double>(i);
    scores[name] = ascending;
  }
  const std::string file = in_scratch("scores.json"), output = in_scratch("by_scores.onnx");
  base::write_json(file, {{"kind", "taylor"}, {"images", 8}, {"scores", scores}});
  const Json answer = job("prune", {{"model", written("mlp.onnx", graph)},
                                    {"output", output},
                                    {"importance", "scores"},
                                    {"scores", file},
                                    {"ratio", 0.5}});
  ASSERT_FALSE(answer.contains("error")) << answer;
  const graph::Graph pruned = onnx::read_onnx(output);
  const auto old = graph.initializers.at("dense1.weight").f32(), kept = pruned.initializers.at("dense1.weight").f32();
  EXPECT_TRUE(std::ranges::equal(kept, old.last(kept.size()))) << "the later half has the higher scores";
}

TEST(PruneJobs, PruneFillsExtentsThatAreOpenAndLeavesThemOpen) {
  graph::Graph graph = graph::build_architecture("fcn-plain", 1, 4, 1);
  graph.inputs[0].shape = {-1, 1, -1, -1};
  graph.outputs[0].shape = {-1, 4, -1, -1};
  const std::string model = written("open.onnx", graph), output = in_scratch("open_pruned.onnx");
  EXPECT_NE(error_of("prune", {{"model", model}, {"output", output}, {"ratio", 0.5}}), "no error");
  const Json answer =
      job("prune", {{"model", model}, {"output", output}, {"ratio", 0.5}, {"open_extents", {1, 64, 64}}});
  ASSERT_FALSE(answer.contains("error")) << answer;
  EXPECT_EQ(onnx::read_onnx(output).inputs[0].shape, (graph::Shape{-1, 1, -1, -1}));
  EXPECT_EQ(onnx::read_onnx(output).outputs[0].shape, (graph::Shape{-1, 4, -1, -1}));
}

TEST(PruneJobs, RefuseWhatCannotBeMeant) {
  const Json base = {{"model", classifier()}, {"output", in_scratch("never.onnx")}};
  const auto with = [&](const Json& more) {
    Json arguments = base;
    arguments.update(more);
    return error_of("prune", arguments);
  };
  EXPECT_NE(with(Json::object()).find("exactly one of 'ratio', 'macs' and 'parameters', found 0"), std::string::npos);
  EXPECT_NE(with({{"ratio", 0.5}, {"macs", 0.5}}).find("found 2"), std::string::npos);
  EXPECT_NE(with({{"ratio", 1}}).find("would remove whole layers"), std::string::npos);
  EXPECT_NE(with({{"ratio", 0.5}, {"importance", "l3"}}).find("no importance 'l3'"), std::string::npos);
  EXPECT_NE(with({{"ratio", 0.5}, {"importance", "scores"}}).find("give both or neither"), std::string::npos);
  EXPECT_NE(with({{"ratio", 0.5}, {"scope", "local"}}).find("no scope 'local'"), std::string::npos);
  EXPECT_NE(with({{"ratio", 0.5}, {"least", 0}}).find("'least'"), std::string::npos);
  EXPECT_NE(with({{"rate", 0.5}}).find("unknown key 'rate'"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(in_scratch("never.onnx")));
}

TEST(PruneJobs, RefuseToEmptyALayer) {
  graph::Graph graph = graph::build_architecture("mlp", 0.1, 10, 1);
  for (float& w : graph.initializers.at("dense2.weight").f32()) w *= 1e-6F;
  const std::string model = written("small_layer.onnx", graph), output = in_scratch("empty.onnx");
  Json arguments = {{"model", model}, {"output", output}, {"keep", 0.1}};
  const std::string fault = error_of("sparsify", arguments);
  EXPECT_NE(fault.find("small_layer.onnx: layer 'dense2' would lose all of its "), std::string::npos) << fault;
  EXPECT_NE(fault.find(" weights: keep more, or give each layer its share (scope layer)"), std::string::npos) << fault;
  EXPECT_FALSE(std::filesystem::exists(output));
  arguments["scope"] = "layer";
  for (const Json& layer : job("sparsify", arguments).at("layers")) EXPECT_GT(layer.at("kept"), 0);
}

TEST(PruneJobs, StoreAndFactoriseLeaveOpenExtentsOpen) {
  graph::Graph graph = graph::build_architecture("fcn-plain", 1, 4, 1);
  graph.inputs[0].shape = {-1, 1, -1, -1};
  graph.outputs[0].shape = {-1, 4, -1, -1};
  const std::string model = written("open.onnx", graph), output = in_scratch("open_out.onnx");
  for (const auto& [kind, more] : {std::pair<const char*, Json>{"store", {{"type", "fp16"}, {"compute", true}}},
                                   {"factorise", {{"ranks", "energy"}, {"amount", 0.5}}}}) {
    Json arguments = {{"model", model}, {"output", output}};
    arguments.update(more);
    EXPECT_NE(error_of(kind, arguments), "no error") << kind << " follows shapes";
    arguments["open_extents"] = {1, 64, 64};
    const Json answer = job(kind, arguments);
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_EQ(onnx::read_onnx(output).inputs[0].shape, (graph::Shape{-1, 1, -1, -1})) << kind;
    EXPECT_EQ(onnx::read_onnx(output).outputs[0].shape, (graph::Shape{-1, 4, -1, -1})) << kind;
  }
}

TEST(PruneJobs, MakeLotteryTickets) {
  const std::string sparse = in_scratch("sparse.onnx"), fresh = in_scratch("fresh.onnx"), ticket = in_scratch("t.onnx");
  const Json pruned =
      job("sparsify",
          {{"model", classifier()}, {"output", sparse}, {"keep", 0.2}, {"scope", "layer"}, {"gentle_output", true}});
  ASSERT_FALSE(pruned.contains("error")) << pruned;
  const Json& last = pruned.at("layers").back();
  EXPECT_EQ(last.at("name"), "classifier");
  const auto all = pruned.at("weights").get<double>(), of_last = last.at("weights").get<double>();
  // The share of the others that stays, so that a fifth of all does: docs/METHODS.md, "Single weights".
  const double others = (0.2 * all - of_last / 2) / (all - of_last / 2);
  EXPECT_NEAR(last.at("kept").get<double>() / of_last, 1 - (1 - others) / 2, 0.01);
  EXPECT_NEAR(pruned.at("layers")[0].at("kept").get<double>() / pruned.at("layers")[0].at("weights").get<double>(),
              others, 0.01);
  EXPECT_LE(pruned.at("kept").get<double>(), 0.2 * all);
  const Json drawn = job("reinitialise", {{"model", sparse}, {"output", fresh}, {"seed", 9}, {"keep_zeros", true}});
  ASSERT_FALSE(drawn.contains("error")) << drawn;
  const Json masked = job("mask", {{"model", classifier()}, {"mask_of", fresh}, {"output", ticket}});
  ASSERT_FALSE(masked.contains("error")) << masked;
  EXPECT_EQ(masked.at("layers"), pruned.at("layers"));
  EXPECT_EQ(onnx::read_onnx(ticket).initializers.at("stage1.conv1.weight").bytes,
            onnx::read_onnx(sparse).initializers.at("stage1.conv1.weight").bytes);
  EXPECT_NE(onnx::read_onnx(fresh).initializers.at("stage1.conv1.weight").bytes,
            onnx::read_onnx(sparse).initializers.at("stage1.conv1.weight").bytes);
  EXPECT_NE(error_of("sparsify", {{"model", classifier()}, {"output", sparse}, {"keep", 0}}), "no error");
}

}  // namespace
}  // namespace cradle::test
