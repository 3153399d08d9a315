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
using Names = std::span<const std::string_view>;
using Rows = std::vector<std::size_t>;

bool has_digit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

/// "8550u", "7763", "2690": long enough to name one model. "i7", "e5", "v4" are families.
bool names_model(std::string_view word) { return word.size() >= 3 && has_digit(word); }

/// Whether `word` is one of the words of a normal name, which are parted by single blanks.
bool has_word(std::string_view name, std::string_view word) {
  for (std::size_t at = name.find(word); at != name.npos; at = name.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || name[at - 1] == ' ') && (end == name.size() || name[end] == ' ')) return true;
  }
  return false;
}

bool has_all(std::string_view name, const Words& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) { return has_word(name, word); });
}

/// Whether every word of a normal name is one of `words`.
bool is_among(std::string_view name, const Words& words) {
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (std::find(words.begin(), words.end(), word) == words.end()) return false;
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return true;
}

Words only(const Words& words, bool (*keep)(std::string_view)) {
  Words kept;
  std::copy_if(words.begin(), words.end(), std::back_inserter(kept), [&](const std::string& w) { return keep(w); });
  return kept;
}

template <class Fits>
Rows rows_that(Names all, Fits fits) {
  Rows rows;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (fits(all[i])) rows.push_back(i);
  return rows;
}

/// Brands: words that begin the names of several processors of the table (xeon, epyc, core, ryzen, …).
bool is_brand(Names all, std::string_view word) {
  constexpr std::size_t kSeveral = 3;
  return !has_digit(word) && rows_that(all, [&](std::string_view name) {
                               return name.substr(0, name.find(' ')) == word;
                             }).size() >= kSeveral;
}

/// Rows with the same model number: all of ours among their words, or all of theirs among ours.
Rows close_rows(Names all, const Words& asked) {
  const Words model = only(asked, names_model);
  if (model.empty()) return {};
  Rows rows = rows_that(all, [&](std::string_view name) { return has_all(name, asked); });
  if (!rows.empty()) return rows;
  return rows_that(
      all, [&](std::string_view name) { return !name.empty() && has_all(name, model) && is_among(name, asked); });
}

/// Rows of the same family, as narrow as the table allows: with "e5" and "v3" if there are such, else "xeon" alone.
/// The name must begin with a brand: "Apple M1 Pro" has nothing to do with AMD's PRO A10.
Rows family_rows(Names all, const Words& asked) {
  if (!is_brand(all, asked.front())) return {};
  const Words family = only(asked, [](std::string_view w) { return !names_model(w); });
  const Words plain = only(family, [](std::string_view w) { return !has_digit(w); });
  const Words brand{asked.front()};
  for (const Words& wanted : {family, plain, brand}) {
    Rows rows = rows_that(all, [&](std::string_view name) { return has_all(name, wanted); });
    if (!rows.empty()) return rows;
  }
  return {};
}

/// The rows of today's processors and their normal names.
struct Candidates {
  std::vector<const Factor*> rows;
  std::vector<std::string_view> names;
};

Candidates candidates_of(const Catalog& catalog) {
  Candidates all;
  for (const Table& table : catalog.tables) {
    if (std::find(table.keys().begin(), table.keys().end(), "cpu.tdp") == table.keys().end()) continue;
    for (std::size_t i = 0; i < table.factors().size(); ++i) {
      const Factor& f = table.factors()[i];
      if (f.key != "cpu.tdp" || !f.set.empty()) continue;
      all.rows.push_back(&f);
      all.names.push_back(table.normal_names()[i]);
    }
  }
  return all;
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

CpuNames fit_cpu(std::span<const std::string_view> normal_names, std::string_view model_name) {
  const std::string asked = normal_name(model_name);
  if (asked.empty()) return {};
  const Words words = words_of(model_name);
  if (Rows rows = rows_that(normal_names, [&](std::string_view name) { return name == asked; }); !rows.empty())
    return {CpuFit::kExact, std::move(rows)};
  if (Rows rows = close_rows(normal_names, words); !rows.empty()) return {CpuFit::kClose, std::move(rows)};
  if (Rows rows = family_rows(normal_names, words); !rows.empty()) return {CpuFit::kLoose, std::move(rows)};
  return {};
}

base::Interval spread_of(std::span<const base::Interval> powers) {
  if (powers.empty()) return {};
  if (powers.size() == 1) return powers[0];
  std::vector<double> values;
  for (const base::Interval& w : powers) values.push_back(w.value);
  return base::summary_of(std::move(values));
}

CpuMatch match_cpu(const Catalog& catalog, std::string_view model_name) {
  CpuMatch match;
  const Candidates all = candidates_of(catalog);
  const CpuNames names = fit_cpu(all.names, model_name);
  match.fit = names.fit;
  std::vector<base::Interval> powers;
  for (const std::size_t i : names.fitting) {
    const Factor* f = all.rows[i];
    match.rows.push_back(f);
    powers.push_back({f->distribution.value, f->low, f->high});
  }
  match.tdp = spread_of(powers);
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
