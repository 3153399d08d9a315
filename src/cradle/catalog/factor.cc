// Ids, names and JSON of factors.
#include "cradle/catalog/factor.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::catalog {

std::string id_of(const Factor& f) {
  std::string id = f.key;
  if (!f.name.empty()) id += '/' + f.name;
  if (!f.place.empty()) id += fmt::format("@{}:{}", f.place, f.year);
  if (!f.set.empty()) id += '#' + f.set;
  return id;
}

std::string where(const Factor& f) { return fmt::format("{}:{}", f.table, f.line); }

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::kA: return "A";
    case Grade::kB: return "B";
    case Grade::kC: return "C";
    case Grade::kD: return "D";
  }
  return "D";
}

Grade grade_named(std::string_view name) {
  for (const Grade grade : {Grade::kA, Grade::kB, Grade::kC, Grade::kD})
    if (name_of(grade) == name) return grade;
  base::fail("unknown grade '{}'; expected A, B, C or D", name);
}

base::Json to_json(const Factor& f) {
  return {{"id", id_of(f)},
          {"key", f.key},
          {"name", f.name},
          {"place", f.place},
          {"year", f.year},
          {"set", f.set},
          {"value", f.distribution.value},
          {"low", f.low},
          {"high", f.high},
          {"distribution", base::name_of(f.distribution.shape)},
          {"unit", f.unit},
          {"licence", f.licence},
          {"grade", name_of(f.grade)},
          {"source", f.source},
          {"note", f.note},
          {"table", f.table},
          {"line", f.line}};
}

}  // namespace cradle::catalog
