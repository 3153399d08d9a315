// A graph from and to an ONNX file, without losing what cradle does not touch.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cradle/graph/graph.h"

namespace cradle::onnx {

/// Reads a model of any operator set; operators, attributes and types that cradle does not know are kept for the
/// writer. Tensors in external files are read from the model's own folder. Nodes are put into an order that can be run.
/// Throws Error naming the file, and the node, tensor or value at fault: truncated or damaged bytes, shapes that do not
/// fit their data, undefined or doubly defined values, cycles. Cost linear; the file's bytes are in memory once more.
graph::Graph read_onnx(const std::filesystem::path& path);

/// The same from bytes; `name` is for messages, `folder` is where external tensors lie (empty: none may be external).
graph::Graph parse_onnx(std::string_view bytes, std::string_view name, const std::filesystem::path& folder = {});

/// Writes the model atomically, with all tensors inside. What came from a file and was not changed is written as it
/// stood: producer, metadata, documentation, functions, other operator sets, named dimensions, unknown fields.
/// Shapes of intermediate values are written only where the file had them and they still hold.
/// Throws Error if the graph is not sound (graph::check), the model exceeds protobuf's 2 GiB, or the disk refuses.
void write_onnx(const std::filesystem::path& path, const graph::Graph& graph);

/// The bytes that write_onnx writes; the same graph gives the same bytes.
std::string serialise_onnx(const graph::Graph& graph);

}  // namespace cradle::onnx
