// The table of places and the search in it.
#include "cradle/catalog/place.h"

#include <unordered_map>
#include <unordered_set>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"

namespace cradle::catalog {
namespace {

using Names = std::unordered_map<std::string, std::size_t>;

/// Adds a name of place i; throws Error if it already stands for another one.
void add_name(Names& names, const std::vector<Place>& all, std::size_t i, const std::string& text,
              std::string_view file) {
  const auto [at, fresh] = names.emplace(base::lower(text), i);
  if (!fresh && at->second != i)
    base::fail("{}:{}: '{}' already stands for {}; a name may stand for one place only", file, all[i].line, text,
               all[at->second].code);
}

Names names_of(const std::vector<Place>& all, std::string_view file) {
  Names names;
  names.reserve(4 * all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    add_name(names, all, i, all[i].code, file);
    add_name(names, all, i, all[i].name, file);
    for (const std::string& alias : all[i].aliases) add_name(names, all, i, alias, file);
  }
  return names;
}

/// Places, and what each is called.
struct Gazetteer {
  std::vector<Place> all;
  Names names;
};

Place read_place(const base::CsvRow& row, std::string_view file) {
  Place p{row.cells[0], row.cells[1], {}, row.cells[3], row.cells[4], row.cells[5], row.line};
  for (std::string& alias : base::split(row.cells[2], ';'))
    if (!alias.empty()) p.aliases.push_back(std::move(alias));
  if (p.code.empty() || p.name.empty() || p.kind.empty() || p.source.empty())
    base::fail("{}:{}: code, name, kind and source of a place must not be empty", file, row.line);
  return p;
}

Gazetteer read_places(std::string_view text, std::string_view file) {
  const base::Csv csv = base::parse_csv(text, file);
  if (csv.header != std::vector<std::string>{"code", "name", "aliases", "kind", "within", "source"})
    base::fail("{}: a table of places has the columns code,name,aliases,kind,within,source", file);
  Gazetteer places;
  places.all.reserve(csv.rows.size());
  for (const base::CsvRow& row : csv.rows) places.all.push_back(read_place(row, file));
  places.names = names_of(places.all, file);
  std::unordered_set<std::string_view> codes;
  for (const Place& p : places.all) codes.insert(p.code);
  for (const Place& p : places.all)
    if (!codes.contains(p.within) && p.kind != "world")
      base::fail("{}:{}: {} lies within '{}', which is not in the table", file, p.line, p.code, p.within);
  return places;
}

const Gazetteer& built_in_places() {
  static const Gazetteer places = read_places(embedded_text("places.csv"), "places.csv");
  return places;
}

}  // namespace

std::vector<Place> parse_places(std::string_view text, std::string_view name) { return read_places(text, name).all; }

const std::vector<Place>& places() { return built_in_places().all; }

const Place& resolve_place(std::string_view text) {
  const std::string wanted = base::lower(base::trim(text));
  const Names& names = built_in_places().names;
  if (const auto at = names.find(wanted); at != names.end()) return places()[at->second];
  std::vector<std::string> candidates;
  for (const Place& p : places()) {
    candidates.push_back(p.name);
    candidates.insert(candidates.end(), p.aliases.begin(), p.aliases.end());
  }
  // Last, so that of a name and a code equally far from the wrong word the name is suggested.
  for (const Place& p : places()) candidates.push_back(p.code);
  base::fail("unknown place '{}'; expected a code such as BE or US-OR, or a name (cradle data list --table places){}",
             text, base::suggestion(base::trim(text), candidates));
}

std::vector<std::string> around(std::string_view text) {
  std::vector<std::string> chain;
  for (const Place* p = &resolve_place(text);; p = &resolve_place(p->within)) {
    chain.push_back(p->code);
    if (p->within.empty() || chain.size() > 8) return chain;  // 8: a table that bites its tail
  }
}

}  // namespace cradle::catalog
