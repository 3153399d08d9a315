// Search in the catalogue.
#include "cradle/catalog/catalog.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <functional>
#include <set>
#include <span>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::catalog {
namespace {

/// A row and where it stands, so that the normal form of its name need not be made again.
struct Row {
  const Factor* factor;
  const Table* table;
  std::size_t index;

  const std::string& normal_name() const { return table->normal_names()[index]; }
};
using Rows = std::vector<Row>;

/// "gpu.tdp" → "gpu.": the keys of one family speak of the same things.
std::string_view family_of(std::string_view key) { return key.substr(0, key.find('.') + 1); }

/// Whether the table may have a row of any of these places; told without parsing it. No places: any table may.
bool may_hold(const Table& table, std::span<const std::string> places) {
  return places.empty() || std::any_of(places.begin(), places.end(),
                                       [&](const std::string& place) { return is_declared(place, table.places()); });
}

template <class WantsKey>
Rows rows_where(const Catalog& catalog, WantsKey wants_key, std::span<const std::string> places = {}) {
  Rows rows;
  for (const Table& table : catalog.tables) {
    if (!may_hold(table, places)) continue;
    for (const std::string& key : table.keys())
      if (wants_key(key))
        for (const std::size_t i : table.rows_of(key)) rows.push_back({&table.factors()[i], &table, i});
  }
  return rows;
}

bool same_family(std::string_view a, std::string_view b) { return family_of(a) == family_of(b); }

/// The rows of every key of a key's family.
Rows family_rows(const Catalog& catalog, std::string_view key) {
  return rows_where(catalog, [&](std::string_view other) { return same_family(other, key); });
}

std::vector<std::string> names_in(const Rows& rows) {
  std::set<std::string> names;
  for (const Row& r : rows)
    if (!r.factor->name.empty()) names.insert(r.factor->name);
  return {names.begin(), names.end()};
}

std::vector<std::string> sorted_words(std::string_view normal) {
  std::vector<std::string> words = base::split(normal, ' ');
  std::sort(words.begin(), words.end());
  return words;
}

/// The names in `rows` that `asked` may mean: the same spelling without regard to case, else the same normal form,
/// else the same words in another order ("A100 80GB PCIe", as NVIDIA's driver has it, is "A100 PCIe 80 GB").
std::vector<std::string> meant(const Rows& rows, std::string_view asked) {
  const std::string trimmed(base::trim(asked));
  std::set<std::string> found;
  for (const Row& r : rows)
    if (r.factor->name.size() == trimmed.size() && base::starts_with_ignoring_case(r.factor->name, trimmed))
      found.insert(r.factor->name);
  const std::string normal = normal_name(asked);
  if (found.empty() && !normal.empty())
    for (const Row& r : rows)
      if (r.normal_name() == normal) found.insert(r.factor->name);
  if (found.empty() && !normal.empty())
    for (const Row& r : rows)
      if (r.normal_name().size() == normal.size() && sorted_words(r.normal_name()) == sorted_words(normal))
        found.insert(r.factor->name);
  return {found.begin(), found.end()};
}

/// Whether some key of the family speaks of a thing of exactly this name.
bool is_name_in_family(const Catalog& catalog, std::string_view key, std::string_view name) {
  return std::any_of(catalog.tables.begin(), catalog.tables.end(), [&](const Table& table) {
    return std::any_of(table.keys().begin(), table.keys().end(), [&](const auto& k) { return same_family(k, key); }) &&
           table.names(name);
  });
}

void keep_name(Rows& rows, std::string_view name) {
  std::erase_if(rows, [&](const Row& r) { return r.factor->name != name; });
}

/// The rows of `name`; where all of them are of other data sets, those of anything of the kind, if there are any.
void keep_name_or_kind(Rows& rows, std::string_view name, std::string_view set) {
  const auto has = [&](std::string_view wanted) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& r) {
      return r.factor->name == wanted && (r.factor->set.empty() || r.factor->set == set);
    });
  };
  keep_name(rows, has(name) || !has("") ? name : std::string_view());
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
  // The usual case first: a name as it stands in the table costs one pass over the rows.
  if (std::any_of(rows.begin(), rows.end(), [&](const Row& r) { return r.factor->name == query.name; })) {
    keep_name_or_kind(rows, query.name, query.set);
    return {};
  }
  if (query.name.empty())
    return [query, first = rows.front().factor] {
      return fmt::format("'{}' needs a name, for example '{}' (cradle data list --key {})", query.key, first->name,
                         query.key);
    };
  if (!is_name_in_family(catalog, query.key, query.name)) {
    const std::vector<std::string> found = meant(rows, query.name);
    if (found.size() > 1)
      return
          [=] { return fmt::format("'{}' may mean any of: {}; name one of them", query.name, fmt::join(found, ", ")); };
    if (found.size() == 1) {
      keep_name_or_kind(rows, found.front(), query.set);
      return {};
    }
    if (meant(family_rows(catalog, query.key), query.name).empty())
      return [&catalog, query] {
        return fmt::format("no '{}' is known for '{}'{} (cradle data list --key {})", query.name, query.key,
                           base::suggestion(query.name, names_in(family_rows(catalog, query.key))), query.key);
      };
  }
  keep_name(rows, "");
  if (!rows.empty()) return {};
  return [query] { return fmt::format("'{}' is known, but it has no '{}'", query.name, query.key); };
}

/// The row of the asked year, or the nearest to it, or the newest. `rows` is not empty.
const Factor* of_year(const std::vector<const Factor*>& rows, std::optional<int> year) {
  const auto better = [&](const Factor* a, const Factor* b) {
    if (year) {
      const int da = std::abs(a->year - *year), db = std::abs(b->year - *year);
      if (da != db) return da < db;
    }
    return a->year > b->year;
  };
  return *std::min_element(rows.begin(), rows.end(), better);
}

/// Which pack a row stands in; all built-in rows are one more, the last.
std::size_t rank_of(const Catalog& catalog, const Row& row) {
  const auto table = static_cast<std::size_t>(row.table - catalog.tables.data());
  std::size_t end = 0, rank = 0;
  for (; rank < catalog.packs.size(); ++rank)
    if (table < (end += catalog.packs[rank].tables)) return rank;
  return rank;
}

const Factor* best_at(const Catalog& catalog, const Rows& rows, std::string_view place, const Query& query) {
  for (const std::string_view set : {std::string_view(query.set), std::string_view()}) {
    std::vector<const Factor*> fitting;
    std::size_t first = catalog.packs.size();
    for (const Row& r : rows) {
      if (r.factor->place != place || r.factor->set != set) continue;
      const std::size_t rank = set.empty() ? rank_of(catalog, r) : first;
      if (rank < first) fitting.clear();
      if (rank <= first) fitting.push_back(r.factor);
      first = std::min(first, rank);
    }
    if (!fitting.empty()) return of_year(fitting, query.year);
  }
  return nullptr;
}

/// `row` is one of the rows of the asked thing, none of which is at the asked place and in the asked set.
std::string why_not_there(const Query& query, const Factor& row) {
  const std::string thing = query.name.empty() ? query.key : query.key + '/' + query.name;
  if (query.place.empty() && !row.place.empty())
    return fmt::format("'{}' needs a place, for example '{}'", thing, row.place);
  if (row.place.empty())
    return fmt::format("'{}' is known only in the set '{}'; ask for it by that set", thing, row.set);
  return fmt::format("'{}' has no figure for '{}', nor for what lies around it", thing, query.place);
}

/// The search among the tables that may hold `places`.
Outcome search_in(const Catalog& catalog, const Query& query, std::span<const std::string> order,
                  std::span<const std::string> places) {
  Rows rows = rows_where(
      catalog, [&](std::string_view key) { return key == query.key; }, places);
  if (rows.empty())
    return {nullptr, [&catalog, query] {
              return fmt::format("unknown key '{}'{} (cradle data list shows the keys)", query.key,
                                 base::suggestion(query.key, keys(catalog)));
            }};
  if (Why why = narrow_to_name(catalog, query, rows)) return {nullptr, std::move(why)};
  for (const std::string& place : order)
    if (const Factor* f = best_at(catalog, rows, place, query)) return {f, {}};
  return {nullptr, [query, first = rows.front().factor] { return why_not_there(query, *first); }};
}

Outcome search(const Catalog& catalog, const Query& query) {
  require_set(catalog, query.set);
  std::vector<std::string> order;
  if (!query.place.empty()) order = around(query.place);
  order.emplace_back();
  // What has no name is found by its place alone, so that only tables of such places need be parsed. Whatever is not
  // found so is looked for, or explained, by all of them.
  if (query.name.empty() && order.size() > 1)
    if (Outcome outcome = search_in(catalog, query, order, order); outcome.factor) return outcome;
  return search_in(catalog, query, order, {});
}

template <class WantsTable>
void require_table(const Catalog& catalog, std::string_view asked, WantsTable wants_table) {
  std::vector<std::string> names;
  for (const Table& table : catalog.tables) {
    if (wants_table(table.name())) return;
    names.push_back(table.name());
  }
  base::fail("unknown table '{}'{}; known tables: {}", asked, base::suggestion(asked, names), fmt::join(names, ", "));
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
      if (has_factors(file.name)) all.tables.emplace_back(file.name, file.bytes);
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
  const auto wants_table = [&](const std::string& name) {
    return filter.table.empty() || name == filter.table || name == filter.table + ".csv";
  };
  require_table(catalog, filter.table, wants_table);
  std::vector<const Factor*> found;
  for (const Table& table : catalog.tables) {
    if (!wants_table(table.name()) || std::none_of(table.keys().begin(), table.keys().end(), wants_key)) continue;
    for (const Factor& f : table.factors()) {
      if (!wants_key(f.key) || (!place.empty() && f.place != place) || (filter.set && f.set != *filter.set)) continue;
      if (part.empty() || base::lower(f.name).find(part) != std::string::npos) found.push_back(&f);
    }
  }
  return found;
}

}  // namespace cradle::catalog
