// Published cases: studies that state what a source says they come to, computed and compared (cradle validate).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/catalog/catalog.h"
#include "cradle/scenario/arithmetic.h"
#include "cradle/study/study.h"

namespace cradle::scenario {

/// One expectation of a study beside what the study comes to, both in the published unit.
struct Case {
  std::string study;  ///< file, relative to what was asked for
  study::Expected expected;
  double computed = 0;
  double relative_error = 0;  ///< computed / published − 1
  bool within = false;        ///< of the tolerance
};

/// A case is as stated if what should reproduce does, and what is said not to reproduce does not.
bool as_stated(const Case& c);

/// What was found below some folders and files.
struct Validation {
  std::vector<Case> cases;              ///< by file and line
  std::vector<ArithmeticCheck> checks;  ///< of the files arithmetic.csv in the folders
  std::vector<std::string> faults;      ///< files that cannot be read or computed
  int without = 0;                      ///< studies that state no expectation
};

/// Every study (*.toml, recursively) of the paths, computed by its central figures. Throws Error for a path that does
/// not exist or a folder without a study; a file at fault is a fault of the table. Cost: some milliseconds a study.
Validation validate(const std::vector<std::filesystem::path>& paths, const catalog::Catalog& catalog);

/// The cases of one study; `name` stands in the table. Throws Error naming file:line.
std::vector<Case> cases_of(const study::Study& study, const std::string& name, const catalog::Catalog& catalog);

/// Whether every case is as stated, every check within its tolerance and no file at fault: exit code 0.
bool passes(const Validation& validation);

/// id, published, computed, relative error, ✓ or ✗, and the reason where a figure is known not to reproduce. Without
/// the checks, whose text is their own.
std::string text(const Validation& validation);
/// A list of the cases, then of the checks, with the same keys.
base::Json to_json(const Validation& validation);

}  // namespace cradle::scenario
