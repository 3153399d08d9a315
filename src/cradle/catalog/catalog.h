// The catalogue: every factor the program knows, found by key, name, place, year and set.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/catalog/factor.h"
#include "cradle/catalog/pack.h"
#include "cradle/catalog/place.h"
#include "cradle/catalog/table.h"

namespace cradle::catalog {

/// Some tables, searched in order. Copies share the parsed rows.
struct Catalog {
  std::vector<Table> tables;
  std::vector<Pack> packs = {};  ///< people's own; their tables are the first ones, in this order
};

/// The embedded tables; each is parsed when first needed.
const Catalog& built_in();

/// What a figure is asked for by. Empty fields: the key has no name or place, the newest year, today's figures.
struct Query {
  std::string key;
  std::string name;
  std::string place;
  std::optional<int> year;
  std::string set;
};

/// The figure that fits best. What it is may differ from what was asked, and the caller can see it in the factor:
/// - name: without regard to case, vendor and punctuation ("Tesla T4" is "NVIDIA Tesla T4"). A thing that is known but
///   lacks this key gets the row without a name ("any GPU"), if there is one: factor.name is then empty.
/// - place: a code or any name of it; then what lies around it (US-OR, US, WORLD), then a row without a place.
/// - set: within one place the asked set goes before today's figures.
/// - pack: among today's figures of one thing and place, those of the first pack that has any go before all others,
///   whatever the year; factor.table says where the figure stands. Figures of a set are not preferred so.
/// - year: the asked one, else the nearest (of two equally near, the later); not asked: the newest.
/// Throws Error with the nearest known key, name, place or set when nothing fits. Cost: parses, once, the tables that
/// declare the key and, where the thing has no name, declare one of the places looked at.
const Factor& find(const Catalog& catalog, const Query& query);

/// The same, but nothing when there is no such figure. An unknown place or set still throws: that is a slip of the pen.
std::optional<const Factor*> try_find(const Catalog& catalog, const Query& query);

/// What to list. Empty fields let everything through.
struct Filter {
  std::string key;                 ///< a key or its beginning up to a dot: "grid.gwp", "grid"
  std::string name;                ///< part of a name, without regard to case
  std::string place;               ///< code or name of a place
  std::optional<std::string> set;  ///< "" lists today's figures only
  std::string table;               ///< "electricity" or "electricity.csv"
};

/// The factors that pass, in the order of the tables. Throws Error on an unknown key, place, set or table.
std::vector<const Factor*> matching(const Catalog& catalog, const Filter& filter);

/// All keys, sorted; parses only tables without a key line.
std::vector<std::string> keys(const Catalog& catalog);
/// All names of data sets, sorted; parses every table.
std::vector<std::string> sets(const Catalog& catalog);
/// Throws Error with the nearest set unless `set` is empty or known. Stops at the first table that has it.
void require_set(const Catalog& catalog, std::string_view set);

}  // namespace cradle::catalog
