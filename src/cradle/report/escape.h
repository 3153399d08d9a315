// Text made safe for the place where it will stand: HTML, a script's data block, a Markdown cell.
#pragma once

#include <string>
#include <string_view>

#include "cradle/base/json.h"

namespace cradle::report {

/// Text for HTML content and for attribute values in double quotes: & < > " ' become entities. Cost linear.
std::string html_text(std::string_view text);

/// JSON for a `<script type="application/json">` block. Every '<' (JSON has it in strings only) becomes \u003c, so that
/// no string can end the block or open a comment in it (HTML standard, "restrictions for contents of script elements").
/// A JSON parser reads back the same values. Throws Error on NaN or infinity, as base::dump_json does.
std::string script_json(const base::Json& json);

/// Text for one cell of a Markdown table: on one line, with '|' and '\' escaped and '<' and '&' as entities.
std::string markdown_cell(std::string_view text);

}  // namespace cradle::report
