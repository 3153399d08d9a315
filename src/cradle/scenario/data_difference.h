// What a change of data does: rows that changed, and the totals of studies under both (cradle data diff).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/catalog/catalog.h"
#include "cradle/catalog/difference.h"
#include "cradle/life/assess.h"
#include "cradle/scenario/difference.h"

namespace cradle::scenario {

inline constexpr std::string_view kDataDifferenceSchema = "cradle.data-difference/1";
/// The word for the catalogue inside the program.
inline constexpr std::string_view kBuiltIn = "built-in";

/// A study under both, or why it could not be computed.
struct StudyUnderBoth {
  std::string study;
  Difference difference;
  std::string fault;
};

struct DataDifference {
  std::string name_before, name_after;
  catalog::Catalog before, after;        ///< hold the rows
  std::vector<catalog::RowChange> rows;  ///< by id
  std::vector<StudyUnderBoth> studies;
};

/// `before` and `after` are "built-in", or a table or folder of tables that goes before the built-in ones. Throws Error
/// for a table that `cradle data check` would refuse. A study at fault keeps its reason. Cost: two assessments a study.
DataDifference data_difference(const std::string& before, const std::string& after,
                               const std::vector<std::filesystem::path>& studies,
                               const life::AssessOptions& options = {});

std::string text(const DataDifference& difference);
base::Json to_json(const DataDifference& difference);

}  // namespace cradle::scenario
