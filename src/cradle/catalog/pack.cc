// Reading packs, and refusing those that would mislead.
#include "cradle/catalog/pack.h"

#include <algorithm>
#include <unordered_map>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/catalog/check.h"

namespace cradle::catalog {
namespace {

namespace fs = std::filesystem;

/// A row of the key in any table, or nothing.
const Factor* example_of(const Catalog& catalog, std::string_view key) {
  for (const Table& table : catalog.tables)
    if (std::find(table.keys().begin(), table.keys().end(), key) != table.keys().end())
      if (const auto& rows = table.rows_of(key); !rows.empty()) return &table.factors()[rows.front()];
  return nullptr;
}

/// What the figures of one key must agree with.
struct KeyRule {
  std::string unit;
  std::string where;  ///< the row that has this unit
};

KeyRule rule_for(const Factor& f, const Catalog& built_in) {
  if (const Factor* known = example_of(built_in, f.key)) return {known->unit, where(*known)};
  const std::vector<std::string> known = keys(built_in);
  if (const std::string suggestion = base::suggestion(f.key, known); !suggestion.empty())
    base::fail("{}: unknown key '{}'{} (cradle data list shows the keys)", where(f), f.key, suggestion);
  return {f.unit, where(f)};
}

/// Throws on the first row of a pack that cannot stand beside the built-in ones.
class RowRules {
 public:
  explicit RowRules(const Catalog& built_in) : built_in_(built_in) {}

  void check(const Table& table) {
    const std::vector<std::string> declared = declared_keys(table.text());
    for (const Factor& f : table.factors()) {
      if (!declared.empty() && std::find(declared.begin(), declared.end(), f.key) == declared.end())
        base::fail("{}: the line '# keys:' does not name {}, so it would never be found", where(f), f.key);
      if (!f.place.empty() && !is_declared(f.place, table.places()))
        base::fail("{}: the line '# places:' does not name {}, so it would never be found", where(f), f.place);
      for (const Finding& finding : row_findings(f)) base::fail("{}: {}", where(f), finding.message);
      if (!rules_.contains(f.key)) rules_.emplace(f.key, rule_for(f, built_in_));
      const KeyRule& rule = rules_.at(f.key);
      if (f.unit != rule.unit)
        base::fail("{}: the unit is {}, but {} is in {} ({})", where(f), f.unit, f.key, rule.unit, rule.where);
      const auto [at, fresh] = ids_.emplace(id_of(f), &f);
      if (!fresh)
        base::fail("{}: {} stands already at {}; give one of them a set", where(f), at->first, where(*at->second));
    }
  }

 private:
  const Catalog& built_in_;
  std::unordered_map<std::string, KeyRule> rules_;
  std::unordered_map<std::string, const Factor*> ids_;
};

std::string name_at(const fs::path& path) {
  const fs::path clean = path.has_filename() ? path : path.parent_path();  // "mine/" is "mine"
  return (fs::is_directory(path) ? clean.filename() : clean.stem()).string();
}

Pack read_pack(const fs::path& path, const Catalog& built_in, std::vector<Table>& tables) {
  Pack pack{name_at(path), path.string(), {}, 0, 0};
  RowRules rules(built_in);
  std::string sums;
  for (const fs::path& file : tables_at(path)) {
    const Table table = Table::owning(file.string(), base::read_file(file));
    rules.check(table);
    pack.rows += static_cast<int>(table.factors().size());
    ++pack.tables;
    pack.sha256 = table.sha256();
    sums += fmt::format("{}  {}\n", pack.sha256, file.filename().string());
    tables.push_back(table);
  }
  if (fs::is_directory(path)) pack.sha256 = base::sha256_of(sums);
  return pack;
}

}  // namespace

std::vector<fs::path> tables_at(const fs::path& path) {
  std::error_code failed;
  if (!fs::exists(path, failed))
    base::fail("{}: there is no such file or folder; a pack is a CSV file of factors or a folder of such files",
               path.string());
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path, failed))
    if (entry.path().extension() == ".csv" && !entry.is_directory()) files.push_back(entry.path());
  if (failed) base::fail("{}: the folder cannot be read: {}", path.string(), failed.message());
  if (files.empty())
    base::fail("{}: the folder holds no table; a pack is a CSV file or a folder of them", path.string());
  std::sort(files.begin(), files.end());
  return files;
}

Catalog with_packs(const Catalog& built_in, std::span<const fs::path> packs) {
  Catalog all;
  for (const fs::path& path : packs) {
    Pack pack = read_pack(path, built_in, all.tables);
    for (const Pack& other : all.packs)
      if (other.name == pack.name)
        base::fail("{}: a pack named {} was given already, {}; rename one of them", pack.file, pack.name, other.file);
    all.packs.push_back(std::move(pack));
  }
  all.packs.insert(all.packs.end(), built_in.packs.begin(), built_in.packs.end());
  all.tables.insert(all.tables.end(), built_in.tables.begin(), built_in.tables.end());
  return all;
}

}  // namespace cradle::catalog
