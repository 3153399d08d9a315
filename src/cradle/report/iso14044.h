// The sections of the ISO 14044-style report, one function each; iso14044.cc puts them together.
#pragma once

#include <string>

#include "cradle/report/standards.h"

namespace cradle::report {

/// 1 and 2: goal; function, functional unit, reference flow, boundary with diagram, cut-off, allocation, criteria.
std::string iso_goal(const study::Result& result);
std::string iso_scope(const study::Result& result);
/// The system boundary as a Mermaid flowchart and as plain text.
std::string iso_boundary(const study::Result& result);
/// 3 and 4: every figure with source; data quality by criterion.
std::string iso_inventory(const study::Result& result);
std::string iso_data_quality(const study::Result& result);
/// 5: phase × criterion, and the totals under other choices.
std::string iso_impacts(const study::Result& result);
/// 6: hotspots; completeness, sensitivity and consistency checks; uncertainty; limitations; conclusions.
std::string iso_interpretation(const study::Result& result);
/// 7 and 8: what the study says of a critical review; what a conformant report would still need.
std::string iso_review(const study::Result& result);
std::string iso_missing(const study::Result& result, const Origin& origin);

}  // namespace cradle::report
