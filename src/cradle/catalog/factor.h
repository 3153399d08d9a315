// The factor: one sourced figure with its doubt, and the words for its grade.
#pragma once

#include <string>
#include <string_view>

#include "cradle/base/distribution.h"
#include "cradle/base/json_fwd.h"

namespace cradle::catalog {

/// How far a figure may be trusted: A primary statistics or a maker's own assessment; B a published compilation that
/// states its source; C secondary or derived; D one old source, a guess or a proxy.
enum class Grade { kA, kB, kC, kD };

/// One row of a table. `distribution.value` is the figure in `unit`; `low` and `high` are the bounds of a uniform or
/// triangular distribution, the stated P5 and P95 of a normal or lognormal one, and equal to the value when fixed.
struct Factor {
  std::string key;    ///< which quantity: "grid.gwp"
  std::string name;   ///< which thing: "NVIDIA Tesla T4"; empty for what belongs to a place, or to anything
  std::string place;  ///< code of places.csv, or empty where the place does not matter
  int year = 0;       ///< the year the figure speaks of
  std::string set;    ///< empty: the figure to use today; else the data set or study it belongs to: "seed-2021"
  base::Distribution distribution;
  double low = 0.0;
  double high = 0.0;
  std::string unit;  ///< "1" for a ratio
  std::string licence;
  Grade grade = Grade::kD;
  std::string source;
  std::string note;
  std::string table;  ///< file it stands in, "electricity.csv"
  int line = 0;       ///< and its line there
};

/// Stable id of a figure: "grid.gwp@BE:2023", "gpu.tdp/NVIDIA Tesla T4", "grid.gwp@BE:2021#seed-2021".
/// It keys the random draws, so two inventories that use the same figure draw the same values.
std::string id_of(const Factor& factor);

/// "electricity.csv:12".
std::string where(const Factor& factor);

std::string_view name_of(Grade grade);
/// "B" → kB; throws Error with the four letters otherwise.
Grade grade_named(std::string_view name);

/// Every field, for --json and for the list of factors of a result.
base::Json to_json(const Factor& factor);

}  // namespace cradle::catalog
