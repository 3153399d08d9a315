// TOML read strictly (toml++ underneath).
#include "cradle/base/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"

namespace cradle::base {

struct TomlFile::State {
  std::string name;
  toml::table root;
  struct Fault {
    std::uint32_t line;
    std::string text;
  };
  std::vector<Fault> faults;
  std::map<const toml::table*, std::set<std::string>> taken;  // keys asked for, by table
};

namespace {

const toml::table* as_table(const void* node) { return static_cast<const toml::table*>(node); }

std::string kind_of(const toml::node& node) {
  if (node.is_string()) return "text";
  if (node.is_integer() || node.is_floating_point()) return "a number";
  if (node.is_boolean()) return "true or false";
  if (node.is_array()) return "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

/// What stands there instead of a number: the text itself, with what to do about a unit beside the figure ("36 MJ").
std::string found(const toml::node& node) {
  if (!node.is_string()) return kind_of(node);
  const std::string text = node.value<std::string>().value_or("").substr(0, 40);
  const bool unit = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0]));
  return fmt::format("the text \"{}\"{}", text, unit ? "; write the bare number, in the unit that the key names" : "");
}

std::optional<double> as_number(const toml::node* node) {
  if (!node || !(node->is_integer() || node->is_floating_point())) return std::nullopt;
  return node->value<double>();
}

constexpr std::string_view kForms =
    "a number, { low, high }, { low, mode, high }, { mean, sd }, { median, gsd }, { mean, gsd } or { quantiles = [...] "
    "}";

/// The distribution that a table of named figures describes; throws Error if the keys are none of the forms.
Distribution distribution_of(const toml::table& t) {
  std::set<std::string> keys;
  for (const auto& [key, value] : t) keys.insert(std::string(key.str()));
  const auto at = [&](std::string_view key) {
    const auto n = as_number(t.get(key));
    if (!n) fail("'{}' must be a number", key);
    return *n;
  };
  if (keys == std::set<std::string>{"low", "high"}) return uniform_between(at("low"), at("high"));
  if (keys == std::set<std::string>{"low", "mode", "high"}) return triangular(at("low"), at("mode"), at("high"));
  if (keys == std::set<std::string>{"mean", "sd"}) return normal(at("mean"), at("sd"));
  if (keys == std::set<std::string>{"median", "gsd"}) return lognormal(at("median"), at("gsd"), Convention::kMedian);
  if (keys == std::set<std::string>{"mean", "gsd"}) return lognormal(at("mean"), at("gsd"), Convention::kMean);
  if (keys == std::set<std::string>{"quantiles"} && t.get("quantiles")->is_array()) {
    std::vector<double> quantiles;
    for (const auto& q : *t.get("quantiles")->as_array()) {
      const auto n = as_number(&q);
      if (!n) fail("quantiles must be numbers");
      quantiles.push_back(*n);
    }
    return table(std::move(quantiles));
  }
  fail("expected {}", kForms);
}

}  // namespace

const void* TomlTable::find(std::string_view key) {
  if (!node_) return nullptr;
  file_->state_->taken[as_table(node_)].insert(std::string(key));
  return as_table(node_)->get(key);
}

bool TomlTable::has(std::string_view key) const { return node_ && as_table(node_)->contains(key); }

bool TomlTable::is_text(std::string_view key) const {
  const toml::node* node = node_ ? as_table(node_)->get(key) : nullptr;
  return node && node->is_string();
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> out;
  if (node_)
    for (const auto& [key, value] : *as_table(node_)) out.emplace_back(key.str());
  return out;
}

std::optional<std::string> TomlTable::text(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return std::nullopt;
  if (!node->is_string()) fault(key, fmt::format("expected text, found {}", kind_of(*node)));
  return node->value<std::string>();
}

std::optional<double> TomlTable::number(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return std::nullopt;
  const auto value = as_number(node);
  if (!value) fault(key, fmt::format("expected a number, found {}", found(*node)));
  if (value && !std::isfinite(*value)) {
    fault(key, fmt::format("expected a finite number, found {}", *value));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> TomlTable::boolean(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return std::nullopt;
  if (!node->is_boolean()) fault(key, fmt::format("expected true or false, found {}", kind_of(*node)));
  return node->is_boolean() ? node->value<bool>() : std::nullopt;
}

std::optional<std::vector<std::string>> TomlTable::texts(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return std::nullopt;
  std::vector<std::string> out;
  if (const auto* array = node->as_array()) {
    for (const auto& item : *array)
      if (const auto text = item.value<std::string>(); text && item.is_string()) out.push_back(*text);
    if (out.size() == array->size()) return out;
  }
  fault(key, "expected an array of texts");
  return std::nullopt;
}

std::optional<std::vector<std::string>> TomlTable::text_or_texts(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node || !node->is_string()) return texts(key);
  return std::vector<std::string>{*node->value<std::string>()};
}

std::optional<Distribution> TomlTable::distribution(std::string_view key) {
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return std::nullopt;
  try {
    if (const auto number = as_number(node)) return fixed(*number);
    if (!node->is_table()) fail("expected {}, found {}", kForms, found(*node));
    return distribution_of(*node->as_table());
  } catch (const Error& e) {
    fault(key, e.what());
    return std::nullopt;
  }
}

TomlTable TomlTable::table(std::string_view key) {
  const std::string name = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  const auto* node = static_cast<const toml::node*>(find(key));
  if (node && !node->is_table()) fault(key, fmt::format("expected a table, found {}", kind_of(*node)));
  return TomlTable(file_, node && node->is_table() ? node->as_table() : nullptr, name);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> out;
  const auto* node = static_cast<const toml::node*>(find(key));
  if (!node) return out;
  const auto* array = node->as_array();
  if (!array || !std::all_of(array->begin(), array->end(), [](const auto& n) { return n.is_table(); })) {
    fault(key, fmt::format("expected an array of tables ([[{}]])", key));
    return out;
  }
  for (const auto& item : *array)
    out.push_back(
        TomlTable(file_, item.as_table(), name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key)));
  return out;
}

std::string TomlTable::where(std::string_view key) const {
  const toml::node* node = node_ ? static_cast<const toml::node*>(as_table(node_)) : nullptr;
  if (node_ && !key.empty())
    if (const auto* member = as_table(node_)->get(key)) node = member;
  const std::uint32_t line = node ? node->source().begin.line : 0;
  return line ? fmt::format("{}:{}", file_->state_->name, line) : file_->state_->name;
}

void TomlTable::fault(std::string_view key, std::string_view message) {
  const toml::node* member = node_ ? as_table(node_)->get(key) : nullptr;
  const std::string place = where(key);
  const std::string full = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  file_->state_->faults.push_back(
      {member ? member->source().begin.line : 0, fmt::format("{}: '{}': {}", place, full, message)});
}

TomlFile::TomlFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;
TomlTable TomlFile::root() { return TomlTable(this, &state_->root, ""); }
const std::string& TomlFile::name() const { return state_->name; }

TomlFile TomlFile::parse(std::string_view text, std::string name) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  try {
    state->root = toml::parse(text, std::string_view(state->name));
  } catch (const toml::parse_error& e) {
    fail("{}:{}:{}: {}", state->name, e.source().begin.line, e.source().begin.column, e.description());
  }
  return TomlFile(std::move(state));
}

TomlFile TomlFile::read(const std::string& path) { return parse(read_file(path), path); }

void TomlFile::replace(std::string_view dotted, std::string_view value) {
  const std::vector<std::string> path = split(dotted, '.');
  toml::table* table = &state_->root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    toml::node* next = table->get(path[i]);
    if (!next || !next->is_table()) {
      std::vector<std::string> names;
      for (const auto& [key, node] : *table)
        if (node.is_table()) names.emplace_back(key.str());
      fail("{}: there is no table [{}] in which '{}' could be set{}", state_->name, path[i], dotted,
           suggestion(path[i], names));
    }
    table = next->as_table();
  }
  toml::table parsed;
  try {
    parsed = toml::parse(fmt::format("value = {}", value));
  } catch (const toml::parse_error&) {
    parsed.insert_or_assign("value", std::string(value));  // a bare word is a text: place=FR
  }
  table->insert_or_assign(path.back(), *parsed.get("value"));
}

void TomlFile::finish() {
  // A table that was asked for must hold only keys that were asked for; a table never asked for is itself unknown.
  for (const auto& [table, known] : state_->taken) {
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, value] : *table) {
      if (known.contains(std::string(key.str()))) continue;
      const std::uint32_t line = key.source().begin.line;
      state_->faults.push_back({line, fmt::format("{}:{}: unknown key '{}'{}", state_->name, line, key.str(),
                                                  suggestion(key.str(), names))});
    }
  }
  if (state_->faults.empty()) return;
  std::stable_sort(state_->faults.begin(), state_->faults.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string all;
  for (const auto& fault : state_->faults) all += (all.empty() ? "" : "\n") + fault.text;
  throw Error(all);
}

}  // namespace cradle::base
