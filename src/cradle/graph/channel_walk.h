// The state of the walk that finds channel groups, and the rules it applies. For channel_groups.cc and its rules only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cradle/graph/channel_groups.h"
#include "cradle/graph/graph.h"
#include "cradle/graph/shapes.h"

namespace cradle::graph {

/// The axis of a value along which its channels lie, and the atom that each index along it is. Atoms that are joined
/// go together; all atoms that one node begins are a dimension.
struct Followed {
  std::size_t axis = 0;
  std::vector<int> atoms;
};

/// One use of an initializer.
using Use = std::pair<std::size_t, std::size_t>;  // node, input

/// What is known of an axis of an initializer, or of a number in one.
struct Labelled {
  std::vector<int> atoms;
  ChannelRole role = ChannelRole::kAccompanies;
  std::set<Use> uses;
};

class ChannelWalk {
 public:
  /// `shaped` holds inferred shapes and outlives the walk; `known` is what infer_shapes returned.
  ChannelWalk(const Graph& shaped, const KnownIntegers& known);
  ChannelGroups take();  ///< walks, then sorts what was found

  // What rules ask.
  const Graph& graph() const { return graph_; }
  const Followed* followed(const std::string& value) const;  ///< null: its channels stay as they are
  const Shape& shape(const std::string& value) const;
  const Tensor* constant(const Node& node, std::size_t input) const;  ///< the initializer, or null
  /// Integers of an attribute or, without it, of an input if they are known.
  std::optional<std::vector<std::int64_t>> integers(const Node& node, std::string_view attribute,
                                                    std::size_t input) const;

  // What rules do.
  void follow(const std::string& value, Followed channels);
  std::vector<int> begin_channels(std::size_t count);
  /// Joins a[i] with b[i]; both have the same length.
  void join(std::span<const int> a, std::span<const int> b);
  /// Joins the i-th of each of `parts` equal parts.
  void join_parts(std::span<const int> atoms, std::size_t parts);
  void protect(std::span<const int> atoms, const std::string& reason);
  /// Input `input` of node `node` is an initializer whose axis runs along these channels.
  void label(std::size_t node, std::size_t input, std::size_t axis, std::span<const int> atoms, ChannelRole role);
  /// Element `position` of the shape that stands at this input is the number of these channels. False if it is
  /// made in a way that cannot be followed. 0 and −1 and what is computed from shapes become right by themselves.
  bool label_count(std::size_t node, std::size_t input, std::size_t position, std::span<const int> atoms);
  void label_attribute(std::size_t node, const std::string& attribute, std::size_t element, std::span<const int> atoms);
  void add_producer(std::size_t node, std::span<const int> atoms);

 private:
  void visit(std::size_t node);
  void check_uses();
  std::vector<ChannelRef> refs_of(std::span<const int> atoms);
  int root(int atom);
  void number_groups();
  void name_groups();

  const Graph& graph_;
  const KnownIntegers& known_;
  Links links_;
  std::map<std::string, std::set<Use>> uses_;  // of initializers
  std::map<std::string, Followed> followed_;
  std::vector<int> parent_;     // of atoms
  std::vector<int> dimension_;  // of atoms
  int dimensions_ = 0;
  std::vector<std::pair<int, std::string>> protected_;               // atom, reason
  std::vector<std::pair<std::size_t, std::vector<int>>> producers_;  // node, atoms
  std::map<std::pair<std::string, std::size_t>, Labelled> axes_;
  std::map<std::pair<std::string, std::size_t>, Labelled> counts_;  // initializer, element
  std::map<std::pair<std::size_t, std::pair<std::string, std::size_t>>, std::vector<int>> attributes_;
  std::map<int, ChannelRef> numbered_;  // by root atom
  ChannelGroups found_;
};

/// Follows the channels through one node. Returns why that cannot be done ("whose weights are not constant"), which
/// protects all channels that go into the node; empty if it was done.
using ChannelRule = std::string (*)(ChannelWalk& walk, std::size_t index);

struct NamedChannelRule {
  std::string_view op;
  ChannelRule rule;
};
std::span<const NamedChannelRule> weighted_channel_rules();  ///< channel_rules_weighted.cc
std::span<const NamedChannelRule> moving_channel_rules();    ///< channel_rules_moving.cc
std::span<const NamedChannelRule> shaping_channel_rules();   ///< channel_rules_shaping.cc

}  // namespace cradle::graph
