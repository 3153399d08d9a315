// What the jobs of cradle-graph share.
#include "cradle/cli/graph_jobs.h"

#include <cmath>

#include "cradle/base/file.h"
#include "cradle/base/text.h"

namespace cradle::cli {

using base::Json;

std::int64_t integer_or(const Json& arguments, std::string_view key, double fallback, double least, double greatest,
                        std::string_view where) {
  const double value = base::json_number_or(arguments, key, fallback, where);
  if (!(value >= least && value <= greatest) || value != std::floor(value))
    base::fail("{}: '{}': expected a whole number from {} to {}, found {}", where, key, least, greatest, value);
  return static_cast<std::int64_t>(value);
}

Json file_facts(const std::filesystem::path& path) {
  const std::string bytes = base::read_file(path);
  return {{"output", path.string()}, {"size_bytes", bytes.size()}, {"sha256", base::sha256_of(bytes)}};
}

void fill_open_extents(graph::Graph& model, const Json& arguments, std::string_view where) {
  const auto given = arguments.find("open_extents");
  if (given == arguments.end() || given->is_null()) return;
  if (!given->is_array() || given->size() != 3)
    base::fail("{}: 'open_extents': expected [channels, height, width], found {}", where, given->dump());
  if (model.inputs.size() != 1 || model.inputs[0].shape.size() != 4) return;
  for (std::size_t axis = 1; axis < 4; ++axis)
    if (model.inputs[0].shape[axis] < 0) {
      const Json& extent = (*given)[axis - 1];
      if (!extent.is_number_integer() || extent.get<std::int64_t>() < 1)
        base::fail("{}: 'open_extents': expected extents of at least 1, found {}", where, extent.dump());
      model.inputs[0].shape[axis] = extent.get<std::int64_t>();
    }
}

void write_as_declared(const std::filesystem::path& output, graph::Graph graph, const Json& arguments,
                       std::string_view where) {
  graph::Graph declared = onnx::read_onnx(base::json_string(arguments, "model", where));
  graph.inputs = std::move(declared.inputs);
  graph.outputs = std::move(declared.outputs);
  onnx::write_onnx(output, graph);
}

}  // namespace cradle::cli
