// How a result is read for people: the order of phases, the figure of a cell, its share, its unit and its wording.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/text.h"
#include "cradle/study/result.h"

namespace cradle::report {

/// The phases of a life in their order; DESIGN's vocabulary.
inline constexpr std::array<std::string_view, 7> kLifePhases = {"design",     "production", "data",       "training",
                                                                "deployment", "use",        "end-of-life"};

/// Every phase with a figure or named as missing, in the order of a life (design … end-of-life); phases that are not of
/// that list follow in the order in which they appear.
std::vector<std::string> phases_in_order(const study::Result& result);

/// The figure of a cell, or nullptr where the result has none. Cost linear in the number of impacts.
const study::Figure* impact_of(const study::Result& result, std::string_view phase, std::string_view criterion);
const study::Figure* total_of(const study::Result& result, std::string_view criterion);
/// Why a phase has no data, or nullptr if it is not missing.
const study::MissingPhase* missing_phase(const study::Result& result, std::string_view phase);

/// value / total of the criterion; nullopt unless the total is above zero. Shares of one criterion add up to 1.
std::optional<double> share_of(const study::Result& result, std::string_view phase, std::string_view criterion);

/// A phase and what share of a criterion's total it causes.
struct PhaseShare {
  std::string phase;
  double share = 0;
};
std::optional<PhaseShare> largest_phase(const study::Result& result, std::string_view criterion);

/// "ADPe*" where the result has a note on the criterion (one old source, say), else "ADPe". The note stands below as a
/// footnote; every table, Markdown, page and comparison writes a criterion's code so.
std::string marked(const study::CriterionInfo& criterion);
/// The same by code; a code that `criteria` does not hold is written as it stands.
std::string marked(std::span<const study::CriterionInfo> criteria, std::string_view code);
/// The footnotes: "* ADPe: Grid factors have one source of 2011."
std::vector<std::string> footnotes(std::span<const study::CriterionInfo> criteria);

/// The one unit in which all figures of a criterion are shown: the unit a person would choose for its total, or for
/// its greatest impact where there is no total.
base::Scaled scale_of(const study::Result& result, const study::CriterionInfo& criterion);

/// "end-of-life" → "end of life", and with a capital for the head of a row.
std::string phase_words(std::string_view phase);
std::string phase_label(std::string_view phase);
/// The same text with a capital at its beginning, as titles and heads of rows have it (ASCII letters only).
std::string capitalised(std::string_view text);

/// "1.1–1.9"; "-0.2 to 0.5" where a sign would blur the dash; "never" for infinity.
std::string range_text(double low, double high, int significant = 3);
/// A number, or "never" for infinity (a break-even that is not reached).
std::string number_text(double x, int significant = 3);
/// A figure in a table's cell: "1.42 (1.1–1.9)", the figure alone if it is certain, "–" if there is none. The interval
/// has `digits` significant digits; in a narrow table it needs one less than the figure.
std::string cell_text(const study::Figure* figure, double factor, int digits = 3);

/// "0.948 Wh (0.78–1.2)": electricity with its P5–P95 in one unit.
std::string energy_text(const study::Figure& kwh);

/// A time in days as people say it: "5.2 h", "3.1 days", "2.4 years"; "0 days" for 0; "never" for infinity.
std::string days_text(double days);
/// The same with its P5–P95 in one unit: "3.1 days (1.8 to 6.6)", "140 days (25 to never)".
std::string days_text(const study::Figure& days);

/// Whether a comparison gives the break-even as days too: one that does not has zeros there.
bool has_days(const study::Figure& days);

/// A count with its interval: "1.2 M (900 k to 2.1 M)"; "never" for infinity.
std::string count_text(const study::Figure& figure);

/// "61 %", "<1 %", ">99 %"; only a share of 1 is "100 %".
std::string percent_text(double share);

/// A share of draws: "93 %", and never "0 %" or "100 %", which no number of draws can show.
std::string probability_text(double probability);
/// Which side of a comparison is better: "B" from 95 % of the draws on, "A" up to 5 %, "equal" if no draw differs,
/// else "open".
std::string verdict_of(const study::Comparison::Row& row);
/// The probability that B is better, "–" where no draw differs.
std::string probability_of(const study::Comparison::Row& row);

/// The number as result.json has it: the shortest text that reads back as the same double; "null" if not finite.
std::string exact_text(double x);

/// Whether a figure is certain: its P5 and P95 are the figure itself, and no interval need stand beside it.
bool is_certain(const study::Figure& figure);

}  // namespace cradle::report
