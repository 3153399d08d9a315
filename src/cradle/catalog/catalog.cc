// Search in the catalogue.
#include "cradle/catalog/catalog.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <functional>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::catalog {
namespace {

using Rows = std::vector<const Factor*>;

bool has(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// "gpu.tdp" → "gpu.": the keys of one family speak of the same things.
std::string_view family_of(std::string_view key) { return key.substr(0, key.find('.') + 1); }

Rows rows_of(const Catalog& catalog, std::string_view key) {
  Rows rows;
  for (const Table& table : catalog.tables) {
    if (!has(table.keys(), key)) continue;
    for (const Factor& f : table.factors())
      if (f.key == key) rows.push_back(&f);
  }
  return rows;
}

std::vector<std::string> distinct_names(const Rows& rows) {
  std::set<std::string> names;
  for (const Factor* f : rows)
    if (!f->name.empty()) names.insert(f->name);
  return {names.begin(), names.end()};
}

/// Names of every thing in the key's family.
std::vector<std::string> family_names(const Catalog& catalog, std::string_view key) {
  Rows rows;
  for (const std::string& other : keys(catalog))
    if (family_of(other) == family_of(key))
      for (const Factor* f : rows_of(catalog, other)) rows.push_back(f);
  return distinct_names(rows);
}

/// The names among `names` that `asked` may mean: the same spelling, else the same words.
std::vector<std::string> meant(const std::vector<std::string>& names, std::string_view asked) {
  std::vector<std::string> found;
  const std::string low = base::lower(base::trim(asked));
  for (const std::string& name : names)
    if (base::lower(name) == low) found.push_back(name);
  if (!found.empty()) return found;
  const std::vector<std::string> words = words_of(asked);
  if (words.empty()) return found;
  for (const std::string& name : names)
    if (words_of(name) == words) found.push_back(name);
  return found;
}

void keep_name(Rows& rows, std::string_view name) {
  std::erase_if(rows, [&](const Factor* f) { return f->name != name; });
}

/// Says why there is no figure; told only when asked, because the nearest of 4,700 names costs 20 ms.
using Why = std::function<std::string()>;

/// What a search yields: a figure, or why there is none.
struct Outcome {
  const Factor* factor = nullptr;
  Why why;
};

/// Leaves the rows of the asked thing; returns why there are none, or nothing.
Why narrow_to_name(const Catalog& catalog, const Query& query, Rows& rows) {
  const std::vector<std::string> here = distinct_names(rows);
  if (query.name.empty()) {
    keep_name(rows, "");
    if (!rows.empty()) return {};
    return [=] {
      return fmt::format("'{}' needs a name, for example '{}' (cradle data list --key {})", query.key, here.front(),
                         query.key);
    };
  }
  const std::vector<std::string> found = meant(here, query.name);
  if (found.size() > 1)
    return [=] { return fmt::format("'{}' may mean any of: {}; name one of them", query.name, fmt::join(found, ", ")); };
  if (found.size() == 1) {
    keep_name(rows, found.front());
    return {};
  }
  const std::vector<std::string> family = family_names(catalog, query.key);
  if (meant(family, query.name).empty())
    return [=] {
      return fmt::format("no '{}' is known for '{}'{} (cradle data list --key {})", query.name, query.key,
                         base::suggestion(query.name, family), query.key);
    };
  keep_name(rows, "");
  if (!rows.empty()) return {};
  return [=] { return fmt::format("'{}' is known, but it has no '{}'", query.name, query.key); };
}

/// The row of the asked year, or the nearest to it, or the newest. `rows` is not empty.
const Factor* of_year(const Rows& rows, std::optional<int> year) {
  const auto better = [&](const Factor* a, const Factor* b) {
    if (year) {
      const int da = std::abs(a->year - *year), db = std::abs(b->year - *year);
      if (da != db) return da < db;
    }
    return a->year > b->year;
  };
  return *std::min_element(rows.begin(), rows.end(), better);
}

const Factor* best_at(const Rows& rows, std::string_view place, const Query& query) {
  for (const std::string_view set : {std::string_view(query.set), std::string_view()}) {
    Rows fitting;
    for (const Factor* f : rows)
      if (f->place == place && f->set == set) fitting.push_back(f);
    if (!fitting.empty()) return of_year(fitting, query.year);
  }
  return nullptr;
}

/// `row` is one of the rows of the asked thing, none of which is at the asked place and in the asked set.
std::string why_not_there(const Query& query, const Factor& row) {
  const std::string thing = query.name.empty() ? query.key : query.key + '/' + query.name;
  if (query.place.empty() && !row.place.empty())
    return fmt::format("'{}' needs a place, for example '{}'", thing, row.place);
  if (row.place.empty()) return fmt::format("'{}' is known only in the set '{}'; ask for it by that set", thing, row.set);
  return fmt::format("'{}' has no figure for '{}', nor for what lies around it", thing, query.place);
}

Outcome search(const Catalog& catalog, const Query& query) {
  require_set(catalog, query.set);
  std::vector<std::string> order;
  if (!query.place.empty()) order = around(query.place);
  order.emplace_back();
  Rows rows = rows_of(catalog, query.key);
  if (rows.empty())
    return {nullptr, [&catalog, query] {
              return fmt::format("unknown key '{}'{} (cradle data list shows the keys)", query.key,
                                 base::suggestion(query.key, keys(catalog)));
            }};
  if (Why why = narrow_to_name(catalog, query, rows)) return {nullptr, std::move(why)};
  for (const std::string& place : order)
    if (const Factor* f = best_at(rows, place, query)) return {f, {}};
  return {nullptr, [query, first = rows.front()] { return why_not_there(query, *first); }};
}

}  // namespace

std::string_view embedded_text(std::string_view name) {
  for (const base::EmbeddedFile& file : embedded_files())
    if (file.name == name) return file.bytes;
  assert(false && "not an embedded table");
  return {};
}

const Catalog& built_in() {
  static const Catalog catalog = [] {
    Catalog all;
    for (const base::EmbeddedFile& file : embedded_files())
      if (file.name != "places.csv") all.tables.emplace_back(file.name, file.bytes);
    return all;
  }();
  return catalog;
}

const Factor& find(const Catalog& catalog, const Query& query) {
  const Outcome outcome = search(catalog, query);
  if (!outcome.factor) throw base::Error(outcome.why());
  return *outcome.factor;
}

std::optional<const Factor*> try_find(const Catalog& catalog, const Query& query) {
  const Outcome outcome = search(catalog, query);
  return outcome.factor ? std::optional(outcome.factor) : std::nullopt;
}

std::vector<std::string> keys(const Catalog& catalog) {
  std::set<std::string> all;
  for (const Table& table : catalog.tables) all.insert(table.keys().begin(), table.keys().end());
  return {all.begin(), all.end()};
}

std::vector<std::string> sets(const Catalog& catalog) {
  std::set<std::string> all;
  for (const Table& table : catalog.tables)
    for (const Factor& f : table.factors())
      if (!f.set.empty()) all.insert(f.set);
  return {all.begin(), all.end()};
}

void require_set(const Catalog& catalog, std::string_view set) {
  if (set.empty()) return;
  for (const Table& table : catalog.tables)
    for (const Factor& f : table.factors())
      if (f.set == set) return;
  const std::vector<std::string> known = sets(catalog);
  base::fail("unknown data set '{}'{}; known sets: {}", set, base::suggestion(set, known), fmt::join(known, ", "));
}

std::vector<const Factor*> matching(const Catalog& catalog, const Filter& filter) {
  const std::vector<std::string> all_keys = keys(catalog);
  const auto wants_key = [&](std::string_view key) {
    return filter.key.empty() || key == filter.key || key.starts_with(filter.key + '.');
  };
  if (std::none_of(all_keys.begin(), all_keys.end(), wants_key))
    base::fail("unknown key '{}'{}", filter.key, base::suggestion(filter.key, all_keys));
  if (filter.set) require_set(catalog, *filter.set);
  const std::string place = filter.place.empty() ? "" : resolve_place(filter.place).code;
  const std::string part = base::lower(filter.name);
  std::vector<std::string> table_names;
  bool table_known = filter.table.empty();
  Rows rows;
  for (const Table& table : catalog.tables) {
    table_names.push_back(table.name());
    const bool wanted = filter.table.empty() || table.name() == filter.table || table.name() == filter.table + ".csv";
    table_known = table_known || wanted;
    if (!wanted || std::none_of(table.keys().begin(), table.keys().end(), wants_key)) continue;
    for (const Factor& f : table.factors()) {
      if (!wants_key(f.key) || (!place.empty() && f.place != place) || (filter.set && f.set != *filter.set)) continue;
      if (part.empty() || base::lower(f.name).find(part) != std::string::npos) rows.push_back(&f);
    }
  }
  if (!table_known)
    base::fail("unknown table '{}'{}; known tables: {}", filter.table, base::suggestion(filter.table, table_names),
               fmt::join(table_names, ", "));
  return rows;
}

}  // namespace cradle::catalog
