// The sections of the page, one function each; html.cc puts them together.
#pragma once

#include <string>
#include <string_view>

#include "cradle/study/result.h"

namespace cradle::report {

/// Title, question, what was assessed and for whom. `program` names what wrote the page, e.g. "cradle 0.1.0".
std::string masthead(const study::Result& result, std::string_view program);
/// The headline, a card for each criterion, and loudly what is missing or wrong.
std::string summary_section(const study::Result& result);
/// Phase × criterion: chart and table.
std::string life_cycle_section(const study::Result& result);
/// Two models side by side by the same draws, and the break-even; `result` has the names of the criteria.
std::string comparison_section(const study::Comparison& comparison, const study::Result& result);
/// What moves the totals: chart and one table for each criterion; "" if the result has no sensitivity.
std::string sensitivity_section(const study::Result& result);
/// Shares of the variance (Sobol), one table for each criterion; "" if the result has none.
std::string variance_section(const study::Result& result);
/// The totals under other rules of allocation, views of electricity and treatments of the end of life; "" if none.
std::string choices_section(const study::Result& result);
/// Electricity by phase at the computer and at the facility's meter, and the facts of the training; "" if none.
std::string energy_section(const study::Result& result);
/// The tree under each total, down to factors; "" if the result has none. Nodes that no root reaches are shown as
/// roots.
std::string breakdown_section(const study::Result& result);
/// Every figure used, with source, year, licence, grade and status.
std::string evidence_section(const study::Result& result);
/// Assumptions, conventions, and how to repeat the calculation.
std::string method_section(const study::Result& result);

}  // namespace cradle::report
