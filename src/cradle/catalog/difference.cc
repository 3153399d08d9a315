// Comparing two catalogues row by row.
#include "cradle/catalog/difference.h"

#include <map>

namespace cradle::catalog {
namespace {

using ById = std::map<std::string, const Factor*>;

ById by_id(const Catalog& catalog) {
  ById rows;
  for (const Table& table : catalog.tables)
    for (const Factor& f : table.factors()) rows.emplace(id_of(f), &f);
  return rows;
}

}  // namespace

std::vector<RowChange> difference(const Catalog& before, const Catalog& after) {
  std::map<std::string, RowChange> pairs;
  for (const auto& [id, row] : by_id(before)) pairs[id].before = row;
  for (const auto& [id, row] : by_id(after)) pairs[id].after = row;
  std::vector<RowChange> changes;
  for (const auto& [id, pair] : pairs)
    if (!pair.before || !pair.after || !changed_fields(pair).empty()) changes.push_back(pair);
  return changes;
}

std::vector<std::string> changed_fields(const RowChange& change) {
  if (!change.before || !change.after) return {};
  const Factor &a = *change.before, &b = *change.after;
  std::vector<std::string> fields;
  const auto note = [&](const char* field, bool differs) {
    if (differs) fields.emplace_back(field);
  };
  note("value", a.distribution.value != b.distribution.value);
  note("low", a.low != b.low);
  note("high", a.high != b.high);
  note("distribution", a.distribution.shape != b.distribution.shape);
  note("unit", a.unit != b.unit);
  note("licence", a.licence != b.licence);
  note("grade", a.grade != b.grade);
  note("source", a.source != b.source);
  note("note", a.note != b.note);
  return fields;
}

}  // namespace cradle::catalog
