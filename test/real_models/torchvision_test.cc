// torchvision's networks, exported here by PyTorch: read, costed, written, and the same in every engine.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compressed.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "cradle/base/scratch_test.h"
#include "cradle/compress/channel_pruning.h"
#include "cradle/graph/cost.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"
#include "engines.h"
#include "pruned.h"

namespace cradle::test {
namespace {

constexpr const char* kPython = "/usr/bin/python3";  // Debian's, for which its torchvision is

/// Where the exports lie, made once per process; empty where there is no torchvision.
const std::filesystem::path& exports() {
  static const std::filesystem::path folder = [] {
    const std::string python = kPython;
    if (std::system((python + " -c 'import torchvision' 2>/dev/null").c_str()) != 0) return std::filesystem::path();
    const std::filesystem::path made = base::scratch_folder() / "torchvision";
    std::filesystem::create_directories(made);
    const std::string line =
        python + " -W ignore " CRADLE_REAL_MODELS "/export_torchvision.py " + made.string() + " 2>/dev/null";
    return std::system(line.c_str()) == 0 ? made : std::filesystem::path();
  }();
  return folder;
}

struct Net {
  const char* name;
  double parameters, macs;  // of one image: torchvision's documentation, of its own extents scaled; 0: not compared
  std::size_t groups, protected_groups;  // of channels
};

class Torchvision : public testing::TestWithParam<Net> {};

TEST_P(Torchvision, IsTheSameInEveryEngine) {
  if (base::left_out(!exports().empty(), "Debian's python3-torchvision is not installed")) return;
  const std::filesystem::path model = exports() / (std::string(GetParam().name) + ".onnx");
  const base::Json shapes = base::read_json(std::filesystem::path(model).replace_extension("json"));
  const auto numbers = [&](const char* what) {
    return Numbers{shapes.at(what).get<std::vector<std::int64_t>>(),
                   floats_in(std::filesystem::path(model).replace_extension(what))};
  };
  const Numbers input = numbers("in"), wanted = numbers("out");
  const auto by_engine = first_output_by_engine(model, input);
  for (const auto& [engine, output] : by_engine) EXPECT_LT(difference(output, wanted), 2e-5) << engine;
  EXPECT_EQ(by_engine.at("ONNX Runtime").values, by_engine.at("read and written").values);
}

TEST_P(Torchvision, CostsWhatItsDocumentationSays) {
  if (base::left_out(!exports().empty(), "Debian's python3-torchvision is not installed")) return;
  graph::Graph graph = onnx::read_onnx(exports() / (std::string(GetParam().name) + ".onnx"));
  graph::infer_shapes(graph, 1);
  const graph::GraphCost cost = graph::cost_of(graph);
  // PyTorch folds batch norms when it exports: half of their parameters are gone.
  if (GetParam().parameters > 0) {
    EXPECT_NEAR(cost.parameters, GetParam().parameters, 0.01 * GetParam().parameters);
  }
  if (GetParam().macs > 0) {
    EXPECT_NEAR(cost.macs, GetParam().macs, 0.01 * GetParam().macs);
  }
}

// Which groups there are, by hand from the papers' figures: a chain through all that a residual connection joins, one
// more for each convolution whose output goes to one place.
TEST_P(Torchvision, LosesDeadChannelsWithoutATrace) {
  if (base::left_out(!exports().empty(), "Debian's python3-torchvision is not installed")) return;
  const std::filesystem::path model = exports() / (std::string(GetParam().name) + ".onnx");
  const base::Json shapes = base::read_json(std::filesystem::path(model).replace_extension("json"));
  const Trace trace = trace_of_dead_channels(model, {shapes.at("in").get<std::vector<std::int64_t>>(),
                                                     floats_in(std::filesystem::path(model).replace_extension("in"))});
  EXPECT_LT(trace.difference, 1e-6);  // what float32 of the outputs, as compared here, can tell
  EXPECT_LT(trace.engine_difference, 2e-5);
  EXPECT_EQ(trace.groups, GetParam().groups);
  EXPECT_EQ(trace.protected_groups, GetParam().protected_groups);
  EXPECT_LT(trace.parameters, 0.9);
}

TEST_P(Torchvision, IsTheSameFolded) {
  if (base::left_out(!exports().empty(), "Debian's python3-torchvision is not installed")) return;
  const std::filesystem::path model = exports() / (std::string(GetParam().name) + ".onnx");
  const base::Json shapes = base::read_json(std::filesystem::path(model).replace_extension("json"));
  const Numbers input{shapes.at("in").get<std::vector<std::int64_t>>(),
                      floats_in(std::filesystem::path(model).replace_extension("in"))};
  EXPECT_LT(difference_after_folding(model, input), 2e-6);  // weights are rounded to float32 once more
}

TEST(TorchvisionPruning, HalvesTheWidthOfResNet18) {
  if (base::left_out(!exports().empty(), "Debian's python3-torchvision is not installed")) return;
  compress::PruneOptions options;
  options.value = 0.5;
  const compress::PrunedGraph pruned = compress::prune_channels(onnx::read_onnx(exports() / "resnet18.onnx"), options);
  // The net built at half the width: 3.06 million parameters with its batch norms, which the exporter has folded, and
  // 483 million multiply-accumulates.
  EXPECT_NEAR(pruned.parameters_after, 3.06e6, 0.01e6);
  EXPECT_NEAR(pruned.macs_after, 483e6, 0.5e6);
}

// Parameters and GFLOPS (there: multiply-accumulates at 224²) of torchvision's model tables, version 0.14.
INSTANTIATE_TEST_SUITE_P(Nets, Torchvision,
                         testing::Values(Net{"resnet18", 11689512, 1.814e9, 13, 1},
                                         Net{"mobilenet_v2", 3504872, 0.301e9 * 160 * 160 / 224 / 224, 26, 1},
                                         Net{"efficientnet_b0", 5288548, 0, 41, 1},
                                         Net{"squeezenet", 1235496, 0, 26, 1}, Net{"deeplab", 11020000, 0, 37, 1},
                                         Net{"ssdlite", 0, 0, 49, 12}, Net{"yolo", 0, 0, 12, 4}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace cradle::test
