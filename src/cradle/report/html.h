// The report as one web page: no network, readable without JavaScript, charts where a script may run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cradle/study/result.h"

namespace cradle::report {

/// The whole page; write it with base::write_file. The same arguments give the same bytes.
/// - Every number shown stands in `<data value="…">` with the digits and the unit of result.json.
/// - `<script type="application/json" id="cradle-data">` holds result.json, and id="cradle-comparison" the comparison.
/// - A content security policy forbids every request and every script but the page's own (by its hash).
/// `program` names what wrote the page, e.g. "cradle 0.1.0". Throws Error if a figure of the result is not finite.
std::string html(const study::Result& result, const std::optional<study::Comparison>& comparison = std::nullopt,
                 std::string_view program = "cradle");

/// Whether this build has the charts (CRADLE_WITH_WEB); without them the page is its tables.
bool has_charts();

}  // namespace cradle::report
