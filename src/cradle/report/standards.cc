// To add a form: its file, its line in standards.h, and one line here.
#include "cradle/report/standards.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/html.h"
#include "cradle/report/text.h"

namespace cradle::report {
namespace {

constexpr std::array kForms = {
    Form{"iso14044", "life-cycle assessment report by the items of ISO 14040/14044 (Markdown)", iso14044},
    Form{"sci", "Software Carbon Intensity, ISO/IEC 21031:2024 (Markdown)", sci},
    Form{"sci-ai", "SCI for AI: consumer's and provider's score (Markdown)", sci_ai},
    Form{"ai-act", "EU AI Act, Annex XI: compute, time and energy of the training (Markdown)", ai_act},
    Form{"afnor-2314", "AFNOR SPEC 2314: what the result answers and what its author must (Markdown)", afnor_2314},
    Form{"boamps", "BoAmps, one measured task (JSON)", boamps},
    Form{"html", "the page of `cradle assess -o`",
         [](const study::Result& r, const Origin& o) { return html(r, std::nullopt, o.program); }},
    Form{"markdown", "tables, and every figure with its source (Markdown)",
         [](const study::Result& r, const Origin&) { return markdown(r); }},
};

}  // namespace

std::span<const Form> forms() { return kForms; }

const Form& form(std::string_view name) {
  std::vector<std::string> names;
  for (const Form& f : kForms) {
    if (f.name == name) return f;
    names.emplace_back(f.name);
  }
  base::fail_usage("'{}' is not a format; expected {}{}", name, fmt::join(names, ", "), base::suggestion(name, names));
}

}  // namespace cradle::report
