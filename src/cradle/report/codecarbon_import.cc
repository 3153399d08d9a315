// Rows of emissions.csv, with the faults that its writer is known for.
#include "cradle/report/codecarbon_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "cradle/base/clock.h"
#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"

namespace cradle::report {
namespace {

constexpr std::array<std::string_view, 4> kNeeded = {"timestamp", "duration", "emissions", "energy_consumed"};
constexpr double kAgree = 1e-6;     // relative: sums of the columns
constexpr double kSameStart_s = 5;  // rows of one tracker: timestamps are whole seconds, a flush takes its time
constexpr double kGreatest = 1e15;  // beyond the energy (kWh) or time (s) of anything; keeps sums finite

/// One row by the names of its columns.
struct Row {
  const std::vector<std::string>* header;
  const base::CsvRow* row;
  std::string where;

  std::string text(std::string_view column) const {
    const auto at = std::find(header->begin(), header->end(), column);
    if (at == header->end()) return "";
    std::string cell(base::trim(row->cells[static_cast<std::size_t>(at - header->begin())]));
    return cell == "nan" || cell == "None" || cell == "NaN" ? "" : cell;
  }
  /// The number in a column, if there is one; throws Error for something that is none, or negative.
  std::optional<double> number(std::string_view column) const {
    const std::string cell = text(column);
    if (cell.empty()) return std::nullopt;
    const double value = base::csv_number(cell, fmt::format("{}: '{}'", where, column));
    if (value < 0)
      base::fail("{}: '{}' is {}; expected 0 or more: a counter that wrapped or was reset was miscounted", where,
                 column, cell);
    if (value > kGreatest) base::fail("{}: '{}' is {}; nothing is as large", where, column, cell);
    return value;
  }
  double number_or(std::string_view column, double fallback) const { return number(column).value_or(fallback); }
};

/// A row that is a run, before it is known whether a later row of the same run contains it.
struct Candidate {
  Row row;
  std::string run;  ///< run id and task
  double ended = 0, duration = 0, energy_kwh = 0;
  double started() const { return ended - duration; }
};

std::string run_of(const Row& row) {
  // Since 2.0 run_id names a run and experiment_id a project; before, experiment_id named the run.
  const std::string id = row.text("run_id").empty() ? row.text("experiment_id") : row.text("run_id");
  return id.empty() ? "" : id + "/" + row.text("task_name");
}

Candidate candidate_of(const Row& row) {
  Candidate c{row, run_of(row)};
  c.ended = base::clock_of(row.text("timestamp"), row.where + ": 'timestamp'").unix_s;
  const auto duration = row.number("duration");
  if (!duration) base::fail("{}: 'duration' is empty; expected seconds", row.where);
  c.duration = *duration;
  c.energy_kwh = row.number_or("energy_consumed", 0);
  if (!row.number("energy_consumed") && !row.number("cpu_energy") && !row.number("gpu_energy"))
    base::fail("{}: 'energy_consumed' is empty; expected kWh", row.where);
  return c;
}

/// True if `later` is the same tracker read again: what `earlier` has is in it.
bool contains(const Candidate& later, const Candidate& earlier) {
  return !later.run.empty() && later.run == earlier.run && later.duration >= earlier.duration &&
         later.energy_kwh >= earlier.energy_kwh && std::abs(later.started() - earlier.started()) <= kSameStart_s;
}

/// An energy column in joules at the computer.
double joules(const Row& row, std::string_view column, double pue) {
  return row.number_or(column, 0) * base::kJoulesPerKwh / pue;
}

void add_cpu(const Row& row, double pue, record::RunRecord& run) {
  if (!row.number("cpu_energy")) return;
  const double j = joules(row, "cpu_energy", pue), watts = row.number_or("cpu_power", 0);
  record::PartEnergy part{"cpu", "cpu", record::Basis::kModelled, "codecarbon cpu", widened(j, kModelledSpread), 1};
  if (j == 0 && run.duration_s > 0) {
    part.j = {0, 0, (watts > 0 ? watts : kMostDevice_w) * run.duration_s};
    part.coverage = 0;
    note_gap(run, "cpu", "0 kWh for a CPU that ran: no reading; the interval goes up to what it may have drawn");
  } else if (watts > 0 && std::abs(j - watts * run.duration_s) <= 1e-3 * j) {
    note(run, fmt::format("the power is constant ({} W): a model of the TDP, not a reading", watts), "cpu");
  } else {
    note(run,
         "the file does not say whether these joules were counted (RAPL) or modelled from the TDP; taken as "
         "modelled",
         "cpu");
  }
  if (run.duration_s > 0 && j / run.duration_s > kMostDevice_w)
    run.events.push_back(
        {0, "reset", "cpu",
         fmt::format("a mean of {} is more than a package can draw: CodeCarbon may have taken a failed "
                     "or reset counter for a wrap",
                     base::format_watts(j / run.duration_s))});
  run.parts.push_back(std::move(part));
}

void add_gpu(const Row& row, double pue, record::RunRecord& run) {
  const double j = joules(row, "gpu_energy", pue), count = row.number_or("gpu_count", 0);
  const std::string model = row.text("gpu_model");
  const bool named = count > 0 || !model.empty();
  if (j == 0 && !named) return;
  record::PartEnergy part{"gpu",
                          "gpu",
                          record::Basis::kCounter,
                          model.empty() ? "codecarbon gpu" : "codecarbon gpu: " + model,
                          widened(j, kGpuCounterSpread),
                          1};
  if (j == 0) {
    part.basis = record::Basis::kModelled;
    part.j = {0, 0, most_watts_of_gpu(model, std::max(1.0, count)) * run.duration_s};
    part.coverage = 0;
    note_gap(run, "gpu",
             "0 kWh although a GPU is named: its energy counter could not be read (CodeCarbon #1316); the "
             "interval goes up to its most power");
  }
  run.parts.push_back(std::move(part));
}

/// What the total has beyond its columns: all of it in files of 1.x, which have the total alone.
void add_rest(const Row& row, double pue, record::RunRecord& run) {
  double columns = 0;
  for (const record::PartEnergy& part : run.parts) columns += part.j.value;
  const double total = joules(row, "energy_consumed", pue);
  if (std::abs(total - columns) <= kAgree * std::max(total, columns)) return;
  if (total > columns) {
    run.parts.push_back({run.parts.empty() ? "machine" : "rest", "other", record::Basis::kModelled,
                         "codecarbon energy_consumed", widened(total - columns, kModelledSpread), 1});
    note(run, "the file has no columns for this energy; how it was obtained is not said", run.parts.back().part);
  } else if (row.number("energy_consumed")) {
    note(run, fmt::format("energy_consumed is {}, its columns add up to {}; the columns were kept",
                          base::format_joules(total), base::format_joules(columns)));
  }
}

void add_emissions(const Row& row, double pue, record::RunRecord& run) {
  const auto kg = row.number("emissions");
  const double kwh = row.number_or("energy_consumed", run.total.value * pue / base::kJoulesPerKwh);
  if (!kg || !(kwh > 0)) return;
  const std::string version = row.text("codecarbon_version");
  const std::string region = row.text("region"), country = row.text("country_iso_code");
  const std::string tool =
      version.starts_with("cradle") ? version : "CodeCarbon" + (version.empty() ? "" : " " + version);
  run.emissions =
      emissions_by_factor(run, *kg / kwh, "codecarbon", region.empty() ? country : country + " " + region, tool);
  if (country == "CAN" && region.empty())
    note(run, "CodeCarbon writes Canada when it cannot find out where it is: the place may be wrong");
}

void note_what_holds_for_all(const Row& row, double pue, record::RunRecord& run) {
  note(run,
       fmt::format("CodeCarbon states no interval: CPU, memory and total are widened by {} (published estimates are "
                   "off by up to 40 %, arXiv 2509.22092), a GPU's counter by {} (assumed)",
                   kModelledSpread, kGpuCounterSpread));
  if (!base::clock_of(row.text("timestamp"), row.where).zoned)
    note(run, "the timestamp names no time zone and was taken for UTC");
  if (pue != 1) note(run, fmt::format("a PUE of {} was divided out of energy and CO2e", pue));
}

/// A row that cradle exported is the run it was; others get the id that follows from theirs.
std::string id_of(const Candidate& c) {
  const std::string id = c.row.text("run_id");
  const auto of_an_id = [](char ch) { return std::isalnum(static_cast<unsigned char>(ch)) || ch == '-'; };
  constexpr std::size_t kShortest = 16, kLongest = 64;  // "20260102-030225-" and a hash
  if (c.row.text("codecarbon_version").starts_with("cradle") && id.size() > kShortest && id.size() < kLongest &&
      std::all_of(id.begin(), id.end(), of_an_id))
    return id;
  return record::derived_id(
      c.started(), "codecarbon " + (c.run.empty() ? fmt::format("{}", fmt::join(c.row.row->cells, ",")) : c.run));
}

record::RunRecord record_of(const Candidate& c) {
  const Row& row = c.row;
  const double pue = row.number_or("pue", 1);
  if (pue < 1) base::fail("{}: 'pue' is {}; expected at least 1", row.where, pue);
  record::RunRecord run;
  const std::string task = row.text("task_name"), project = row.text("project_name");
  run.name = task.empty() ? project : project.empty() ? task : project + "/" + task;
  run.started = base::format_utc(std::max(0.0, c.started()));
  run.finished = base::format_utc(c.ended);
  run.duration_s = c.duration;
  run.id = id_of(c);
  run.place = place_of({row.text("country_iso_code"), row.text("country_name")});
  run.machine.cpu = row.text("cpu_model");
  run.machine.logical_cpus = static_cast<int>(std::min(1e6, std::floor(row.number_or("cpu_count", 0))));
  run.machine.memory_gb = row.number_or("ram_total_size", 0);
  run.machine.virtualised =
      row.text("on_cloud") == "Y" ? std::string(base::trim("cloud " + row.text("cloud_provider"))) : "";
  run.machine.kernel = row.text("os");
  add_cpu(row, pue, run);
  add_gpu(row, pue, run);
  if (row.number("ram_energy"))
    run.parts.push_back({"memory", "memory", record::Basis::kModelled, "codecarbon ram",
                         widened(joules(row, "ram_energy", pue), kModelledSpread), 1});
  add_rest(row, pue, run);
  bill_everything(run, row.text("tracking_mode") == "process" ? "mine" : "machine", "CodeCarbon");
  add_emissions(row, pue, run);
  note_what_holds_for_all(row, pue, run);
  return run;
}

/// Of several rows of one tracker the last stays. Rows stand in the order in which they were written.
void leave_out_flushes(std::vector<Candidate>& candidates, Import& import) {
  std::map<std::string, std::size_t> last_of;
  std::vector<bool> contained(candidates.size(), false);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto [at, is_first] = last_of.try_emplace(candidates[i].run, i);
    if (is_first) continue;
    const Candidate& earlier = candidates[std::exchange(at->second, i)];
    if (!contains(candidates[i], earlier)) continue;
    contained[static_cast<std::size_t>(&earlier - candidates.data())] = true;
    import.left_out.push_back(
        fmt::format("{}: a flush of the run whose later row is line {}: rows of one run are cumulative",
                    earlier.row.where, candidates[i].row.row->line));
  }
  std::vector<Candidate> kept;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (!contained[i]) kept.push_back(std::move(candidates[i]));
  candidates = std::move(kept);
}

}  // namespace

bool is_codecarbon(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::vector<std::string> names = base::split(base::trim(line), ',');
  return std::all_of(kNeeded.begin(), kNeeded.end(), [&](std::string_view needed) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return base::trim(n) == needed; });
  });
}

Import import_codecarbon(std::string_view text, std::string_view name) {
  std::vector<base::CsvRow> rows = base::csv_rows(text, name, false);
  if (rows.empty()) base::fail("{}: the file is empty; expected the header of an emissions.csv", name);
  const std::vector<std::string> header = std::move(rows.front().cells);
  rows.erase(rows.begin());
  for (const std::string_view needed : kNeeded)
    if (std::find(header.begin(), header.end(), needed) == header.end())
      base::fail("{}:1: the header has no column '{}'; expected an emissions.csv of CodeCarbon", name, needed);
  Import import;
  std::vector<Candidate> candidates;
  for (const base::CsvRow& row : rows) {
    const std::string where = fmt::format("{}:{}", name, row.line);
    if (row.cells.size() != header.size()) {
      import.refused.push_back(
          fmt::format("{}: {} fields where the header has {}: CodeCarbon left empty columns out of this row, so what "
                      "stands where is not known (CodeCarbon #1304)",
                      where, row.cells.size(), header.size()));
      continue;
    }
    try {
      candidates.push_back(candidate_of({&header, &row, where}));
    } catch (const base::Error& e) {
      import.refused.push_back(e.what());
    }
  }
  leave_out_flushes(candidates, import);
  std::set<std::string, std::less<>> identities;
  for (const Candidate& candidate : candidates) {
    try {
      record::RunRecord run = record_of(candidate);
      if (!identities.emplace(record::identity_of(run.id))
               .second)  // one id, not the same start: a tracker started anew
        run.id = record::derived_id(candidate.started(), fmt::format("codecarbon {} {}", candidate.run, run.started));
      import.runs.push_back(std::move(run));
    } catch (const base::Error& e) {
      import.refused.push_back(e.what());
    }
  }
  return import;
}

}  // namespace cradle::report
