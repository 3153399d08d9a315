// Processor names: the same words, else the same model number, else the same family.
#include "cradle/catalog/match_cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cradle/base/text.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::catalog {
namespace {

using Words = std::vector<std::string>;

struct Candidate {
  const Factor* factor;
  Words words;
};

bool has_digit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// "8550u", "7763", "2690": long enough to name one model. "i7", "e5", "v4" are families.
bool names_model(std::string_view word) { return word.size() >= 3 && has_digit(word); }

bool contains_all(const Words& words, const Words& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& w) { return std::find(words.begin(), words.end(), w) != words.end(); });
}

Words only(const Words& words, bool (*keep)(std::string_view)) {
  Words kept;
  std::copy_if(words.begin(), words.end(), std::back_inserter(kept), [&](const std::string& w) { return keep(w); });
  return kept;
}

std::vector<Candidate> candidates_of(const Catalog& catalog) {
  std::vector<Candidate> all;
  for (const Table& table : catalog.tables) {
    if (std::find(table.keys().begin(), table.keys().end(), "cpu.tdp") == table.keys().end()) continue;
    for (std::size_t i = 0; i < table.factors().size(); ++i) {
      const Factor& f = table.factors()[i];
      if (f.key == "cpu.tdp" && f.set.empty()) all.push_back({&f, base::split(table.normal_names()[i], ' ')});
    }
  }
  return all;
}

template <class Fits>
std::vector<const Factor*> rows_that(const std::vector<Candidate>& all, Fits fits) {
  std::vector<const Factor*> rows;
  for (const Candidate& c : all)
    if (fits(c.words)) rows.push_back(c.factor);
  return rows;
}

/// Brands: words that begin the names of several processors of the table (xeon, epyc, core, ryzen, …).
bool is_brand(const std::vector<Candidate>& all, std::string_view word) {
  constexpr int kSeveral = 3;
  const auto begins = [&](const Candidate& c) { return !c.words.empty() && c.words.front() == word; };
  return !has_digit(word) && std::count_if(all.begin(), all.end(), begins) >= kSeveral;
}

/// Rows with the same model number: all of ours among their words, or all of theirs among ours.
std::vector<const Factor*> close_rows(const std::vector<Candidate>& all, const Words& asked) {
  const Words model = only(asked, names_model);
  if (model.empty()) return {};
  auto rows = rows_that(all, [&](const Words& w) { return contains_all(w, asked); });
  if (!rows.empty()) return rows;
  return rows_that(all, [&](const Words& w) { return !w.empty() && contains_all(w, model) && contains_all(asked, w); });
}

/// Rows of the same family, as narrow as the table allows: with "e5" and "v3" if there are such, else "xeon" alone.
/// The name must begin with a brand: "Apple M1 Pro" has nothing to do with AMD's PRO A10.
std::vector<const Factor*> family_rows(const std::vector<Candidate>& all, const Words& asked) {
  if (!is_brand(all, asked.front())) return {};
  const Words family = only(asked, [](std::string_view w) { return !names_model(w); });
  const Words plain = only(family, [](std::string_view w) { return !has_digit(w); });
  const Words brand{asked.front()};
  for (const Words& wanted : {family, plain, brand}) {
    auto rows = rows_that(all, [&](const Words& w) { return contains_all(w, wanted); });
    if (!rows.empty()) return rows;
  }
  return {};
}

/// Median, P5 and P95 over the rows; of one row its own range.
base::Interval spread(const std::vector<const Factor*>& rows) {
  if (rows.size() == 1) return {rows[0]->distribution.value, rows[0]->low, rows[0]->high};
  std::vector<double> values;
  for (const Factor* f : rows) values.push_back(f->distribution.value);
  return base::summary_of(std::move(values));
}

std::string sentence(const CpuMatch& match, std::string_view model_name) {
  const std::string name(base::trim(model_name));
  switch (match.fit) {
    case CpuFit::kExact: return fmt::format("'{}' is {} of the catalogue", name, match.rows.front()->name);
    case CpuFit::kClose:
      return fmt::format("'{}' fits {} by its model number{}", name, match.rows.front()->name,
                         match.rows.size() > 1 ? fmt::format(" and {} more", match.rows.size() - 1) : "");
    case CpuFit::kLoose:
      return fmt::format("'{}' tells only the family: {} processors fit, nine of ten of them within {} to {} W", name,
                         match.rows.size(), base::format_number(match.tdp.low), base::format_number(match.tdp.high));
    case CpuFit::kNone: break;
  }
  return name.empty() ? "the system names no processor model"
                      : fmt::format("no processor of the catalogue is like '{}'", name);
}

}  // namespace

CpuMatch match_cpu(const Catalog& catalog, std::string_view model_name) {
  CpuMatch match;
  const Words asked = words_of(model_name);
  if (!asked.empty()) {
    const std::vector<Candidate> all = candidates_of(catalog);
    const auto try_rows = [&](CpuFit fit, std::vector<const Factor*> rows) {
      if (match.fit != CpuFit::kNone || rows.empty()) return;
      match.fit = fit;
      match.rows = std::move(rows);
    };
    try_rows(CpuFit::kExact, rows_that(all, [&](const Words& w) { return w == asked; }));
    if (match.rows.empty()) try_rows(CpuFit::kClose, close_rows(all, asked));
    if (match.rows.empty()) try_rows(CpuFit::kLoose, family_rows(all, asked));
  }
  if (!match.rows.empty()) match.tdp = spread(match.rows);
  if (match.rows.size() == 1)
    if (const auto cores =
            try_find(catalog, {.key = "cpu.cores", .name = match.rows[0]->name, .place = {}, .year = {}, .set = {}}))
      match.cores = (*cores)->distribution.value;
  match.reason = sentence(match, model_name);
  return match;
}

std::string_view name_of(CpuFit fit) {
  switch (fit) {
    case CpuFit::kExact: return "exact";
    case CpuFit::kClose: return "close";
    case CpuFit::kLoose: return "loose";
    case CpuFit::kNone: break;
  }
  return "none";
}

}  // namespace cradle::catalog
