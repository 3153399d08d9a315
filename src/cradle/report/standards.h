// The reporting forms a result can be written in, one line each in standards.cc; none of them claims conformity.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cradle/study/result.h"

namespace cradle::report {

/// What stands in a report beside the result.
struct Origin {
  std::string program = "cradle";  ///< what wrote it: "cradle 0.1.0"
  std::string written;             ///< when, "2026-11-25 20:06:00" in UTC; "" leaves the date out
};

struct Form {
  std::string_view name;   ///< as it is typed: "iso14044"
  std::string_view title;  ///< for the help
  /// The whole file. The same arguments give the same bytes. Throws Error if the form cannot be made of this result.
  std::string (*write)(const study::Result& result, const Origin& origin);
};

std::span<const Form> forms();
/// Throws a usage Error with the nearest name if there is none.
const Form& form(std::string_view name);

/// Laid out after the reporting items of ISO 14040 and ISO 14044; Markdown with a Mermaid diagram.
std::string iso14044(const study::Result& result, const Origin& origin);
/// Software Carbon Intensity, ISO/IEC 21031:2024. Throws Error if the result has no GWP.
std::string sci(const study::Result& result, const Origin& origin);
/// SCI for AI (draft of the Green Software Foundation): the consumer's and the provider's score.
std::string sci_ai(const study::Result& result, const Origin& origin);
/// The energy part of the EU AI Act's model documentation form (Annex XI, section 1, point 2 (d) and (e)).
std::string ai_act(const study::Result& result, const Origin& origin);
/// AFNOR SPEC 2314: what the result answers, and what its author has to.
std::string afnor_2314(const study::Result& result, const Origin& origin);
/// BoAmps: the task that the functional unit is about, as JSON of its published schema.
std::string boamps(const study::Result& result, const Origin& origin);

}  // namespace cradle::report
