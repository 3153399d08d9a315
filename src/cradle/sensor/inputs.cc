// Queries to the catalogue, turned into the meter's own structs.
#include "cradle/sensor/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <span>
#include <unordered_map>

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

using Processor = PowerFigures::Processor;

/// Parts the processors by whether they fit. `processor` makes the one of an index, and is asked for as few as decide.
template <class Make>
void part_by_fit(std::span<const std::string_view> normal_names, std::string_view cpu, Make processor,
                 PowerFigures& figures) {
  const std::vector<std::size_t> fitting = catalog::fit_cpu(normal_names, cpu).fitting;
  for (const std::size_t i : fitting) figures.fitting.push_back(processor(i));
  const auto has_cores = [](const Processor& p) { return p.cores > 0; };
  if (std::any_of(figures.fitting.begin(), figures.fitting.end(), has_cores)) return;
  for (std::size_t i = 0; i < normal_names.size(); ++i)
    if (!std::binary_search(fitting.begin(), fitting.end(), i)) figures.others.push_back(processor(i));
}

/// W of TDP per physical core over those processors whose cores are known.
void add_watts_per_core(const std::vector<Processor>& processors, std::vector<double>& watts) {
  for (const Processor& p : processors)
    if (p.cores > 0) watts.push_back(p.tdp_w.value / p.cores);
}

void add_tdp(const PowerFigures& figures, const MachineFacts& facts, PowerModelInputs& inputs) {
  if (facts.record.cpu.empty()) return;
  if (!facts.virtual_machine && !figures.fitting.empty()) {
    std::vector<Interval> powers;
    for (const Processor& p : figures.fitting) powers.push_back(p.tdp_w);
    const Interval tdp = catalog::spread_of(powers);
    const double n = facts.sockets;
    inputs.tdp_w = {tdp.value * n, tdp.low * n, tdp.high * n};
    inputs.cpu = fmt::format("{} x {}, {:.0f} W TDP", facts.sockets,
                             figures.fitting.size() == 1 ? figures.fitting[0].name : facts.record.cpu, tdp.value);
    return;
  }
  std::vector<double> watts;
  add_watts_per_core(figures.fitting, watts);
  if (watts.empty()) add_watts_per_core(figures.others, watts);
  const std::size_t models = watts.size();
  const Interval core = watts.empty() ? Interval{} : base::summary_of(std::move(watts));
  const double n = facts.online_cpus;
  inputs.tdp_w = {core.value / 2 * n, core.low / 2 * n, core.high * n};
  inputs.cpu = fmt::format("{} CPUs of {} ({:.1f} W TDP per thread, from {} models)", facts.online_cpus,
                           facts.record.cpu, core.value / 2, models);
}

/// Takes the cell before the next tab off the line.
std::string_view take_cell(std::string_view& line) {
  const std::string_view cell = line.substr(0, line.find('\t'));
  line.remove_prefix(std::min(line.size(), cell.size() + 1));
  return cell;
}

double take_number(std::string_view& line) {
  const std::string_view cell = take_cell(line);
  double number = 0;
  [[maybe_unused]] const auto end = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  assert(end.ec == std::errc() && end.ptr == cell.data() + cell.size());
  return number;
}

Interval take_interval(std::string_view& line) {
  const double value = take_number(line), low = take_number(line);
  return {value, low, take_number(line)};
}

std::string text_of(const Interval& i) { return fmt::format("{}\t{}\t{}", i.value, i.low, i.high); }

constexpr std::string_view kProcessor = "cpu\t";

Processor processor_in(std::string_view line) {
  line.remove_prefix(kProcessor.size());
  Processor p;
  p.normal_name = take_cell(line);
  p.name = take_cell(line);
  p.tdp_w = take_interval(line);
  p.cores = take_number(line);
  return p;
}

void read_other(std::string_view line, PowerFigures& figures) {
  const std::string_view what = take_cell(line);
  if (what == "load") {
    const double load = take_number(line);
    figures.load_curve.push_back({load, take_number(line)});
    return;
  }
  Interval* const at = what == "ram"       ? &figures.ram_w_per_gb
                       : what == "ssd"     ? &figures.ssd_w_per_tb
                       : what == "hdd"     ? &figures.hdd_w_per_tb
                       : what == "network" ? &figures.network_j_per_gb
                                           : nullptr;
  assert(at && "a line that text_of() does not write");
  if (at) *at = take_interval(line);
}

}  // namespace

PowerFigures power_figures(const Catalog& catalog, std::string_view cpu) {
  const auto interval = [&](const char* key) {
    const Factor& f = catalog::find(catalog, {key, "", "", {}, ""});
    return Interval{f.distribution.value, f.low, f.high};
  };
  PowerFigures figures;
  figures.load_curve = load_curve(catalog);
  figures.ram_w_per_gb = interval("power.ram");
  figures.ssd_w_per_tb = interval("storage.ssd_power");  // W/TB is Wh per TB and hour
  figures.hdd_w_per_tb = interval("storage.hdd_power");
  figures.network_j_per_gb = interval("net.adapter");
  const std::vector<const Factor*> rows = catalog::matching(catalog, {"cpu.tdp", "", "", "", ""});
  std::vector<std::string> normal;
  for (const Factor* f : rows) normal.push_back(catalog::normal_name(f->name));
  const std::vector<std::string_view> names(normal.begin(), normal.end());
  std::unordered_map<std::string_view, const Factor*> cores;  // the newest row of each name
  for (const Factor* f : catalog::matching(catalog, {"cpu.cores", "", "", "", ""}))
    if (const Factor*& newest = cores[f->name]; !newest || f->year > newest->year) newest = f;
  const auto processor = [&](std::size_t i) {
    const Factor& tdp = *rows[i];
    const auto known = cores.find(tdp.name);
    return Processor{tdp.name,
                     normal[i],
                     {tdp.distribution.value, tdp.low, tdp.high},
                     known == cores.end() ? 0 : known->second->distribution.value};
  };
  part_by_fit(names, cpu, processor, figures);
  return figures;
}

std::string text_of(const PowerFigures& figures) {
  std::string text;
  for (const LoadPoint& p : figures.load_curve) text += fmt::format("load\t{}\t{}\n", p.load, p.share_of_tdp);
  text += "ram\t" + text_of(figures.ram_w_per_gb) + "\nssd\t" + text_of(figures.ssd_w_per_tb) + "\nhdd\t" +
          text_of(figures.hdd_w_per_tb) + "\nnetwork\t" + text_of(figures.network_j_per_gb) + "\n";
  for (const auto* some : {&figures.fitting, &figures.others})
    for (const Processor& p : *some)
      text += fmt::format("{}{}\t{}\t{}\t{}\n", kProcessor, p.normal_name, p.name, text_of(p.tdp_w), p.cores);
  return text;
}

PowerFigures figures_in(std::string_view text, std::string_view cpu) {
  PowerFigures figures;
  std::vector<std::string_view> lines, names;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(kProcessor)) {
      read_other(line, figures);
      continue;
    }
    lines.push_back(line);
    const std::string_view cells = line.substr(kProcessor.size());
    names.push_back(cells.substr(0, cells.find('\t')));
  }
  part_by_fit(
      names, cpu, [&](std::size_t i) { return processor_in(lines[i]); }, figures);
  return figures;
}

PowerModelInputs power_inputs(const PowerFigures& figures, const MachineFacts& facts) {
  PowerModelInputs inputs;
  inputs.load_curve = figures.load_curve;
  inputs.curve_error = kCurveError;
  inputs.ram_w_per_gb = figures.ram_w_per_gb;
  inputs.ssd_w_per_tb = figures.ssd_w_per_tb;
  inputs.hdd_w_per_tb = figures.hdd_w_per_tb;
  inputs.network_j_per_gb = figures.network_j_per_gb;
  add_tdp(figures, facts, inputs);
  return inputs;
}

record::GridFactor grid_factor(const Catalog& catalog, std::string_view place) {
  const Factor& f = catalog::find(catalog, {"grid.gwp", "", std::string(place), {}, ""});
  return {catalog::id_of(f), f.place, f.source, f.year, {f.distribution.value, f.low, f.high}};
}

}  // namespace cradle::sensor
