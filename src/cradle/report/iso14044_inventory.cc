// The ISO 14044-style report: the inventory with every figure's source, the data's quality, and the impacts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cradle/report/carbon_parts.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/iso14044.h"
#include "cradle/report/paper.h"

namespace cradle::report {
namespace {

using study::Result;
using study::UsedFactor;

std::string year_text(int year) { return year == 0 ? "" : fmt::format("{}", year); }

std::string factor_table(const Result& result) {
  base::Table table({"figure", "value (P5–P95)", "unit", "distribution", "place", "year", "how obtained", "grade",
                     "source", "licence", "note"});
  for (const UsedFactor& f : result.factors)
    table.row({markdown_cell(f.name), factor_value(f), markdown_cell(f.unit), markdown_cell(f.distribution),
               markdown_cell(f.place), year_text(f.year), how_obtained(f.status), markdown_cell(f.grade),
               stated(f.source), markdown_cell(f.licence), markdown_cell(f.note)});
  return table.markdown() + '\n';
}

std::string tally(const Result& result) {
  constexpr std::array<std::string_view, 5> kStatuses = {"measured", "modelled", "catalogue", "input", "assumed"};
  std::string out = fmt::format("{} figures: ", result.factors.size());
  bool first = true;
  for (const std::string_view status : kStatuses) {
    const auto n = std::count_if(result.factors.begin(), result.factors.end(),
                                 [&](const UsedFactor& f) { return f.status == status; });
    out += fmt::format("{}{} {}", first ? "" : ", ", n, how_obtained(status));
    first = false;
  }
  return out + ".";
}

std::string years_of(const Evidence& e) {
  if (e.oldest == 0) return "–";
  return e.oldest == e.newest ? year_text(e.oldest) : fmt::format("{}–{}", e.oldest, e.newest);
}

std::string quality_table(const Result& result) {
  base::Table table({"criterion", "A", "B", "C", "D", "no grade", "no figure named", "years",
                     "source that most depends on", "its share", "sources"});
  for (const study::CriterionInfo& c : result.criteria) {
    const auto e = evidence_of(result, c.code);
    if (!e) {
      table.row({marked_markdown(c), "–", "–", "–", "–", "–", "–", "–", "–", "–", "–"});
      continue;
    }
    table.row({marked_markdown(c), percent_text(e->grade_a), percent_text(e->grade_b), percent_text(e->grade_c),
               percent_text(e->grade_d), percent_text(e->ungraded), percent_text(e->unexplained), years_of(*e),
               e->source.empty() ? "–" : markdown_cell(e->source),
               e->source.empty() ? "–" : percent_text(e->source_share), fmt::format("{}", e->sources)});
  }
  return table.markdown() + '\n';
}

std::vector<std::string> one_source_lines(const Result& result) {
  std::vector<std::string> lines;
  for (const study::CriterionInfo& c : result.criteria)
    if (const auto e = evidence_of(result, c.code); e && e->sources == 1)
      lines.push_back(
          fmt::format("{} rests on one published source: {}", marked_markdown(c), markdown_cell(e->source)));
  return lines;
}

/// "BE, EU, FR", each once, in the order of the alphabet.
std::string places_of(const Result& result) {
  std::vector<std::string> places;
  for (const UsedFactor& f : result.factors)
    if (!f.place.empty() && std::find(places.begin(), places.end(), f.place) == places.end()) places.push_back(f.place);
  std::sort(places.begin(), places.end());
  std::string out;
  for (const std::string& place : places) out += (out.empty() ? "" : ", ") + markdown_cell(place);
  return out.empty() ? "none named" : out;
}

std::string aspects_table(const Result& result) {
  const auto placeless =
      std::count_if(result.factors.begin(), result.factors.end(), [](const UsedFactor& f) { return f.place.empty(); });
  const auto sourceless =
      std::count_if(result.factors.begin(), result.factors.end(), [](const UsedFactor& f) { return f.source.empty(); });
  base::Table table({"aspect", "what the result shows"});
  table.row({"time", "years by criterion in the table above"});
  table.row({"geography",
             fmt::format("places: {}; {} figures hold anywhere or name no place", places_of(result), placeless)});
  table.row({"technology", "as each figure's name and note say; not assessed further"});
  table.row({"precision", "P5–P95 of every figure in section 3"});
  table.row({"completeness",
             fmt::format("{} phases counted, {} without data, {} gaps of phase and criterion",
                         counted_phases(result).size(), uncounted_phases(result).size(), gaps(result).size())});
  table.row({"representativeness", "by the grades in the table above; not assessed further"});
  table.row({"consistency", "section 6.4"});
  table.row({"reproducibility", fmt::format("seed {}, {} samples, hashes of study and data at the head; {} figures "
                                            "without source",
                                            result.seed, result.samples, sourceless)});
  return table.markdown() + '\n';
}

std::string alternatives(const Result& result, std::string_view kind, std::string_view title) {
  const std::string table = alternatives_table(result, kind);
  return heading(3, title) + (table.empty() ? paragraph("The result holds none.") : table);
}

/// A stated carbon intensity stands under every view, so a view's name says less than it seems to.
std::string stated_carbon_note(const Result& result) {
  const std::string activities = stated_carbon(result);
  if (activities.empty() || alternatives_of(result, "electricity").empty()) return "";
  return paragraph(fmt::format(
      "The carbon intensity of the electricity of {} is stated by the study and is the same under every view: of that "
      "electricity `location-marginal` is not what one more kilowatt-hour causes, and whether a contract stands behind "
      "any of these totals is the study's word.",
      activities));
}

}  // namespace

std::string iso_inventory(const Result& result) {
  std::string out = heading(2, "3. Life-cycle inventory");
  out += paragraph(tally(result) +
                   " Measured was read from a sensor; modelled was computed because no sensor could be "
                   "read; published, stated and assumed figures come from elsewhere.");
  out += factor_table(result);
  out += heading(3, "Electricity for the functional unit");
  const std::string energy = energy_table(result);
  out += energy.empty() ? paragraph("The result does not itemise it.") : energy;
  return out + paragraph(fmt::format("Basis of the energy: {} ({}).", stated(result.energy_basis),
                                     measured_or_estimated(result.energy_basis)));
}

std::string iso_data_quality(const Result& result) {
  std::string out = heading(2, "4. Data quality");
  out += paragraph(
      "Share of each criterion's total by the weakest grade among the figures that are multiplied to give it. A "
      "total depends on a source as far as a figure of that source is multiplied into it.");
  out += quality_table(result) + footnote_list(result) + bullets(one_source_lines(result));
  return out + aspects_table(result);
}

std::string iso_impacts(const Result& result) {
  std::string out = heading(2, "5. Impact assessment");
  out += paragraph(fmt::format("For {}; each figure with its P5–P95. \"–\" is no figure, which is not zero.",
                               markdown_cell(result.functional_unit.text)));
  out += impact_table(result) + footnote_list(result);
  if (result.alternative_samples > 0)
    out += paragraph(
        fmt::format("The intervals of the alternatives below are of {} samples.", result.alternative_samples));
  return out + alternatives(result, "allocation", "5.1 Other rules of allocation") +
         alternatives(result, "electricity", "5.2 Other views of electricity") + stated_carbon_note(result) +
         alternatives(result, "end-of-life", "5.3 Other treatments of the end of life");
}

}  // namespace cradle::report
