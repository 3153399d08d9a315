// One number for all that a graph computes with: everything written behind everything else, each with its length.
#include "cradle/graph/digest.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "cradle/base/file.h"

namespace cradle::graph {

namespace {

/// Lengths stand before what they count, so that no two graphs give the same bytes.
class Bytes {
 public:
  void add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    all_ += text;
  }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(std::int64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    all_.append(bytes, sizeof number);
  }
  void add(float number) { add(std::int64_t{std::bit_cast<std::int32_t>(number)}); }
  template <class T>
  void add(const std::vector<T>& list) {
    add(static_cast<std::int64_t>(list.size()));
    for (const T& one : list) add(one);
  }
  void add(const Tensor& tensor) {
    add(static_cast<std::int64_t>(tensor.type));
    add(tensor.shape);
    add(std::string_view(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()));
  }
  void add(const Opaque& opaque) { add(opaque.bytes); }
  void add(const Value& value) {
    add(value.name);
    add(static_cast<std::int64_t>(value.type));
    add(std::int64_t{value.ranked});
    add(value.shape);
  }
  void add(const Attribute& attribute) {
    add(static_cast<std::int64_t>(attribute.index()));
    std::visit([this](const auto& value) { add(value); }, attribute);
  }
  template <class T>
  void add(const std::map<std::string, T>& named) {
    add(static_cast<std::int64_t>(named.size()));
    for (const auto& [name, value] : named) {
      add(name);
      add(value);
    }
  }
  void add(const Node& node) {
    add(node.op);
    add(node.domain);
    add(node.inputs);
    add(node.outputs);
    add(node.attributes);
  }

  const std::string& all() const { return all_; }

 private:
  std::string all_;
};

}  // namespace

std::string digest_of(const Graph& graph) {
  Bytes bytes;
  bytes.add(graph.opset);
  bytes.add(graph.nodes);
  bytes.add(graph.inputs);
  bytes.add(graph.outputs);
  bytes.add(graph.initializers);
  return base::sha256_of(bytes.all());
}

}  // namespace cradle::graph
