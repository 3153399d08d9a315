// What a change of data does.
#include "cradle/scenario/data_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/pack.h"
#include "cradle/study/study.h"

namespace cradle::scenario {
namespace {

using catalog::Factor;
using catalog::RowChange;

catalog::Catalog catalog_named(const std::string& name) {
  if (name == kBuiltIn) return catalog::built_in();
  const std::array<std::filesystem::path, 1> packs = {name};
  return catalog::with_packs(catalog::built_in(), packs);
}

/// "0.138 kgCO2e/kWh (0.115–0.161), B"; the year stands in the row's id.
std::string figure_text(const Factor* f) {
  if (!f) return "–";
  std::string text = base::format_number(f->distribution.value, 5);
  if (f->unit != "1") text += " " + f->unit;
  if (f->low != f->high) text += fmt::format(" ({}–{})", base::format_number(f->low), base::format_number(f->high));
  return text + fmt::format(", {}", catalog::name_of(f->grade));
}

const char* kind_of(const RowChange& c) { return !c.before ? "added" : !c.after ? "removed" : "changed"; }

}  // namespace

DataDifference data_difference(const std::string& before, const std::string& after,
                               const std::vector<std::filesystem::path>& studies, const life::AssessOptions& options) {
  DataDifference d;
  d.name_before = before;
  d.name_after = after;
  d.before = catalog_named(before);
  d.after = catalog_named(after);
  d.rows = catalog::difference(d.before, d.after);
  for (const auto& file : studies) {
    StudyUnderBoth s{file.string(), {}, ""};
    try {
      const study::Study study = study::read_study(file);
      s.difference = difference(life::assess(study, d.before, options), life::assess(study, d.after, options));
    } catch (const base::Error& e) {
      if (e.fault() == base::Fault::kUsage) throw;
      s.fault = e.what();
    }
    d.studies.push_back(std::move(s));
  }
  return d;
}

std::string text(const DataDifference& d) {
  int added = 0, removed = 0;
  for (const RowChange& c : d.rows) {
    added += !c.before;
    removed += !c.after;
  }
  std::string out = fmt::format("{} → {}: {} rows added, {} removed, {} changed\n", d.name_before, d.name_after, added,
                                removed, static_cast<int>(d.rows.size()) - added - removed);
  if (!d.rows.empty()) {
    base::Table table({"row", "", "before", "after", "differs in"});
    for (const RowChange& c : d.rows)
      table.row({catalog::id_of(c.after ? *c.after : *c.before), kind_of(c), figure_text(c.before),
                 figure_text(c.after), fmt::format("{}", fmt::join(catalog::changed_fields(c), ", "))});
    out += table.text();
  }
  for (const StudyUnderBoth& s : d.studies) {
    out += fmt::format("\n== {}\n", s.study);
    out += s.fault.empty() ? text(s.difference) : fmt::format("failed: {}\n", s.fault);
  }
  return out;
}

base::Json to_json(const DataDifference& d) {
  base::Json json = {{"schema", kDataDifferenceSchema}, {"a", d.name_before}, {"b", d.name_after}};
  json["rows"] = base::Json::array();
  for (const RowChange& c : d.rows)
    json["rows"].push_back({{"id", catalog::id_of(c.after ? *c.after : *c.before)},
                            {"kind", kind_of(c)},
                            {"fields", catalog::changed_fields(c)},
                            {"a", c.before ? catalog::to_json(*c.before) : base::Json(nullptr)},
                            {"b", c.after ? catalog::to_json(*c.after) : base::Json(nullptr)}});
  json["studies"] = base::Json::array();
  for (const StudyUnderBoth& s : d.studies)
    json["studies"].push_back({{"study", s.study},
                               {"fault", s.fault.empty() ? base::Json(nullptr) : base::Json(s.fault)},
                               {"difference", s.fault.empty() ? to_json(s.difference) : base::Json(nullptr)}});
  return json;
}

}  // namespace cradle::scenario
