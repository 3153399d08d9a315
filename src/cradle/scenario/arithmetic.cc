// Checks of arithmetic.
#include "cradle/scenario/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/scenario/units.h"

namespace cradle::scenario {
namespace {

const std::vector<std::string> kColumns = {"id",   "operation", "operands", "published",
                                           "unit", "tolerance", "source",   "note"};
const std::vector<std::string> kOperations = {"sum", "product", "quotient", "effective-die-area"};

double result_of(const std::string& operation, const std::vector<double>& x, const std::string& where) {
  const auto needs = [&](std::size_t n) {
    if (x.size() != n) base::fail("{}: 'operands': {} takes {} of them, found {}", where, operation, n, x.size());
  };
  if (operation == "sum") return std::accumulate(x.begin(), x.end(), 0.0);
  if (operation == "product") return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
  if (operation == "quotient") {
    needs(2);
    if (x[1] == 0) base::fail("{}: 'operands': a quotient by 0 is no number", where);
    return x[0] / x[1];
  }
  if (operation == "effective-die-area") {
    needs(1);
    if (!(x[0] > 0)) base::fail("{}: 'operands': the area of a die must be above 0, found {}", where, x[0]);
    return effective_die_area_mm2(x[0]);
  }
  base::fail("{}: unknown operation '{}'{}", where, operation, base::suggestion(operation, kOperations));
}

}  // namespace

double effective_die_area_mm2(double mm2) {
  // Boavizta/boaviztapi 2.4.1, boaviztapi/models/component/gpu.py: kerf, wafer, defects.
  constexpr double kKerfMm = 0.2, kWaferRadiusMm = 150, kDefectsPerMm2 = 0.1 / 100;
  const double side = std::sqrt(mm2) + kKerfMm;
  const double sawn = side * side;
  const double wafer = std::numbers::pi * kWaferRadiusMm * kWaferRadiusMm;
  // Dies on a wafer: those of its area less those cut by its edge (De Vries 2005).
  const double dies = wafer / sawn - std::numbers::pi * 2 * kWaferRadiusMm / std::sqrt(2 * sawn);
  return wafer / dies / std::exp(-std::sqrt(kDefectsPerMm2 * sawn));
}

std::vector<ArithmeticCheck> parse_arithmetic(std::string_view csv, std::string_view name) {
  const base::Csv table = base::parse_csv(csv, name);
  if (table.header != kColumns) base::fail("{}: expected the columns {}", name, fmt::join(kColumns, ","));
  std::vector<ArithmeticCheck> out;
  for (const base::CsvRow& row : table.rows) {
    const std::string where = fmt::format("{}:{}", name, row.line);
    ArithmeticCheck c;
    c.id = row.cells[0];
    c.operation = row.cells[1];
    for (const std::string& operand : base::split(row.cells[2], ';'))
      c.operands.push_back(base::csv_number(operand, where));
    c.published = base::csv_number(row.cells[3], where);
    if (c.published == 0)
      base::fail("{}: 'published': must not be 0: the error of what is computed is relative to it", where);
    c.unit = row.cells[4];
    c.tolerance = base::csv_number(row.cells[5], where);
    c.source = row.cells[6];
    c.note = row.cells[7];
    if (c.source.empty()) base::fail("{}: 'source' is empty: who published the figure?", where);
    c.computed = result_of(c.operation, c.operands, where);
    c.relative_error = c.computed / c.published - 1;
    c.within = std::abs(c.relative_error) <= c.tolerance;
    out.push_back(std::move(c));
  }
  return out;
}

std::vector<ArithmeticCheck> arithmetic_at(const std::vector<std::filesystem::path>& paths) {
  std::vector<ArithmeticCheck> out;
  for (const auto& path : paths) {
    const auto file = path / "arithmetic.csv";
    if (!std::filesystem::is_regular_file(file)) continue;
    const auto checks = parse_arithmetic(base::read_file(file), file.string());
    out.insert(out.end(), checks.begin(), checks.end());
  }
  return out;
}

std::string text(const std::vector<ArithmeticCheck>& checks) {
  if (checks.empty()) return "";
  base::Table table({"arithmetic, no cases", "published", "computed", "error", "within"});
  for (const ArithmeticCheck& c : checks)
    table.row({c.id, with_unit(c.published, c.unit), with_unit(c.computed, c.unit),
               fmt::format("{:+.2f} %", 100 * c.relative_error), c.within ? "✓" : "✗"});
  return table.text();
}

}  // namespace cradle::scenario
