// `cradle data list|show|check`: every figure of the catalogue with its source, grade and doubt.
#include "cradle/cli/data_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/catalog/check.h"

namespace cradle::cli {
namespace {

using catalog::Factor;
using Rows = std::vector<const Factor*>;

constexpr std::size_t kWidth = 100;     // columns of a terminal that everything fits
constexpr std::size_t kNameWidth = 34;  // of a name in a list of one key
constexpr std::size_t kShortName = 24;  // and where a column of keys stands before it

std::string cut(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t end = width - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

/// Breaks a text at blanks into lines of at most `width` bytes, the following lines behind `indent`.
std::string wrapped(const std::string& text, std::size_t width, const std::string& indent) {
  std::string out, line;
  for (const std::string& word : base::split(text, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      out += line + "\n" + indent;
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + line;
}

std::string number(double x) { return base::format_number(x); }

std::string range_of(const Factor& f) {
  return base::is_fixed(f.distribution) ? "–" : fmt::format("{} to {}", number(f.low), number(f.high));
}

void print_json(const Rows& rows) {
  base::Json list = base::Json::array();
  for (const Factor* f : rows) list.push_back(catalog::to_json(*f));
  fmt::print("{}\n", base::dump_json(list));
}

/// The built-in catalogue behind the packs.
catalog::Catalog catalog_with(const std::vector<std::string>& packs) {
  const std::vector<std::filesystem::path> paths(packs.begin(), packs.end());
  return catalog::with_packs(catalog::built_in(), paths);
}

void print_packs(const catalog::Catalog& all) {
  for (const catalog::Pack& p : all.packs)
    fmt::print("pack {}: {} {} before the built-in ones, SHA-256 {}\n", p.name, p.rows,
               p.rows == 1 ? "figure" : "figures", p.sha256);
}

// ---- list -------------------------------------------------------------------------------------------------------

struct ListArguments {
  std::string key, place, set, table, name;
  std::vector<std::string> packs;
  bool json = false;
  bool filtered() const { return !(key.empty() && place.empty() && set.empty() && table.empty() && name.empty()); }
};

/// "2016", "2009–2023".
std::string span_of_years(const std::vector<Factor>& factors) {
  const auto [low, high] = std::minmax_element(factors.begin(), factors.end(),
                                               [](const Factor& a, const Factor& b) { return a.year < b.year; });
  return low->year == high->year ? std::to_string(low->year) : fmt::format("{}–{}", low->year, high->year);
}

std::size_t count_of(const std::vector<Factor>& factors, catalog::Grade grade) {
  return static_cast<std::size_t>(
      std::count_if(factors.begin(), factors.end(), [&](const Factor& f) { return f.grade == grade; }));
}

void print_summary(const catalog::Catalog& all) {
  print_packs(all);
  base::Table table({"table", "rows", "years", "A", "B", "C", "D", "keys"});
  std::size_t rows = 0;
  for (const catalog::Table& t : all.tables) {
    const std::vector<Factor>& factors = t.factors();
    if (factors.empty()) continue;
    rows += factors.size();
    const auto count = [&](catalog::Grade g) { return std::to_string(count_of(factors, g)); };
    table.row({t.name(), std::to_string(factors.size()), span_of_years(factors), count(catalog::Grade::kA),
               count(catalog::Grade::kB), count(catalog::Grade::kC), count(catalog::Grade::kD),
               cut(fmt::format("{}", fmt::join(t.keys(), " ")), 40)});
  }
  fmt::print("{} figures, each with source, year, licence and grade; {} places\n\n{}\n", rows, catalog::places().size(),
             table.text());
  fmt::print(
      "Grades: A primary statistics or the maker's own assessment, B published compilation with sources,\n"
      "        C secondary or derived, D one old source, a guess or a proxy.\n\n"
      "More:  cradle data list --key grid.gwp          all figures of one key\n"
      "       cradle data list --place BE              all figures of a place\n"
      "       cradle data list --set seed-2021         a data set beside today's figures\n"
      "       cradle data list --table gpus --name H100\n"
      "       cradle data show grid.gwp@BE             one figure with source, note and alternatives\n");
}

void print_rows(const Rows& rows) {
  base::Table table({"key", "of", "value", "low to high", "unit", "grade", "set"});  // the year is told by show
  for (const Factor* f : rows)
    table.row({cut(f->key, 26), cut(f->name.empty() ? f->place : f->name, kShortName), number(f->distribution.value),
               range_of(*f), f->unit == "1" ? "" : f->unit, std::string(catalog::name_of(f->grade)), cut(f->set, 10)});
  fmt::print("{}", table.text());
}

/// Rows of one key need no column for it.
void print_rows_of_one_key(const Rows& rows) {
  fmt::print("{} [{}]\n", rows.front()->key, rows.front()->unit);
  base::Table table({"of", "year", "value", "low to high", "grade", "set"});
  for (const Factor* f : rows)
    table.row({cut(f->name.empty() ? f->place : f->name, kNameWidth), std::to_string(f->year),
               number(f->distribution.value), range_of(*f), std::string(catalog::name_of(f->grade)), cut(f->set, 18)});
  fmt::print("{}", table.text("  "));
}

void list_places(bool json) {
  if (json) {
    base::Json all = base::Json::array();
    for (const catalog::Place& p : catalog::places())
      all.push_back({{"code", p.code},
                     {"name", p.name},
                     {"aliases", p.aliases},
                     {"kind", p.kind},
                     {"within", p.within},
                     {"source", p.source}});
    fmt::print("{}\n", base::dump_json(all));
    return;
  }
  base::Table table({"code", "name", "also", "within"});
  for (const catalog::Place& p : catalog::places())
    table.row({p.code, cut(p.name, 40), cut(fmt::format("{}", fmt::join(p.aliases, ", ")), 40), p.within});
  fmt::print("{}", table.text());
}

void list(const ListArguments& a) {
  const catalog::Catalog all = catalog_with(a.packs);
  if (a.table == "places" || a.table == "places.csv") return list_places(a.json);
  if (!a.filtered() && !a.json) return print_summary(all);
  const std::optional<std::string> set = a.set.empty() ? std::nullopt : std::optional(a.set);
  const Rows rows = catalog::matching(all, {a.key, a.name, a.place, set, a.table});
  if (a.json) return print_json(rows);
  if (rows.empty()) base::fail("no figure passes these filters; leave one out, or see `cradle data list`");
  std::set<std::string> keys;
  for (const Factor* f : rows) keys.insert(f->key);
  if (keys.size() == 1)
    print_rows_of_one_key(rows);
  else
    print_rows(rows);
  if (rows.size() > 1)
    fmt::print("\n{} figures\n`cradle data show '{}'` tells where one comes from\n", rows.size(),
               catalog::id_of(*rows.front()));
}

// ---- show -------------------------------------------------------------------------------------------------------

/// "grid.gwp@BE:2023#seed-2021" → its parts. Throws usage errors.
catalog::Query parse_id(const std::string& id) {
  catalog::Query query;
  std::string rest = id;
  if (const auto hash = rest.rfind('#'); hash != std::string::npos) {
    query.set = rest.substr(hash + 1);
    rest.resize(hash);
  }
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    query.place = rest.substr(at + 1);
    rest.resize(at);
    if (const auto colon = query.place.rfind(':'); colon != std::string::npos) {
      const std::string year = query.place.substr(colon + 1);
      if (year.size() == 4 && year.find_first_not_of("0123456789") == std::string::npos) {
        query.year = std::stoi(year);
        query.place.resize(colon);
      }
    }
  }
  const auto slash = rest.find('/');
  query.key = rest.substr(0, slash);
  if (slash != std::string::npos) query.name = rest.substr(slash + 1);
  if (query.key.empty()) base::fail_usage("'{}' names no key; expected KEY[/NAME][@PLACE[:YEAR]][#SET]", id);
  return query;
}

/// Every other figure of the same thing: other years, sets and places around it.
Rows alternatives(const catalog::Catalog& all, const catalog::Query& query, const Factor& chosen) {
  std::vector<std::string> places{chosen.place};
  if (!query.place.empty())
    for (const std::string& place : catalog::around(query.place)) places.push_back(place);
  Rows rows;
  for (const Factor* f : catalog::matching(all, {chosen.key, "", "", {}, ""}))
    if (f != &chosen && f->key == chosen.key && f->name == chosen.name &&
        std::find(places.begin(), places.end(), f->place) != places.end())
      rows.push_back(f);
  return rows;
}

/// What differs between what was asked and what was found, in words; empty if nothing does.
std::string difference(const catalog::Query& query, const Factor& f) {
  std::vector<std::string> parts;
  if (!query.place.empty() && f.place != catalog::resolve_place(query.place).code)
    parts.push_back(f.place.empty() ? "the figure holds for any place"
                                    : fmt::format("{} has no figure of its own; this is {}", query.place,
                                                  catalog::resolve_place(f.place).name));
  if (!query.name.empty() && f.name.empty())
    parts.push_back(fmt::format("{} has no figure of its own; this is for any of its kind", query.name));
  if (query.year && f.year != *query.year)
    parts.push_back(fmt::format("{} is the nearest year to {}", f.year, *query.year));
  if (query.set != f.set && !query.set.empty())
    parts.push_back(fmt::format("the set {} has no such figure; this is today's", query.set));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void print_figure(const Factor& f, const std::string& difference) {
  const auto line = [](const char* what, const std::string& text) {
    if (!text.empty()) fmt::print("  {:<13}{}\n", what, wrapped(text, kWidth - 15, std::string(15, ' ')));
  };
  fmt::print("{}\n", catalog::id_of(f));
  line("asked", difference);
  const std::string unit = f.unit == "1" ? "" : " " + f.unit;
  line("value", number(f.distribution.value) + unit);
  if (!base::is_fixed(f.distribution)) {
    const base::Distribution& d = f.distribution;
    line("doubt", fmt::format("{}, stated {} to {}", base::name_of(d.shape), number(f.low), number(f.high)));
    line("as drawn", fmt::format("P5 {}, median {}, P95 {}", number(base::quantile(d, 0.05)),
                                 number(base::quantile(d, 0.5)), number(base::quantile(d, 0.95))));
  }
  if (!f.place.empty()) line("place", fmt::format("{} ({})", f.place, catalog::resolve_place(f.place).name));
  line("year", std::to_string(f.year));
  line("grade", std::string(catalog::name_of(f.grade)));
  line("source", f.source);
  line("licence", f.licence);
  line("note", f.note);
  line("stands in", catalog::where(f));
}

void show(const std::string& id, const std::vector<std::string>& packs, bool json) {
  const catalog::Catalog all = catalog_with(packs);
  const catalog::Query query = parse_id(id);
  const Factor& f = catalog::find(all, query);
  const Rows others = alternatives(all, query, f);
  if (json) {
    base::Json out = catalog::to_json(f);
    out["alternatives"] = base::Json::array();
    for (const Factor* other : others) out["alternatives"].push_back(catalog::to_json(*other));
    fmt::print("{}\n", base::dump_json(out));
    return;
  }
  print_figure(f, difference(query, f));
  if (others.empty()) return;
  fmt::print("\nother figures\n");
  base::Table table({"id", "value", "low to high", "grade", "note"});
  for (const Factor* other : others)
    table.row({cut(catalog::id_of(*other), 46), number(other->distribution.value), range_of(*other),
               std::string(catalog::name_of(other->grade)), cut(other->note, 24)});
  fmt::print("{}", table.text("  "));
}

// ---- check ------------------------------------------------------------------------------------------------------

std::vector<catalog::Finding> findings_of(const std::vector<std::string>& paths) {
  if (paths.empty()) return catalog::check_built_in();
  std::vector<std::string> files, texts;
  for (const std::string& path : paths)
    for (const std::filesystem::path& file : catalog::tables_at(path)) {
      files.push_back(file.string());
      texts.push_back(base::read_file(file));
    }
  std::vector<catalog::TableText> tables;
  for (std::size_t i = 0; i < files.size(); ++i) tables.push_back({files[i], texts[i]});
  return catalog::check(tables, &catalog::built_in());
}

/// "1 fault", "2 remarks".
std::string count_of(std::size_t n, const char* thing) { return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s"); }

void print_findings_json(const std::vector<catalog::Finding>& findings) {
  base::Json list = base::Json::array();
  for (const catalog::Finding& f : findings)
    list.push_back({{"table", f.table},
                    {"line", f.line},
                    {"rule", f.rule},
                    {"severity", f.severity == catalog::Severity::kFault ? "fault" : "remark"},
                    {"message", f.message}});
  fmt::print("{}\n", base::dump_json(list));
}

void check(const std::vector<std::string>& paths, bool json) {
  const std::vector<catalog::Finding> findings = findings_of(paths);
  const std::size_t faults = catalog::faults_in(findings), remarks = findings.size() - faults;
  if (json)
    print_findings_json(findings);
  else
    for (const catalog::Finding& f : findings) fmt::print("{}\n", catalog::text_of(f));
  const std::string what = paths.empty() ? "the built-in tables" : fmt::format("{}", fmt::join(paths, ", "));
  if (faults > 0) base::fail("{} in {}", count_of(faults, "fault"), what);
  if (json) return;
  fmt::print("{}: every rule is kept{}\n", what,
             remarks == 0 ? "" : fmt::format("; {} to look at", count_of(remarks, "remark")));
}

void add_packs(CLI::App& command, std::vector<std::string>& packs) {
  command
      .add_option("--pack", packs, "Your own figures before the built-in ones: a CSV file or a folder; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace

void add_data_command(CLI::App& app) {
  CLI::App* data = app.add_subcommand("data", "The catalogue of sourced figures: list, show, check");
  data->require_subcommand(1);
  data->footer("Example: cradle data show grid.gwp@BE");

  auto a = std::make_shared<ListArguments>();
  CLI::App* lister = data->add_subcommand("list", "List figures; without a filter, the tables");
  lister->add_option("--key", a->key, "A key or its beginning: grid.gwp, grid");
  lister->add_option("--place", a->place, "A code or name: BE, US-OR, Brussels");
  lister->add_option("--set", a->set, "A data set: seed-2021");
  lister->add_option("--table", a->table, "A table: electricity, gpus, places");
  lister->add_option("--name", a->name, "Part of a device's name: H100");
  add_packs(*lister, a->packs);
  lister->add_flag("--json", a->json, "Print JSON");
  lister->callback([a] { list(*a); });

  struct ShowArguments {
    std::string id;
    std::vector<std::string> packs;
    bool json = false;
  };
  auto s = std::make_shared<ShowArguments>();
  CLI::App* shower = data->add_subcommand("show", "One figure: all fields and all alternatives");
  shower->add_option("figure", s->id, "KEY[/NAME][@PLACE[:YEAR]][#SET]")->required();
  add_packs(*shower, s->packs);
  shower->add_flag("--json", s->json, "Print JSON");
  shower->footer("Example: cradle data show 'gpu.gwp/NVIDIA H100 SXM 80 GB'");
  shower->callback([s] { show(s->id, s->packs, s->json); });

  struct CheckArguments {
    std::vector<std::string> files;
    bool json = false;
  };
  auto c = std::make_shared<CheckArguments>();
  CLI::App* checker = data->add_subcommand("check", "Check tables of figures; without a file, the built-in ones");
  checker->add_option("file", c->files, "CSV files in the catalogue's schema, or folders of them");
  checker->add_option("--pack", c->files, "The same: a pack to check")->allow_extra_args(false);
  checker->add_flag("--json", c->json, "Print JSON");
  checker->callback([c] { check(c->files, c->json); });
}

}  // namespace cradle::cli
