// Small pieces of HTML that several sections of the page are made of: numbers, units, figures, bars, badges.
#pragma once

#include <string>
#include <string_view>

#include "cradle/study/result.h"

namespace cradle::report {

/// number_text with a true minus sign, thousands set apart, and powers of ten instead of an exponent.
std::string number_html(double x, int significant = 3);
/// "1.1–1.9" from number_html; "−0.2 to 0.5" where a sign would blur the dash.
std::string range_html(double low, double high);
/// "kgCO2e/kWh" → "kg CO₂e/kWh", escaped.
std::string unit_html(std::string_view unit);
/// Text for people with ">=" and "<=" as the signs they mean, escaped.
std::string prose_html(std::string_view text);

/// `<data value="0.0069038">6.90</data>`: shown in the unit of the column, while the attribute keeps the number as it
/// stands in result.json (in the unit of result.json).
std::string data_html(double exact, double factor);
/// A figure and, below it unless it is certain, its P5–P95; each number as data_html. `factor` scales to the column's
/// unit.
std::string figure_html(const study::Figure& figure, double factor);

/// "phase-use" for a phase of the vocabulary, else "phase-other": the class that gives a phase its one colour.
std::string phase_class(std::string_view phase);
/// A bar as long as `share` of its cell (cut at 0 and 1), drawn without script or style attribute.
std::string bar_html(double share, std::string_view css_class);

/// "measured", "modelled", … as a badge of that class, and a grade as one; "" for "".
std::string status_html(std::string_view status);
std::string grade_html(std::string_view grade);

/// A term and what it stands for, for a `<dl class="facts">`.
std::string fact_html(std::string_view term, std::string_view html);

/// A numbered section of the page. `id` is a plain word.
std::string section_html(std::string_view id, std::string_view title, std::string_view body);

/// The place of a chart: hidden until the script has drawn it. `caption` is HTML.
std::string chart_html(std::string_view id, std::string_view label, std::string_view caption);

}  // namespace cradle::report
