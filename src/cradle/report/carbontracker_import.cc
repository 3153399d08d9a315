// From what CarbonTracker printed to joules at the computer.
#include "cradle/report/carbontracker_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"
#include "cradle/report/carbontracker_log.h"

namespace cradle::report {
namespace {

constexpr double kUsualPue = 1.58;        // of 2.0 and later, where the log that states it is missing
constexpr double kRaplShare = 0.5;        // a cycle is one second of reading RAPL and one of sleep
constexpr double kOwnTotalsAgree = 0.05;  // its own total and ours: epochs without a reading are copied there
constexpr double kOutside_s = 5;          // time outside of epochs that is worth a word

/// Power of one component in each epoch; negative where there is no reading.
struct Component {
  std::string name;
  std::vector<std::string> devices;
  std::vector<double> watts;
  double printed_j = 0;  ///< as CarbonTracker counts: a mean of n devices once
  bool averaged = false;
};

Component component_of(const TrackedLog& log, const std::string& name) {
  Component c{name, {}, {}, 0, false};
  if (const auto devices = log.devices.find(name); devices != log.devices.end()) c.devices = devices->second;
  for (const TrackedEpoch& epoch : log.epochs) {
    const auto at = epoch.power.find(name);
    if (at == epoch.power.end() || at->second.watts.empty()) {
      c.watts.push_back(-1);
      continue;
    }
    const PrintedPower& power = at->second;
    double sum = 0;
    for (const double watts : power.watts) sum += watts;
    c.printed_j += sum * epoch.duration_s;
    const bool mean_of_several = !power.is_list && c.devices.size() > 1;
    c.averaged = c.averaged || (mean_of_several && sum > 0);
    c.watts.push_back(mean_of_several ? sum * static_cast<double>(c.devices.size()) : sum);
  }
  return c;
}

std::vector<Component> components_of(const TrackedLog& log) {
  std::vector<std::string> names;
  for (const auto& [name, devices] : log.devices) names.push_back(name);
  for (const TrackedEpoch& epoch : log.epochs)
    for (const auto& [name, power] : epoch.power)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  std::vector<Component> components;
  for (const std::string& name : names) components.push_back(component_of(log, name));
  return components;
}

bool is_rapl(const Component& c) {
  return std::any_of(c.devices.begin(), c.devices.end(), [](const std::string& device) {
    return device.starts_with("cpu:") || device.starts_with("dram:") || device.starts_with("package");
  });
}

bool is_apple(const Component& c) {
  return std::all_of(c.devices.begin(), c.devices.end(),
                     [](const std::string& d) { return d == "CPU" || d == "GPU" || d == "ANE"; }) &&
         !c.devices.empty();
}

double most_watts(const Component& c) {
  double watts = 0;
  for (const std::string& device : c.devices) watts += c.name == "gpu" ? most_watts_of_gpu(device, 1) : kMostDevice_w;
  return c.devices.empty() ? kMostDevice_w : watts;
}

/// Says how the joules of a component came about, and gives the basis that follows from it.
record::Basis basis_of(const Component& c, const TrackedLog& log, record::RunRecord& run) {
  if (log.simulated) {
    note(run, "the log speaks of simulated hardware: its power was typed in", c.name);
    return record::Basis::kModelled;
  }
  if (is_apple(c)) {
    note(run, "the power of powermetrics is the chip's own estimate", c.name);
    return record::Basis::kModelled;
  }
  if (c.name == "cpu" && !is_rapl(c)) {
    note(run, "the device is a model's name, not a RAPL domain: CarbonTracker takes half of its TDP", c.name);
    return record::Basis::kModelled;
  }
  if (is_rapl(c)) note(run, "RAPL was read for one second of every two", c.name);
  return record::Basis::kIntegrated;
}

/// Fills epochs without a reading with the mean of the others; the share of the time that readings cover.
double fill(Component& c, const TrackedLog& log, double total_s, record::RunRecord& run) {
  double read_s = 0, read_j = 0;
  int missing = 0;
  for (std::size_t i = 0; i < c.watts.size(); ++i) {
    if (c.watts[i] < 0) {
      ++missing;
      continue;
    }
    read_s += log.epochs[i].duration_s;
    read_j += c.watts[i] * log.epochs[i].duration_s;
  }
  const double mean = read_s > 0 ? read_j / read_s : 0;
  for (double& watts : c.watts)
    if (watts < 0) watts = mean;
  if (missing > 0 && read_s > 0)
    note_gap(run, c.name,
             fmt::format("{} of {} epochs were too short for a reading; filled with the mean power of the "
                         "others",
                         missing, c.watts.size()));
  return total_s > 0 ? read_s / total_s : 0;
}

void add_component(Component& c, const TrackedLog& log, bool denied, record::RunRecord& run) {
  const double coverage = fill(c, log, run.duration_s, run);
  double j = 0;
  for (std::size_t i = 0; i < c.watts.size(); ++i) j += c.watts[i] * log.epochs[i].duration_s;
  record::PartEnergy part{c.name,
                          c.name == "cpu" || c.name == "gpu" ? c.name : "other",
                          record::Basis::kModelled,
                          fmt::format("carbontracker {}: {}", c.name, fmt::join(c.devices, ", ")),
                          {},
                          0};
  if (j <= 0) {
    part.j = {0, 0, most_watts(c) * run.duration_s};
    run.events.push_back({0, denied ? "denied" : "gap", c.name,
                          denied ? "CarbonTracker had no right to read it; the interval goes up to its most power"
                                 : "no reading at all; the interval goes up to its most power"});
  } else {
    part.basis = basis_of(c, log, run);
    part.j = widened(j, part.basis == record::Basis::kModelled ? kModelledSpread : kPolledSpread);
    part.coverage = std::clamp(is_rapl(c) ? coverage * kRaplShare : coverage, 0.0, 1.0);
  }
  if (c.averaged)
    note(run,
         fmt::format("CarbonTracker {} printed the mean of {} devices as their power (a fault since 2.0.0); it was "
                     "multiplied by {}",
                     log.version, c.devices.size(), c.devices.size()),
         c.name);
  run.parts.push_back(std::move(part));
}

void add_marks(const std::vector<Component>& components, const TrackedLog& log, record::RunRecord& run) {
  double t_s = 0, j = 0;
  for (std::size_t i = 0; i < log.epochs.size(); ++i) {
    t_s += log.epochs[i].duration_s;
    for (const Component& c : components) j += c.watts[i] * log.epochs[i].duration_s;
    run.marks.push_back({log.predicted_epochs > 0 ? fmt::format("epoch-{}/{}", i + 1, log.predicted_epochs)
                                                  : fmt::format("epoch-{}", i + 1),
                         t_s, j});
  }
}

void add_epochs(const TrackedLog& log, double pue, bool denied, record::RunRecord& run) {
  std::vector<Component> components = components_of(log);
  double printed_j = 0;
  for (Component& c : components) {
    printed_j += c.printed_j;
    add_component(c, log, denied && c.name == "cpu", run);
  }
  add_marks(components, log, run);
  if (!log.actual || printed_j <= 0) return;
  const double own_j = log.actual->energy_kwh * base::kJoulesPerKwh / pue;
  if (std::abs(own_j - printed_j) > kOwnTotalsAgree * printed_j)
    note(run,
         fmt::format("CarbonTracker's own total is {} (without PUE), its epochs add up to {}; the epochs were kept",
                     base::format_joules(own_j), base::format_joules(printed_j)));
}

void add_total_alone(const TrackedConsumption& actual, double pue, record::RunRecord& run) {
  run.parts.push_back({"machine", "other", record::Basis::kModelled, "carbontracker total",
                       widened(actual.energy_kwh * base::kJoulesPerKwh / pue, kModelledSpread), 1});
  note(run, "the log has no epochs: which components are in the total, and how they were read, is not known",
       "machine");
}

void add_emissions(const TrackedLog& log, record::RunRecord& run) {
  double kg_per_kwh = 0;
  if (log.actual && log.actual->co2e_g && log.actual->energy_kwh > 0)
    kg_per_kwh = *log.actual->co2e_g / log.actual->energy_kwh / 1000;
  else if (log.intensity_g_per_kwh)
    kg_per_kwh = *log.intensity_g_per_kwh / 1000;
  else
    return;
  run.emissions = emissions_by_factor(run, kg_per_kwh, "carbontracker", log.location,
                                      "CarbonTracker" + (log.version.empty() ? "" : " " + log.version));
}

void note_what_holds_for_all(const TrackedLog& log, record::RunRecord& run) {
  note(run,
       fmt::format("CarbonTracker states no interval: modelled joules are widened by {} (published estimates are off "
                   "by up to 40 %, arXiv 2509.22092), polled power by {} (assumed)",
                   kModelledSpread, kPolledSpread));
  if (log.pue)
    note(run, fmt::format("the PUE of {} in CarbonTracker's totals was left out", *log.pue));
  else
    note(run, fmt::format("no log states the PUE in CarbonTracker's totals; {} was left out", kUsualPue));
  note(run, "the log names no time zone and was taken for UTC");
  if (log.interrupted) note(run, "the training ended before all epochs were done");
  if (log.has_second_tracker) note(run, "another tracker wrote into the same file; only the first was read");
  if (log.first_unix_s && *log.last_unix_s - *log.first_unix_s > run.duration_s + kOutside_s)
    note(run, fmt::format("the log spans {}; only time inside of epochs was measured",
                          base::format_seconds(*log.last_unix_s - *log.first_unix_s)));
}

}  // namespace

bool is_carbontracker(std::string_view text) {
  return text.find("carbontracker version ") != std::string_view::npos ||
         text.find("Average power usage (W) for ") != std::string_view::npos ||
         (text.find("CarbonTracker: ") != std::string_view::npos && text.find("consumption") != std::string_view::npos);
}

record::RunRecord import_carbontracker(const CarbonTrackerLogs& logs, std::string_view name) {
  TrackedLog log;
  read_tracked_log(logs.standard, name, log);
  read_tracked_log(logs.output, name, log);
  const double pue = log.pue.value_or(kUsualPue);
  if (pue < 1) base::fail("{}: the PUE is {}; expected at least 1", name, pue);
  record::RunRecord run;
  for (const TrackedEpoch& epoch : log.epochs) run.duration_s += epoch.duration_s;
  const bool has_epochs = run.duration_s > 0 && !components_of(log).empty();
  if (!has_epochs && !(log.actual && log.actual->energy_kwh > 0))
    base::fail("{}: neither an epoch nor a consumption is in this log: nothing was measured", name);
  if (!has_epochs) run.duration_s = log.actual->duration_s;
  const double started = log.first_unix_s.value_or(0);
  std::string identity = "carbontracker " + logs.stem + fmt::format("\n{}", started);
  for (const auto& [component, devices] : log.devices)
    identity += fmt::format("\n{} {}", component, fmt::join(devices, ","));
  run.id = record::derived_id(started, identity);
  run.name = logs.stem;
  run.started = base::format_utc(started);
  run.finished = base::format_utc(log.last_unix_s.value_or(started));
  run.complete = log.actual.has_value();
  run.place = place_of({std::string(base::trim(log.location.substr(log.location.rfind(',') + 1))), log.location});
  if (has_epochs)
    add_epochs(log, pue, logs.errors.find("read-permissions") != std::string::npos, run);
  else
    add_total_alone(*log.actual, pue, run);
  bill_everything(run, "machine", "CarbonTracker");
  add_emissions(log, run);
  note_what_holds_for_all(log, run);
  return run;
}

}  // namespace cradle::report
