// One row for each run, every column by its name.
#include "cradle/report/codecarbon_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cradle/base/clock.h"
#include "cradle/base/csv.h"
#include "cradle/base/file.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"
#include "cradle/catalog/place.h"
#include "cradle/report/imported_run.h"

namespace cradle::report {
namespace {

/// As CodeCarbon 3.3.0 writes it.
constexpr std::string_view kHeader =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
    "cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,"
    "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,"
    "longitude,"
    "latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,"
    "ram_used_gb,on_cloud,pue,wue";

using Cells = std::map<std::string, std::string, std::less<>>;

std::string number(double x) { return fmt::format("{}", x); }

/// "2026-11-23T16:04:05": CodeCarbon's timestamps name no zone.
std::string timestamp_of(const record::RunRecord& run) {
  std::string text = run.finished;
  if (text.empty() && !run.started.empty())
    text = base::format_utc(base::clock_of(run.started, run.id + ": started").unix_s + run.duration_s);
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

/// Energy and mean power of one kind of parts; nothing if none was read: unknown is not zero.
void put_kind(const record::RunRecord& run, std::string_view kind, const std::string& column, Cells& cells) {
  double j = 0;
  bool found = false;
  for (const record::PartEnergy& part : run.parts)
    if (part.kind == kind && (part.coverage > 0 || part.j.value > 0)) {
      j += part.j.value;
      found = true;
    }
  if (!found) return;
  const double billed = run.total.value > 0 ? j * run.billed.j.value / run.total.value : 0;
  cells[column + "_energy"] = number(billed / base::kJoulesPerKwh);
  if (run.duration_s > 0) cells[column + "_power"] = number(billed / run.duration_s);
}

/// Country by name and three-letter code, region where the place is a part of one.
void put_place(const std::string& code, Cells& cells) {
  const std::vector<catalog::Place>& places = catalog::places();
  const auto find = [&](const std::string& sought) {
    return std::find_if(places.begin(), places.end(), [&](const catalog::Place& p) { return p.code == sought; });
  };
  auto place = find(code);
  if (place == places.end()) return;
  if (place->kind != "country") {
    cells["region"] = base::lower(place->name);
    place = find(place->within);
    if (place == places.end() || place->kind != "country") return;
  }
  cells["country_name"] = place->name;
  const auto three = std::find_if(place->aliases.begin(), place->aliases.end(), [](const std::string& alias) {
    return alias.size() == 3 && std::all_of(alias.begin(), alias.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  });
  if (three != place->aliases.end()) cells["country_iso_code"] = *three;
}

Cells cells_of(const record::RunRecord& run, std::string_view program) {
  Cells cells{{"timestamp", timestamp_of(run)},
              {"project_name", run.name},
              {"run_id", run.id},
              {"duration", number(run.duration_s)},
              {"energy_consumed", number(run.billed.j.value / base::kJoulesPerKwh)},
              {"codecarbon_version", std::string(program)},
              {"tracking_mode", run.billed.rule == "machine" ? "machine" : "process"},
              {"pue", "1.0"},
              {"os", run.machine.kernel},
              {"cpu_model", run.machine.cpu}};
  put_kind(run, "cpu", "cpu", cells);
  put_kind(run, "gpu", "gpu", cells);
  put_kind(run, "memory", "ram", cells);
  put_place(run.place, cells);
  if (run.machine.logical_cpus > 0) cells["cpu_count"] = number(run.machine.logical_cpus);
  if (run.machine.memory_gb > 0) cells["ram_total_size"] = number(run.machine.memory_gb);
  const auto gpus = std::count_if(run.parts.begin(), run.parts.end(), [](const auto& p) { return p.kind == "gpu"; });
  if (gpus > 0) cells["gpu_count"] = fmt::format("{}", gpus);
  if (run.emissions) {
    const double kg = run.emissions->co2e_g.value / 1000;
    cells["emissions"] = number(kg);
    if (run.duration_s > 0) cells["emissions_rate"] = number(kg / run.duration_s);
  }
  return cells;
}

}  // namespace

std::string codecarbon_csv(std::span<const record::RunRecord> runs, std::string_view program) {
  const std::vector<std::string> columns = base::split(kHeader, ',');
  std::string text = std::string(kHeader) + "\n";
  for (const record::RunRecord& run : runs) {
    const Cells cells = cells_of(run, program);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto cell = cells.find(columns[i]);
      text += (i ? "," : "") + (cell == cells.end() ? "" : base::csv_cell(cell->second));
    }
    text += '\n';
  }
  return text;
}

}  // namespace cradle::report
