// Sums, quotients and die areas that sources publish with their terms: no cases of a study, and not among their number,
// but one outside its tolerance fails the validation.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::scenario {

/// A row of arithmetic.csv, checked.
struct ArithmeticCheck {
  std::string id, operation;  ///< sum, product, quotient, effective-die-area
  std::vector<double> operands;
  double published = 0;
  std::string unit, source, note;
  double tolerance = 0;  ///< relative
  double computed = 0, relative_error = 0;
  bool within = false;
};

/// Columns id,operation,operands,published,unit,tolerance,source,note; operands are joined by ";". Throws Error with
/// name:line for an unknown operation, a wrong number of operands or a cell that is no number.
std::vector<ArithmeticCheck> parse_arithmetic(std::string_view csv, std::string_view name);

/// The checks of every file arithmetic.csv in the folders among `paths`.
std::vector<ArithmeticCheck> arithmetic_at(const std::vector<std::filesystem::path>& paths);

/// What a die of `mm2` takes of a 300 mm wafer: with the saw's kerf, its part of what is lost at the wafer's edge, and
/// of the dies that fail (Boavizta 2.4.1). It contains the yield, so a factor per good die must not be used on it.
double effective_die_area_mm2(double mm2);

std::string text(const std::vector<ArithmeticCheck>& checks);

}  // namespace cradle::scenario
