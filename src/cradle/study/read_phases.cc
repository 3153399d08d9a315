// Reads the tables of the phases: design, data, training, deployment, use. Contradictions are faults.
#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"
#include "cradle/study/reading.h"

namespace cradle::study {

using base::Distribution;
using base::TomlTable;

namespace {

/// The ways in which an amount may be stated; more than one contradict each other, none is a fault at `run`.
struct Ways {
  std::vector<std::pair<const char*, bool>> all;  // key and whether it is given

  void check(TomlTable& table, std::string_view missing) const {
    const char* first = nullptr;
    for (const auto& [key, given] : all) {
      if (!given) continue;
      if (first)
        table.fault(key,
                    fmt::format("contradicts '{}': both say how much energy there was; remove one of them", first));
      else
        first = key;
    }
    if (!first) table.fault("run", missing);
  }
};

std::optional<Distribution> times(const std::optional<Distribution>& d, double k) {
  return d ? std::optional(base::scaled(*d, k)) : std::nullopt;
}

/// Operations of the training, by whichever of three keys.
void read_operations(TomlTable& table, Training& t) {
  t.operations = figure(table, "operations");
  if (t.operations) t.operations_rule = "given";
  const auto parameters = number(table, "parameters", 1, 1e18), tokens = number(table, "tokens", 1, 1e18);
  if (parameters.has_value() != tokens.has_value())
    table.fault(parameters ? "tokens" : "parameters", "is missing: operations are 6 · parameters · tokens");
  const auto forward = figure(table, "forward_operations");
  const auto samples = number(table, "samples", 1, 1e18), epochs = number(table, "epochs", 1e-3, 1e9);
  if ((forward || samples || epochs) && !(forward && samples && epochs))
    table.fault(!forward   ? "forward_operations"
                : !samples ? "samples"
                           : "epochs",
                "is missing: operations are 3 · forward_operations · samples · epochs");
  if (int(t.operations.has_value()) + int(parameters && tokens) + int(forward && samples && epochs) > 1)
    table.fault("operations",
                "is stated twice: give operations, or parameters and tokens, or forward_operations, "
                "samples and epochs");
  // Forward 2·P·D, backward twice that: Kaplan et al. 2020 (arXiv 2001.08361), section 2.1.
  if (parameters && tokens) {
    t.operations = base::fixed(6.0 * *parameters * *tokens);
    t.operations_rule = "6·parameters·tokens";
  }
  if (forward && samples && epochs) {
    t.operations = times(forward, 3.0 * *samples * *epochs);
    t.operations_rule = "3·forward·samples·epochs";
  }
  t.peak_per_s = figure(table, "peak_per_s", 1.0);
  t.efficiency = figure(table, "efficiency", 1e-6, 1.0);
  if (t.operations && !t.efficiency)
    table.fault("efficiency", "is missing: operations take operations / (count · peak · efficiency) seconds");
  if (!t.operations)
    for (const char* needless : {"peak_per_s", "efficiency"})
      if (table.has(needless)) table.fault(needless, "stands without the number of operations");
}

Boundary boundary_of(TomlTable& table) {
  const std::string text = word(table, "boundary", {"gpu", "node", "facility"}, "node");
  return text == "gpu" ? Boundary::kGpu : text == "facility" ? Boundary::kFacility : Boundary::kNode;
}

}  // namespace

std::optional<Design> design_of(TomlTable table, const std::filesystem::path& folder) {
  if (!table.present()) return std::nullopt;
  Design d;
  d.where = table.where();
  if (const auto energy = figure(table, "hardware_kwh")) d.hardware_kwh = *energy;
  d.experiments = stated(table, "experiments");
  d.failed_runs = stated(table, "failed_runs");
  d.runs = cited(table, "run", folder);
  if (!d.runs.empty() && d.experiments)
    table.fault("experiments", "contradicts 'run': the records already say what the other runs took; remove one");
  return d;
}

std::optional<Data> data_of(TomlTable table, const std::filesystem::path& folder) {
  if (!table.present()) return std::nullopt;
  Data d;
  d.where = table.where();
  d.runs = cited(table, "run", folder);
  d.collection_kwh = figure(table, "collection_kwh");
  d.labelling_hours = figure(table, "labelling_hours");
  d.labelling_device = name_in(table, "labelling_device").value_or("laptop");
  d.storage_gb = figure(table, "storage_gb");
  d.years = figure(table, "years", 0.0, kMostYears);
  d.medium = word(table, "medium", {"ssd", "hdd"}, "ssd");
  d.replication = figure(table, "replication", 1.0);
  d.transfer_gb = figure(table, "transfer_gb");
  d.supply = supply_of(table, PlaceIs::kNeeded);
  if (d.storage_gb && !d.years) table.fault("years", "is missing: how long the images are stored");
  return d;
}

Training training_of(TomlTable table, const std::filesystem::path& folder) {
  Training t;
  t.runs = cited(table, "run", folder);
  t.energy_kwh = figure(table, "energy_kwh");
  t.boundary = boundary_of(table);
  t.included_pue = figure(table, "included_pue", 1.0);
  t.hours = figure(table, "hours");
  read_operations(table, t);
  t.power_w = figure(table, "power_w");
  t.load = figure(table, "load", 0.0, 2.0);
  t.memory_gb = figure(table, "memory_gb");
  t.idle = stated(table, "idle");
  t.supply = supply_of(table, PlaceIs::kNeeded);
  t.hardware = hardware_of(table, "hardware");
  t.count = t.hardware ? t.hardware->count : count_of(table);
  const bool computed = t.hours.has_value() || t.operations.has_value();
  Ways{{{"run", !t.runs.empty()},
        {"energy_kwh", t.energy_kwh.has_value()},
        {"operations", t.operations.has_value()},
        {"hours", t.hours.has_value() && !t.energy_kwh}}}
      .check(table, "is missing: give run = \"record.json\", or energy_kwh, or hours and hardware, or operations");
  if (!t.runs.empty() && t.power_w)
    table.fault("power_w", "contradicts 'run': a record already says what the training drew; remove one of them");
  if (t.energy_kwh && t.power_w)
    table.fault("power_w", "contradicts 'energy_kwh': the energy is already given; remove one of them");
  if (table.has("load") && (!computed || t.energy_kwh || t.power_w))
    table.fault("load",
                "stands without a power to multiply: it is of the hardware's rated power, for hours or operations");
  if (table.has("memory_gb") && (!computed || t.energy_kwh))
    table.fault("memory_gb", "stands without hours or operations: the energy is given and contains it");
  if (computed && !t.energy_kwh && !t.power_w && !t.hardware)
    table.fault(t.hours ? "hours" : "operations", "needs power_w, or a hardware whose power the catalogue knows");
  if (t.boundary != Boundary::kNode && !t.energy_kwh && !t.power_w)
    table.fault("boundary", "says where energy_kwh or power_w was known; a record is always at the computer");
  if (t.boundary == Boundary::kFacility && t.supply.pue)
    table.fault("pue",
                "would be counted twice: facility energy already contains it; remove 'pue', or write "
                "included_pue = … if you know what the facility's was");
  // On the way back to the facility's meter it is multiplied by the very PUE that it was divided by.
  if (t.boundary == Boundary::kFacility && t.included_pue) t.supply.pue = t.included_pue;
  if (t.boundary != Boundary::kFacility && t.included_pue)
    table.fault("included_pue", "belongs to boundary = \"facility\"; energy at the computer contains no PUE");
  return t;
}

Deployment deployment_of(TomlTable table) {
  Deployment d;
  d.where = table.where();
  d.transfer_gb = figure(table, "transfer_gb");
  d.updates = figure(table, "updates");
  d.mobile = word(table, "network", {"fixed", "mobile"}, "fixed") == "mobile";
  d.installation_km = figure(table, "installation_km");
  d.device = hardware_of(table, "device");
  d.count = d.device ? d.device->count : count_of(table);
  if (d.updates && !d.transfer_gb) table.fault("updates", "stands without transfer_gb: how large is one?");
  return d;
}

Use use_of(TomlTable table, const std::filesystem::path& folder) {
  Use u;
  u.runs = cited(table, "run", folder);
  u.energy_per_image_j = figure(table, "energy_per_image_j");
  u.power_w = figure(table, "power_w");
  u.throughput_per_s = figure(table, "throughput_per_s", 1e-9);
  u.latency_ms = figure(table, "latency_ms", 1e-9);
  u.batch = number(table, "batch", 1, 1e9).value_or(1);
  u.idle_w = figure(table, "idle_w");
  u.idle = stated(table, "idle");
  if (auto d = figure(table, "images_per_day", 1e-9))
    u.images_per_day = *d;
  else if (!table.has("images_per_day"))
    table.fault("images_per_day", "is missing: images a day on one device");
  if (auto d = figure(table, "years", 1e-3, kMostYears))
    u.years = *d;
  else if (!table.has("years"))
    table.fault("years", "is missing: how long the model is in use");
  u.growth_per_year = table.number("growth_per_year").value_or(0);
  if (u.growth_per_year <= -1 || u.growth_per_year > 100)
    table.fault(
        "growth_per_year",
        fmt::format("must be above -1 and at most 100 (0.2 is 20 % more each year), found {}", u.growth_per_year));
  if (u.idle && u.idle_w)
    table.fault("idle", "contradicts 'idle_w': both say what is drawn between images; remove one of them");
  u.supply = supply_of(table, PlaceIs::kNeeded);
  u.hardware = hardware_of(table, "hardware");
  Ways{{{"run", !u.runs.empty()},
        {"energy_per_image_j", u.energy_per_image_j.has_value()},
        {"power_w", u.power_w.has_value()}}}
      .check(table, "is missing: give run = \"bench.json\", or power_w and throughput_per_s, or energy_per_image_j");
  if (!u.runs.empty() && (u.throughput_per_s || u.latency_ms))
    table.fault(u.throughput_per_s ? "throughput_per_s" : "latency_ms",
                "contradicts 'run': the record already gives the time per image; remove one of them");
  if (u.throughput_per_s && u.latency_ms)
    table.fault("latency_ms", "contradicts 'throughput_per_s'; give batch and latency_ms, or the throughput");
  if (u.power_w && !u.throughput_per_s && !u.latency_ms)
    table.fault("throughput_per_s", "is missing: images a second at power_w (or latency_ms, with batch)");
  if (table.has("batch") && !u.latency_ms) table.fault("batch", "stands without latency_ms, the time of one batch");
  if (u.hardware && u.energy_per_image_j && !u.throughput_per_s && !u.latency_ms)
    table.fault("throughput_per_s", "is missing: how long an image holds the hardware");
  // Without the time of an image the whole day would be idle, on top of the work.
  if (u.idle_w && u.energy_per_image_j && !u.throughput_per_s && !u.latency_ms)
    table.fault("idle_w",
                "needs the time of an image, which is not idle: state throughput_per_s or latency_ms beside "
                "energy_per_image_j");
  return u;
}

}  // namespace cradle::study
