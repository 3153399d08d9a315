// The jobs of cradle-graph that live in files of their own, and what they share. Each takes a job's arguments and
// `where` (the job file, for messages), and returns the answer (docs/FORMATS.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/graph/graph.h"
#include "cradle/onnx/model_file.h"

namespace cradle::cli {

/// A whole number in [least, greatest] at a key, or `fallback`.
std::int64_t integer_or(const base::Json& arguments, std::string_view key, double fallback, double least,
                        double greatest, std::string_view where);

/// What a file is, as every job answers that writes one: output, size_bytes, sha256.
base::Json file_facts(const std::filesystem::path& path);

/// Sets the extents that the input of images leaves open to those of "open_extents": channels, height, width.
void fill_open_extents(graph::Graph& model, const base::Json& arguments, std::string_view where);

/// Writes a graph with the extents of inputs and outputs that the job's "model" declares: those that "open_extents"
/// filled in serve to follow shapes, and stay open in the file.
void write_as_declared(const std::filesystem::path& output, graph::Graph graph, const base::Json& arguments,
                       std::string_view where);

/// Reads the job's "model", its open extents filled as the job says, and names the file in whatever `work` complains
/// about.
template <class Work>
auto with_model(const base::Json& arguments, std::string_view where, Work work) {
  const std::filesystem::path path = base::json_string(arguments, "model", where);
  graph::Graph model = onnx::read_onnx(path);
  fill_open_extents(model, arguments, where);
  return base::about(path.string(), [&] { return work(model); });
}

base::Json factorise(const base::Json& arguments, std::string_view where);
base::Json equalise(const base::Json& arguments, std::string_view where);
base::Json fold(const base::Json& arguments, std::string_view where);
base::Json instrument(const base::Json& arguments, std::string_view where);
base::Json quantise(const base::Json& arguments, std::string_view where);
base::Json simulate(const base::Json& arguments, std::string_view where);
base::Json harden(const base::Json& arguments, std::string_view where);

base::Json groups(const base::Json& arguments, std::string_view where);
base::Json mask(const base::Json& arguments, std::string_view where);
base::Json prune(const base::Json& arguments, std::string_view where);
base::Json reinitialise(const base::Json& arguments, std::string_view where);
base::Json sparsify(const base::Json& arguments, std::string_view where);
base::Json store(const base::Json& arguments, std::string_view where);

}  // namespace cradle::cli
