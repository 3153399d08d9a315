// Writes the job of run_model.js, runs it and reads its answer.
#include "consumer.h"

#include <cstdlib>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/graph/graph.h"

namespace cradle::test {
namespace {

using deploy::testing::Feed;

const std::filesystem::path kModules = CRADLE_NODE_MODULES;

std::string_view bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// The outputs of one run, whose numbers lie in `file` one after the other.
std::vector<Feed> outputs_of(const base::Json& answer, const std::filesystem::path& file) {
  const std::string bytes = base::read_file(file);
  std::vector<Feed> outputs;
  std::size_t begin = 0;
  for (const base::Json& said : answer.at("outputs")) {
    Feed output{said.at("name"), said.at("shape"), {}};
    output.values.resize(static_cast<std::size_t>(graph::elements_of(output.shape)));
    const std::size_t size = output.values.size() * sizeof(float);
    if (begin + size > bytes.size()) throw base::Error(file.string() + ": shorter than the shapes of its outputs");
    std::memcpy(output.values.data(), bytes.data() + begin, size);
    begin += size;
    outputs.push_back(std::move(output));
  }
  if (begin != bytes.size()) throw base::Error(file.string() + ": longer than the shapes of its outputs");
  return outputs;
}

}  // namespace

bool has_node_consumer() {
  return std::filesystem::exists(CRADLE_NODE) && std::filesystem::exists(kModules / "onnxruntime-node/package.json") &&
         std::filesystem::exists(kModules / "onnxruntime-common/package.json");
}

std::vector<std::vector<Feed>> run_under_node(const std::vector<ConsumerRun>& runs) {
  const std::filesystem::path folder = base::scratch_folder() / "node";
  std::filesystem::create_directories(folder);
  const auto file = [&](std::size_t run, const char* ending) { return folder / (std::to_string(run) + ending); };
  base::Json job{{"runs", base::Json::array()}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    base::write_file(file(i, ".in.f32"), bytes_of(runs[i].input.values));
    job["runs"].push_back(
        {{"model", runs[i].model.string()},
         {"output", file(i, ".out.f32").string()},
         {"inputs",
          {{{"name", runs[i].input.name}, {"shape", runs[i].input.shape}, {"file", file(i, ".in.f32").string()}}}}});
  }
  base::write_json(folder / "job.json", job);
  const std::string command = "NODE_PATH='" + kModules.string() + "' '" CRADLE_NODE "' '" CRADLE_NODE_CONSUMER "' '" +
                              (folder / "job.json").string() + "' '" + (folder / "answer.json").string() + "' > '" +
                              (folder / "said").string() + "' 2>&1";
  if (std::system(command.c_str()) != 0)
    throw base::Error("onnxruntime-node failed: " + base::read_file(folder / "said"));
  const base::Json answer = base::read_json(folder / "answer.json");
  std::vector<std::vector<Feed>> outputs;
  for (std::size_t i = 0; i < runs.size(); ++i)
    outputs.push_back(outputs_of(answer.at("runs").at(i), file(i, ".out.f32")));
  std::filesystem::remove_all(folder);
  return outputs;
}

}  // namespace cradle::test
