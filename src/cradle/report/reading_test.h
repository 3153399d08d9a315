// Reads a written form back, for the tests of the forms: sections, rows of tables, numbers.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/text.h"
#include "cradle/report/standards.h"

namespace cradle::report {

inline const Origin kOrigin{"cradle 0.1.0", "2026-11-25 20:06:00"};

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// From a heading (or any mark) to the next heading of its level or above.
inline std::string section(const std::string& text, const std::string& title) {
  const std::size_t from = text.find(title);
  if (from == std::string::npos) return "";
  const std::size_t level = title.find(' ');
  for (std::size_t at = from; (at = text.find("\n#", at + 1)) != std::string::npos;)
    if (text.find(' ', at) - at - 1 <= level) return text.substr(from, at - from);
  return text.substr(from);
}

/// The cells of the first table row that begins so: "| use |".
inline std::vector<std::string> row(const std::string& text, const std::string& first) {
  for (const std::string& line : base::split(text, '\n')) {
    if (!line.starts_with("| " + first)) continue;
    std::vector<std::string> cells;
    for (const std::string& cell : base::split(line, '|')) cells.emplace_back(base::trim(cell));
    if (cells[1] == first) return {cells.begin() + 1, cells.end() - 1};
  }
  return {};
}

inline double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

/// Equal as far as three significant digits can tell.
inline void expect_shown(double shown, double exact, const std::string& what) {
  EXPECT_NEAR(shown, exact, 0.006 * std::abs(exact)) << what;
}

inline void remove_phase(study::Result& r, const std::string& phase) {
  std::erase_if(r.impacts, [&](const study::Impact& i) { return i.phase == phase; });
  std::erase_if(r.energy, [&](const study::Energy& e) { return e.phase == phase; });
}

}  // namespace cradle::report
