// Debian's libonnx-testdata in each engine: every model of operators that cradle claims for it, against the recorded
// outputs. The table of docs/ENGINES.md is what comes of it; CRADLE_RENEW_DOCS=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/left_out_test.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnx_bytes.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy {
namespace {

constexpr const char* kData = "/usr/share/libonnx-testdata/data";
// ONNX's own runner allows a relative error of 1e-3 (onnx/backend/test/case/node); numbers near zero need an absolute.
constexpr double kRelative = 1e-3, kAbsolute = 1e-5;

/// Not claimed: training, and types that the test data themselves write as others (bfloat16 as uint16) or as texts.
bool is_claimed(const std::string& test) {
  return test.find("training") == std::string::npos && test.find("BFLOAT16") == std::string::npos &&
         test.find("STRING") == std::string::npos;
}

/// Where both engines agree with each other and not with the record: ONNX computed these from the scale and not from
/// the extents, and recorded them anew in version 1.13.
const std::set<std::string> kRecordIsDoubted = {"test_resize_downsample_scales_cubic_align_corners",
                                                "test_resize_downsample_scales_linear_align_corners"};

std::vector<std::filesystem::path> models() {
  std::vector<std::filesystem::path> paths;
  for (const char* part : {"node", "simple", "pytorch-operator", "pytorch-converted"}) {
    const std::filesystem::path folder = std::filesystem::path(kData) / part;
    if (!std::filesystem::exists(folder)) return {};
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (is_claimed(entry.path().filename()) &&
          std::filesystem::exists(entry.path() / "test_data_set_0" / "output_0.pb"))
        paths.push_back(entry.path() / "model.onnx");
  }
  std::ranges::sort(paths);
  return paths;
}

graph::Tensor tensor_in(const std::filesystem::path& file) {
  return onnx::parse_onnx(testing::onnx_of_tensor(base::read_file(file)), file.string()).initializers.at("t");
}

std::vector<float> numbers_in(const graph::Tensor& tensor) {
  if (tensor.type == graph::Type::kF32) return {tensor.f32().begin(), tensor.f32().end()};
  std::vector<float> numbers;
  for (const std::uint8_t byte : tensor.bytes)
    numbers.push_back(tensor.type == graph::Type::kI8 ? static_cast<std::int8_t>(byte) : byte);
  return numbers;
}

bool is_number(graph::Type type) {
  return type == graph::Type::kF32 || type == graph::Type::kU8 || type == graph::Type::kI8;
}

/// Inputs that a test feeds but a real model holds as constants: parameters of how an operator works.
bool is_parameter(const graph::Graph& graph, const std::string& input) {
  static const std::map<std::string, std::size_t> first_parameter = {
      {"BatchNormalization", 1}, {"Clip", 1},   {"DequantizeLinear", 1}, {"Pad", 1},
      {"QuantizeLinear", 1},     {"Resize", 1}, {"Upsample", 1}};
  for (const graph::Node& node : graph.nodes)
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (const auto it = first_parameter.find(node.op); node.inputs[i] == input && it != first_parameter.end())
        return i >= it->second;
  return false;
}

/// A test with its parameters in the model and its numbers beside it.
struct Case {
  std::string op;
  std::set<std::string> ops;
  std::filesystem::path model;
  std::vector<std::pair<std::string, graph::Tensor>> inputs;
  graph::Tensor expected;
};

std::optional<Case> case_of(const std::filesystem::path& path) {
  Case one;
  graph::Graph graph;
  try {
    graph = onnx::read_onnx(path);
  } catch (const base::Error&) {
    return std::nullopt;  // sparse weights
  }
  if (graph.nodes.empty() || graph.opset < graph::kOldestOpset || !is_number(graph.outputs[0].type))
    return std::nullopt;
  for (const graph::Node& node : graph.nodes)
    one.ops.insert(node.domain.empty() ? node.op : node.domain + "." + node.op);
  one.op = graph.nodes[0].op;
  const auto data = path.parent_path() / "test_data_set_0";
  try {
    one.expected = tensor_in(data / "output_0.pb");
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
      one.inputs.emplace_back(graph.inputs[i].name, tensor_in(data / fmt::format("input_{}.pb", i)));
  } catch (const base::Error&) {
    return std::nullopt;  // an optional input that is not there, or no tensor
  }
  if (one.expected.type != graph.outputs[0].type) return std::nullopt;
  // Numbers of other types can only come as constants: the executors are fed floats.
  for (const auto& [name, tensor] : one.inputs)
    if (tensor.type != graph::Type::kF32 || is_parameter(graph, name)) graph.initializers[name] = tensor;
  std::erase_if(graph.inputs, [&](const graph::Value& v) { return graph.initializers.contains(v.name); });
  std::erase_if(one.inputs, [&](const auto& input) { return graph.initializers.contains(input.first); });
  one.model = testing::scratch_file("conformance.onnx");
  onnx::write_onnx(one.model, graph);
  return one;
}

/// "" if the engine gives the recorded numbers.
std::string fault_of(const Case& one, Executor& executor) {
  std::vector<TensorView> inputs;
  for (const auto& [name, tensor] : one.inputs) inputs.push_back({name, tensor.shape, tensor.f32()});
  const TensorView found = executor.run(inputs)[0];
  const std::vector<float> wanted = numbers_in(one.expected);
  if (!std::ranges::equal(found.shape, one.expected.shape)) return "another shape";
  // Half-way cases of codes may fall on either side.
  const double code = one.expected.type == graph::Type::kF32 ? 0 : 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto have = static_cast<double>(found.values[i]), want = static_cast<double>(wanted[i]);
    const bool both_none = std::isnan(have) && std::isnan(want);
    if (have == want || both_none) continue;
    if (!(std::abs(have - want) <= kAbsolute + kRelative * std::abs(want) + code))
      return fmt::format("{} where {} is wanted, at {}", have, want, i);
  }
  return "";
}

struct Score {
  int claimed = 0, passed = 0;
};
struct Engine {
  std::string name;
  std::vector<std::string> operators;  // sorted
  std::function<std::unique_ptr<Executor>(const std::filesystem::path&)> open;
  std::map<std::string, Score> scores;
  std::vector<std::string> refused;
};

void run_case(Engine& engine, const Case& one, const std::string& test) {
  if (!std::ranges::all_of(one.ops, [&](const auto& op) { return std::ranges::binary_search(engine.operators, op); }))
    return;
  Score& score = engine.scores[one.op];
  ++score.claimed;
  try {
    const std::string fault = fault_of(one, *engine.open(one.model));
    EXPECT_EQ(fault.empty(), !kRecordIsDoubted.contains(test)) << test << " in " << engine.name << ": " << fault;
    score.passed += fault.empty() ? 1 : 0;
  } catch (const base::Error& error) {  // refused with a reason, which is not a wrong number
    engine.refused.push_back(test + ": " + error.what());
  }
}

std::string table_of(const std::vector<Engine>& engines) {
  std::set<std::string> ops;
  for (const Engine& engine : engines)
    for (const auto& [op, score] : engine.scores) ops.insert(op);
  std::string text = "| operator |";
  for (const Engine& engine : engines) text += fmt::format(" {} |", engine.name);
  text += "\n|---|---|---|\n";
  std::vector<Score> sums(engines.size());
  for (const std::string& op : ops) {
    text += fmt::format("| {} |", op);
    for (std::size_t i = 0; i < engines.size(); ++i) {
      const auto score = engines[i].scores.find(op);
      if (score == engines[i].scores.end()) {
        text += " – |";
        continue;
      }
      text += fmt::format(" {} of {} |", score->second.passed, score->second.claimed);
      sums[i].passed += score->second.passed;
      sums[i].claimed += score->second.claimed;
    }
    text += "\n";
  }
  text += "| all |";
  for (const Score& sum : sums) text += fmt::format(" {} of {} |", sum.passed, sum.claimed);
  return text + "\n";
}

/// The page with what stands between the marks replaced.
std::string with_table(const std::string& page, const std::string& table) {
  const std::string begin = "<!-- conformance: written by cradle_deploy_test -->\n", end = "<!-- end -->";
  const std::size_t from = page.find(begin), to = page.find(end);
  if (from == std::string::npos || to == std::string::npos) return "";
  return page.substr(0, from + begin.size()) + table + page.substr(to);
}

TEST(Conformance, EachEngineGivesTheRecordedNumbersOfWhatItClaims) {
  const std::vector<std::filesystem::path> paths = models();
  if (base::left_out(!paths.empty(), "libonnx-testdata is not installed")) return;
  std::vector<Engine> engines = {
      {"ONNX Runtime", graph::supported_operators(), [](const auto& p) { return open_onnxruntime(p); }, {}, {}},
      {"oneDNN", onednn_operators(), [](const auto& p) { return open_onednn(p); }, {}, {}}};
  for (const std::filesystem::path& path : paths)
    if (const std::optional<Case> one = case_of(path))
      for (Engine& engine : engines) run_case(engine, *one, path.parent_path().filename().string());
  const std::string table = table_of(engines);
  for (const Engine& engine : engines)
    for (const std::string& refused : engine.refused)
      std::printf("  %s refuses %s\n", engine.name.c_str(), refused.c_str());
  std::printf("%s", table.c_str());
  const std::filesystem::path page = std::filesystem::path(CRADLE_SOURCE) / "docs/ENGINES.md";
  const std::string is = base::read_file(page), should = with_table(is, table);
  if (std::getenv("CRADLE_RENEW_DOCS") != nullptr && !should.empty())
    base::write_file(page, should);
  else
    EXPECT_EQ(is, should) << "docs/ENGINES.md has another table; CRADLE_RENEW_DOCS=1 writes it anew";
}

}  // namespace
}  // namespace cradle::deploy
