// Published cases, through the same path as any study.
#include "cradle/scenario/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/life/assess.h"
#include "cradle/life/model.h"
#include "cradle/scenario/units.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

using life::Central;
using study::Expected;
using study::Study;
using study::TreeNode;

/// A figure and the unit it is in.
struct Quantity {
  double value = 0;
  std::string unit;
};

std::vector<std::string> phases_of(const Central& r) {
  std::vector<std::string> out;
  for (const auto& [key, value] : r.values)
    if (out.empty() || out.back() != key.first) out.push_back(key.first);
  return out;
}

/// The nodes below a phase's node whose name begins with the process, the uppermost of each branch, added up.
double process_value(const Central& r, const Expected& e) {
  std::set<std::string> inside;  // nodes from the phase down to what is sought
  std::vector<std::string> names;
  double sum = 0;
  bool found = false;
  for (const TreeNode& node : r.tree) {  // parents stand before their children
    if (node.criterion != e.quantity || node.kind == "factor") continue;
    const bool below = inside.contains(node.parent);
    if (node.kind == "phase" && (e.phase.empty() || node.id.ends_with("phase: " + e.phase))) {
      inside.insert(node.id);
    } else if (below) {
      names.push_back(node.name.substr(0, node.name.find(':')));
      if (base::starts_with_ignoring_case(node.name, e.process)) {
        sum += node.value;
        found = true;  // and do not go deeper
      } else {
        inside.insert(node.id);
      }
    }
  }
  if (!found)
    base::fail("{}: 'process': nothing below {} begins with '{}'{}", e.where,
               e.phase.empty() ? "the total" : "'" + e.phase + "'", e.process, base::suggestion(e.process, names));
  return sum;
}

/// The unit of a quantity; throws Error with the nearest one if it is none.
std::string unit_of(const Expected& e) {
  std::vector<std::string> names;
  for (const auto& indicator : life::indicators()) {
    if (e.quantity == indicator.code) return "kWh";
    names.push_back(indicator.code);
  }
  for (const auto& c : life::criteria()) {
    if (e.quantity == c.code) return c.unit;
    names.push_back(c.code);
  }
  base::fail("{}: 'quantity': unknown '{}'{}", e.where, e.quantity, base::suggestion(e.quantity, names));
}

Quantity quantity_of(const Central& r, const Expected& e) {
  const std::string unit = unit_of(e);
  if (!e.process.empty()) {
    if (unit == "kWh") base::fail("{}: 'process': energy is known by phase only; remove it", e.where);
    return {process_value(r, e), unit};
  }
  const auto at = r.values.find({e.phase, e.quantity});
  // Exactly zero means that nothing of the kind reaches the phase: no data, which is not a figure.
  if (at == r.values.end() || at->second == 0.0)
    base::fail("{}: 'phase': the study has no figure of {} for {}{}", e.where, e.quantity,
               e.phase.empty() ? "the whole life" : "'" + e.phase + "'", base::suggestion(e.phase, phases_of(r)));
  return {at->second, unit};
}

double computed(const Central& r, const Expected& e, const catalog::Catalog& catalog) {
  const Quantity q = quantity_of(r, e);
  if (e.against.empty()) return converted(q.value, q.unit, e.unit, e.where);
  if (unit_named(e.unit, e.where).dimension != "ratio")
    base::fail("{}: 'unit': a figure against another study is a ratio; expected \"1\", found \"{}\"", e.where, e.unit);
  Quantity other;
  try {
    other = quantity_of(life::central(study::read_study(e.against), catalog), e);
  } catch (const base::Error& error) {
    base::fail("{}: 'against': {}", e.where, error.what());
  }
  return q.value / other.value;
}

std::vector<fs::path> studies_at(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return {path};
  if (!fs::is_directory(path, error)) base::fail("{}: there is no such study or folder", path.string());
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file() && entry.path().extension() == ".toml") out.push_back(entry.path());
  if (out.empty()) base::fail("{}: the folder holds no study (*.toml)", path.string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

bool as_stated(const Case& c) { return c.within == c.expected.reproduces; }

std::vector<Case> cases_of(const Study& study, const std::string& name, const catalog::Catalog& catalog) {
  std::vector<Case> out;
  if (study.expected.empty()) return out;
  const Central result = life::central(study, catalog);
  for (const Expected& e : study.expected) {
    Case c;
    c.study = name;
    c.expected = e;
    c.computed = computed(result, e, catalog);
    c.relative_error = c.computed / e.value - 1;
    c.within = std::abs(c.relative_error) <= e.tolerance;
    out.push_back(std::move(c));
  }
  return out;
}

Validation validate(const std::vector<fs::path>& paths, const catalog::Catalog& catalog) {
  Validation v;
  for (const fs::path& path : paths)
    for (const fs::path& file : studies_at(path)) {
      try {
        const Study study = study::read_study(file);
        if (study.expected.empty()) ++v.without;
        std::vector<Case> cases = cases_of(
            study, fs::relative(file, path) == "." ? file.filename().string() : fs::relative(file, path).string(),
            catalog);
        v.cases.insert(v.cases.end(), std::make_move_iterator(cases.begin()), std::make_move_iterator(cases.end()));
      } catch (const base::Error& e) {
        v.faults.emplace_back(e.what());
      }
    }
  try {
    v.checks = arithmetic_at(paths);
  } catch (const base::Error& e) {
    v.faults.emplace_back(e.what());
  }
  return v;
}

bool passes(const Validation& v) {
  return v.faults.empty() && std::all_of(v.cases.begin(), v.cases.end(), as_stated) &&
         std::all_of(v.checks.begin(), v.checks.end(), [](const ArithmeticCheck& c) { return c.within; });
}

std::string text(const Validation& v) {
  std::string out, reasons;
  base::Table table({"case", "published", "computed", "error", "within", ""});
  int reproduced = 0, known = 0;
  for (const Case& c : v.cases) {
    const Expected& e = c.expected;
    table.row({e.id, with_unit(e.value, e.unit), with_unit(c.computed, e.unit),
               fmt::format("{:+.2f} %", 100 * c.relative_error), c.within ? "✓" : "✗",
               as_stated(c) ? (e.reproduces ? "" : "known not to reproduce")
                            : (e.reproduces ? "FAILS" : "FAILS: it should not reproduce")});
    (e.reproduces ? reproduced : known) += as_stated(c);
    if (!e.reproduces) reasons += fmt::format("  {}: {}\n", e.id, e.reason);
  }
  if (!v.cases.empty()) out += table.text();
  if (!reasons.empty()) out += "\nNot reproduced, and why:\n" + reasons;
  for (const std::string& fault : v.faults) out += fmt::format("\nfault: {}\n", fault);
  const std::size_t wrong = v.cases.size() - static_cast<std::size_t>(reproduced + known);
  out += fmt::format("\n{} cases: {} reproduce within their tolerance, {} are known not to; {} not as stated{}\n",
                     v.cases.size(), reproduced, known, wrong,
                     v.faults.empty() ? "" : fmt::format(", {} files at fault", v.faults.size()));
  return out;
}

base::Json to_json(const Validation& v) {
  base::Json list = base::Json::array();
  for (const Case& c : v.cases)
    list.push_back({{"kind", "case"},
                    {"id", c.expected.id},
                    {"published", c.expected.value},
                    {"computed", c.computed},
                    {"relative_error", c.relative_error},
                    {"within", c.within},
                    {"reproduces", c.expected.reproduces},
                    {"reason", c.expected.reason},
                    {"unit", c.expected.unit},
                    {"tolerance", c.expected.tolerance},
                    {"source", c.expected.source},
                    {"independence", c.expected.independence},
                    {"study", c.study}});
  for (const ArithmeticCheck& c : v.checks)
    list.push_back({{"kind", "arithmetic"},
                    {"id", c.id},
                    {"published", c.published},
                    {"computed", c.computed},
                    {"relative_error", c.relative_error},
                    {"within", c.within},
                    {"reproduces", true},
                    {"reason", ""},
                    {"unit", c.unit},
                    {"tolerance", c.tolerance},
                    {"source", c.source},
                    {"independence", ""},
                    {"study", "arithmetic.csv"}});
  return list;
}

}  // namespace cradle::scenario
