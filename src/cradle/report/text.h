// A result and a comparison as text: for the terminal, and as Markdown for a README, an issue or a paper's appendix.
#pragma once

#include <span>
#include <string>

#include "cradle/study/result.h"

namespace cradle::report {

inline constexpr int kDefaultColumns = 100;

/// The life-cycle table phase × criterion with one unit per criterion and P5–P95, then the totals under other choices,
/// the electricity, missing phases, notes and warnings. No line of the table is wider than `columns`: criteria that do
/// not fit go into a second table below. Ends with a line break. `columns` is at least 40.
std::string text(const study::Result& result, int columns = kDefaultColumns);

/// The parts of it: name, functional unit and table; other choices and electricity ("" if the result has neither); and
/// what stands below.
std::string table(const study::Result& result, int columns = kDefaultColumns);
std::string choices(const study::Result& result, int columns = kDefaultColumns);
std::string notes(const study::Result& result, int columns = kDefaultColumns);

/// Both sides, their paired difference, the probability that B is better, and the break-even. A criterion with
/// a note is marked and has its footnote.
std::string text(const study::Comparison& comparison, int columns = kDefaultColumns);

/// The same as Markdown, with every factor and its source.
std::string markdown(const study::Result& result);
std::string markdown(const study::Comparison& comparison);

}  // namespace cradle::report
