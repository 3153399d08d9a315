// Queries to the catalogue, turned into the meter's own structs.
#include "cradle/sensor/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/catalog/match_cpu.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::sensor {
namespace {

using base::Interval;
using catalog::Catalog;
using catalog::Factor;

// P5 to P95 of true power around the load curve. Tools that multiply TDP by load err by up to 40 % against a wall
// meter (arXiv 2509.22092); taken here as the bounds of nine cases in ten. Assumed, grade C.
constexpr Interval kCurveError = {1, 1 / 1.4, 1.4};

std::vector<LoadPoint> load_curve(const Catalog& catalog) {
  const std::string prefix = "load-";
  std::vector<LoadPoint> curve;
  for (const Factor* f : catalog::matching(
           catalog, {.key = "power.cpu_load_fraction", .name = prefix, .place = {}, .set = "", .table = {}})) {
    double percent = 0;
    const char* digits = f->name.c_str() + prefix.size();
    if (f->name.starts_with(prefix) &&
        std::from_chars(digits, f->name.c_str() + f->name.size(), percent).ec == std::errc())
      curve.push_back({percent / 100, f->distribution.value});
  }
  std::sort(curve.begin(), curve.end(), [](const LoadPoint& a, const LoadPoint& b) { return a.load < b.load; });
  if (curve.size() < 2)
    base::fail("the catalogue has no load curve: it lacks rows of power.cpu_load_fraction named load-0 to load-100");
  return curve;
}

bool is_asked_for(std::string_view line) { return line.starts_with("cpu.tdp,") || line.starts_with("cpu.cores,"); }

/// Whether the name in a line, in lower case, holds one of `words`. Only the beginning is looked at, up to the comma
/// behind the name; a quoted name may hold commas: then the whole line. `low` is room to work in.
bool holds_any(std::string_view line, const std::vector<std::string>& words, std::string& low) {
  const std::size_t name = line.find(',') + 1;
  const bool quoted = name < line.size() && line[name] == '"';
  low.assign(line.substr(0, quoted ? line.size() : line.find(',', name)));
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return low.find(word) != std::string::npos; });
}

/// The rows of processors' TDP and cores whose name holds one of `words`, with the header: a hundredth of the table to
/// parse, so that the first reading of a run comes within milliseconds. `text` must outlive the catalogue.
Catalog processors_with(const Catalog& catalog, const std::vector<std::string>& words, std::string& text) {
  for (const catalog::Table& table : catalog.tables) {
    const auto& keys = table.keys();
    if (std::find(keys.begin(), keys.end(), "cpu.tdp") == keys.end()) continue;
    // Line by line: a lower-case copy of the whole table would cost more memory than the rest of a run.
    std::string low;
    bool header = true;  // the first line that is no comment
    for (std::string_view rest = table.text(); !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.starts_with('#')) continue;
      if (header && !line.starts_with("key,name,")) return catalog;  // no table that can be looked through so
      if (header || (is_asked_for(line) && holds_any(line, words, low))) text.append(line) += '\n';
      header = false;
    }
    return {{catalog::Table(table.name(), text)}};
  }
  return {};
}

/// match_cpu on as few rows as can decide it: those that hold the model number, else those that hold any of the words.
catalog::CpuMatch match(const Catalog& catalog, const std::string& model_name, std::string& text, Catalog& rows) {
  const std::vector<std::string> words = catalog::words_of(model_name);
  std::vector<std::string> numbers;
  for (const std::string& word : words)
    if (word.size() >= 3 && word.find_first_of("0123456789") != std::string::npos) numbers.push_back(word);
  for (const std::vector<std::string>& some : {numbers, words}) {
    if (some.empty()) continue;
    text.clear();
    rows = processors_with(catalog, some, text);
    catalog::CpuMatch found = catalog::match_cpu(rows, model_name);
    if (found.fit == catalog::CpuFit::kExact || found.fit == catalog::CpuFit::kClose || some == words) return found;
  }
  return catalog::match_cpu(rows, model_name);
}

/// W of TDP per physical core, over the rows for which the catalogue knows the cores; over all processors if none.
Interval tdp_per_core(const Catalog& catalog, const Catalog& few, const std::vector<const Factor*>& rows, int& models) {
  std::vector<double> watts;
  const auto add = [&](const Factor& tdp) {
    const auto cores = catalog::try_find(few, {"cpu.cores", tdp.name, "", {}, ""});
    if (cores && (*cores)->name == tdp.name) watts.push_back(tdp.distribution.value / (*cores)->distribution.value);
  };
  for (const Factor* row : rows) add(*row);
  if (watts.empty())
    for (const Factor* cores : catalog::matching(catalog, {"cpu.cores", "", "", "", ""})) {
      const auto tdp = catalog::try_find(catalog, {"cpu.tdp", cores->name, "", {}, ""});
      if (tdp && (*tdp)->name == cores->name) watts.push_back((*tdp)->distribution.value / cores->distribution.value);
    }
  models = static_cast<int>(watts.size());
  return watts.empty() ? Interval{} : base::summary_of(std::move(watts));
}

void add_tdp(const Catalog& catalog, const MachineFacts& facts, PowerModelInputs& inputs) {
  if (facts.record.cpu.empty()) return;
  std::string text;
  Catalog few;
  const catalog::CpuMatch found = match(catalog, facts.record.cpu, text, few);
  const bool whole = !facts.virtual_machine && found.fit != catalog::CpuFit::kNone;
  if (whole) {
    const double n = facts.sockets;
    inputs.tdp_w = {found.tdp.value * n, found.tdp.low * n, found.tdp.high * n};
    inputs.cpu = fmt::format("{} x {}, {:.0f} W TDP", facts.sockets,
                             found.rows.size() == 1 ? found.rows[0]->name : facts.record.cpu, found.tdp.value);
    return;
  }
  int models = 0;
  const Interval core = tdp_per_core(catalog, few, found.rows, models);
  const double n = facts.online_cpus;
  inputs.tdp_w = {core.value / 2 * n, core.low / 2 * n, core.high * n};
  inputs.cpu = fmt::format("{} CPUs of {} ({:.1f} W TDP per thread, from {} models)", facts.online_cpus,
                           facts.record.cpu, core.value / 2, models);
}

}  // namespace

PowerModelInputs power_inputs(const Catalog& catalog, const MachineFacts& facts) {
  PowerModelInputs inputs;
  inputs.load_curve = load_curve(catalog);
  inputs.curve_error = kCurveError;
  // W/TB is Wh per TB and hour.
  const auto interval = [&](const char* key) {
    const Factor& f = catalog::find(catalog, {key, "", "", {}, ""});
    return Interval{f.distribution.value, f.low, f.high};
  };
  inputs.ram_w_per_gb = interval("power.ram");
  inputs.ssd_w_per_tb = interval("storage.ssd_power");
  inputs.hdd_w_per_tb = interval("storage.hdd_power");
  inputs.network_j_per_gb = interval("net.adapter");
  add_tdp(catalog, facts, inputs);
  return inputs;
}

record::GridFactor grid_factor(const Catalog& catalog, std::string_view place) {
  const Factor& f = catalog::find(catalog, {"grid.gwp", "", std::string(place), {}, ""});
  return {catalog::id_of(f), f.place, f.source, f.year, {f.distribution.value, f.low, f.high}};
}

}  // namespace cradle::sensor
