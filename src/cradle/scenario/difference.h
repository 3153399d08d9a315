// Why two results differ: the difference of each total, parted exactly among what changed (cradle diff).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/study/result.h"

namespace cradle::scenario {

inline constexpr std::string_view kDifferenceSchema = "cradle.difference/1";

/// What a cause was on one side.
struct CauseSide {
  std::string id;  ///< of the factor; "" for a number of the study's structure
  double value = 0;
  std::string unit, place;
  int year = 0;  ///< 0: none
  std::string source;
};

struct Cause {
  /// factor (of the catalogue), amount (of the study or measured), number (a count or share in the structure),
  /// structure (figures on the two sides that do not stand for each other), new, gone (what is on one side only).
  std::string kind;
  std::string name;   ///< of the factor or amount; else of the process, for electricity of what drew it
  std::string phase;  ///< of new, gone and structure
  double change = 0;  ///< of the total, in the criterion's unit
  std::optional<CauseSide> before, after;
};

struct CriterionDifference {
  std::string criterion, unit;
  std::string note = "";         ///< what a reader must know of the criterion; it is marked with it
  double before = 0, after = 0;  ///< the totals; 0 where a side has none
  std::vector<Cause> causes;     ///< the largest first; with `smaller` they add up to after − before
  int smaller_count = 0;         ///< causes below kSmallCause of all changes
  double smaller = 0;            ///< their sum
};

/// Something about how the two were made that differs: "view", "seed", …
struct Setting {
  std::string what, before, after;
};

struct Difference {
  std::string before, after;  ///< names of the results
  std::vector<Setting> settings;
  std::vector<CriterionDifference> criteria;
};

inline constexpr double kSmallCause = 1e-3;  ///< of the sum of all changes, each without its sign

/// Parts each difference of totals by the logarithmic mean Divisia index in its additive form (Ang 2004, 2015) over the
/// leaves of the trees: a leaf is a product of numbers and factors along its path, so the parts are exact and leave no
/// rest. Leaves correspond by their place in the tree; a change of place or device replaces a factor and is no new
/// leaf. `criteria`: codes, empty for all. Throws Error (usage) for an unknown criterion. Cost linear in the trees.
Difference difference(const study::Result& before, const study::Result& after,
                      const std::vector<std::string>& criteria = {});

/// (b − a) / ln(b/a) of two numbers of one sign; a where they are equal.
double logarithmic_mean(double a, double b);

std::string text(const Difference& difference);
base::Json to_json(const Difference& difference);

}  // namespace cradle::scenario
