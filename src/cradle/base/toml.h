// TOML read strictly: every value has file:line, every key must be known, and all faults are reported at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/distribution.h"

namespace cradle::base {

class TomlFile;

/// A table of a TOML file. Readers take each key once; a key nobody took is an error with the nearest known name.
/// Absent values are nullopt; wrong types are noted as faults of the file and read as nullopt.
class TomlTable {
 public:
  bool present() const { return node_ != nullptr; }
  bool has(std::string_view key) const;
  bool is_text(std::string_view key) const;
  std::vector<std::string> keys() const;

  std::optional<std::string> text(std::string_view key);
  std::optional<double> number(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::vector<std::string>> text_or_texts(std::string_view key);  ///< "a" is read as ["a"]
  /// A figure with doubt: a number (fixed), { low, high } (uniform), { low, mode, high } (triangular),
  /// { mean, sd } (normal), { median | mean, gsd } (lognormal, by its convention), or { quantiles = [...] }.
  std::optional<Distribution> distribution(std::string_view key);
  /// A sub-table; not present() if absent.
  TomlTable table(std::string_view key);
  /// An array of tables.
  std::vector<TomlTable> tables(std::string_view key);

  /// "study.toml:12" of a key, or of the table itself when the key is absent.
  std::string where(std::string_view key = "") const;
  /// Notes a fault at a key: "study.toml:12: 'place': message".
  void fault(std::string_view key, std::string_view message);

 private:
  friend class TomlFile;
  TomlTable(TomlFile* file, const void* node, std::string name) : file_(file), node_(node), name_(std::move(name)) {}
  const void* find(std::string_view key);
  TomlFile* file_ = nullptr;
  const void* node_ = nullptr;  // toml::table, kept behind toml.cc
  std::string name_;            // "use.device"
};

/// A parsed file. Call finish() when everything has been read: it throws one Error that lists every fault,
/// unknown keys included, each with its line.
class TomlFile {
 public:
  static TomlFile parse(std::string_view text, std::string name);  ///< throws Error name:line on a syntax error
  static TomlFile read(const std::string& path);
  TomlFile(TomlFile&&) noexcept;
  TomlFile& operator=(TomlFile&&) = delete;
  ~TomlFile();

  TomlTable root();
  /// Puts `value` (a TOML value, else taken as text) in place of the key "table.key", or adds it to that table. Throws
  /// Error if there is no such table.
  void replace(std::string_view dotted, std::string_view value);
  void finish();
  const std::string& name() const;

 private:
  friend class TomlTable;
  struct State;
  explicit TomlFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cradle::base
