// Pieces of Markdown that the reporting forms are made of: headings, lists, and the tables of a result.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/text.h"
#include "cradle/study/result.h"

namespace cradle::report {

std::string heading(int level, std::string_view text);
std::string paragraph(std::string_view text);
/// Nothing for no lines. Lines are Markdown; text of a study goes through markdown_cell first.
std::string bullets(const std::vector<std::string>& lines);

/// Text of the study made safe for Markdown, or "*not stated*" for "".
std::string stated(std::string_view text);

/// "6.90 gCO2e (5.11–10.1)" in the unit a person would choose; a certain figure without interval.
std::string figure_text(const study::Figure& figure, std::string_view unit);
/// "ADPe\*": marked() with its mark escaped, since two bare ones in a line would be emphasis.
std::string marked_markdown(const study::CriterionInfo& criterion);
/// The same by code; a code that `criteria` does not hold is written as it stands.
std::string marked_markdown(std::span<const study::CriterionInfo> criteria, std::string_view code);
/// "ADPe* (Minerals and metals), mg Sb": the head of a criterion's column, or of its row.
std::string criterion_head(const study::Result& result, const study::CriterionInfo& criterion);

/// Phase × criterion with P5–P95 and the totals; a phase without data has "–" in every cell.
std::string impact_table(const study::Result& result);
/// The totals under each choice of one kind, the study's own marked; "" if the result has none of that kind.
std::string alternatives_table(const study::Result& result, std::string_view kind);
/// Electricity by phase, at the computer and at the facility's meter; "" if the result has none.
std::string energy_table(const study::Result& result);
/// The footnotes of marked criteria as a list; "" if no criterion is marked.
std::string footnote_list(const study::Result& result);
/// The name of a factor's status for a report: "measured", "modelled (estimated)", "published", "stated in the study",
/// "assumed".
std::string how_obtained(std::string_view status);
/// "0.139 (0.119–0.161)" of a factor, without its unit.
std::string factor_value(const study::UsedFactor& factor);

}  // namespace cradle::report
