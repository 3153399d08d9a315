// The phases that fall once per model: design, data, training.
#include <fmt/format.h>

#include "cradle/base/quantity.h"
#include "cradle/life/hardware.h"
#include "cradle/life/phases.h"

namespace cradle::life {
namespace {

bool is_zero(const base::Distribution& d) { return base::is_fixed(d) && d.value == 0.0; }

struct Multiple {
  const char *key, *id, *name, *what;
};

/// A multiple of the final run: its energy goes to design, its hardware to production.
void add_multiple(Builder& b, const Evidence& final_run, const std::optional<study::Stated>& stated, const Multiple& m,
                  Parts& parts) {
  if (!stated || (!stated->from_catalogue && is_zero(stated->figure))) return;
  const study::Training& t = *b.study().training;
  const int multiple = b.stated(*stated, m.key, m.id, m.name, "design");
  const std::string what = m.what;
  const int process = b.process("development: " + what, what, "final run");
  charge_energy(b, process, node_electricity(b, t.supply, "training"), final_run);
  b.consume(parts.design, process, 1.0, {{multiple, 1.0}});
  if (t.hardware && final_run.seconds > 0)
    charge_hardware(b, *t.hardware, "training", final_run.seconds, joined(final_run.time_terms, {{multiple, 1.0}}),
                    in_data_centre(t.supply), parts.production_once, parts.end_once);
}

void fill_facts(Builder& b, const study::Training& t, const Evidence& e) {
  study::TrainingFacts facts;
  if (t.operations) facts.operations = t.operations->value;
  facts.operations_rule = t.operations_rule;
  facts.hours = b.central(e.seconds, e.time_terms) / 3600.0;
  facts.count = t.count;
  facts.device_hours = facts.hours * t.count;
  if (t.hardware) facts.device = t.hardware->device;
  facts.energy_basis = energy_basis(e.bases);
  facts.boundary = t.boundary == study::Boundary::kGpu    ? "gpu"
                   : t.boundary == study::Boundary::kNode ? "node"
                                                          : "facility";
  b.model().training = facts;
}

}  // namespace

void add_training(Builder& b, Parts& parts) {
  const study::Training& t = *b.study().training;
  parts.training = b.process("training", "training of the model", "model");
  const int electricity = node_electricity(b, t.supply, "training");
  const Evidence final_run = training_evidence(b, t);
  fill_facts(b, t, final_run);
  const auto charge = [&](const Evidence& e, const std::string& what) {
    const int process = b.process("training: " + what, what, "model");
    charge_energy(b, process, electricity, e);
    b.consume(parts.training, process, 1.0);
    if (t.hardware && e.seconds > 0)
      charge_hardware(b, *t.hardware, "training", e.seconds, e.time_terms, in_data_centre(t.supply),
                      parts.production_once, parts.end_once);
  };
  charge(final_run, "final training");
  if (t.idle) add_idle(b, *t.idle, "training", "final run", electricity, final_run, parts.training);
  if (b.study().compression) charge(sum_of_runs(b, b.study().compression->runs, "the compression"), "compression");
  if (const auto& design = b.study().design) {
    add_multiple(
        b, final_run, design->experiments,
        {"training.overhead_dev", "development", "energy of all other runs per final run", "experiments and search"},
        parts);
    add_multiple(b, final_run, design->failed_runs,
                 {"training.failed_runs", "failed-runs", "energy of failed runs per final run", "failed runs"}, parts);
  }
}

void add_design(Builder& b, Parts& parts) {
  const study::Design& d = *b.study().design;
  const study::Training& t = *b.study().training;
  parts.design = b.process("design", "development of the model and design of its hardware", "model");
  if (!is_zero(d.hardware_kwh)) {
    const int energy = b.input("design-energy", "energy of hardware design that falls to this model", d.hardware_kwh,
                               "kWh", "input", b.source("design"));
    const int process = b.process("design: hardware", "hardware design", "model");
    b.consume(process, node_electricity(b, t.supply, "training"), 1.0, {{energy, 1.0}});
    b.consume(parts.design, process, 1.0);
  } else {
    b.assume(
        "design: the design of the hardware (chip design, masks) is counted as 0, as no open data exist "
        "(hardware_kwh sets it)");
  }
  if (d.runs.empty()) return;
  const Evidence runs = sum_of_runs(b, d.runs, "the other runs");
  const int process = b.process("design: other runs", "experiments and search, as recorded", "model");
  charge_energy(b, process, node_electricity(b, t.supply, "training"), runs);
  b.consume(parts.design, process, 1.0);
  if (t.hardware)
    charge_hardware(b, *t.hardware, "training", runs.seconds, runs.time_terms, in_data_centre(t.supply),
                    parts.production_once, parts.end_once);
}

void add_data(Builder& b, Parts& parts) {
  const study::Data& d = *b.study().data;
  const std::string source = b.source("data");
  parts.data = b.process("data", "collection, labelling, storage and transfer of the images", "model");
  const int electricity = node_electricity(b, d.supply, "data");
  const auto add = [&](const char* id, const char* name, double coefficient, Terms terms, int from) {
    const int process = b.process(fmt::format("data: {}", id), name, "model");
    b.consume(process, from, coefficient, std::move(terms));
    b.consume(parts.data, process, 1.0);
  };
  if (!d.runs.empty()) {
    const int process = b.process("data: preprocessing", "preprocessing, as recorded", "model");
    charge_energy(b, process, electricity, sum_of_runs(b, d.runs, "the preprocessing"));
    b.consume(parts.data, process, 1.0);
  }
  if (d.collection_kwh)
    add("collection", "collection", 1.0,
        {{b.input("collection-energy", "energy of collecting the images", *d.collection_kwh, "kWh", "input", source),
          1.0}},
        electricity);
  if (d.labelling_hours) {
    const int hours = b.input("labelling-hours", "hours of labelling", *d.labelling_hours, "h", "input", source);
    const int power = b.factor("device.power_mean", d.labelling_device, "", d.where);
    // Desks have no data centre's overhead, whatever facility stores the images.
    Supply desk = d.supply;
    desk.facility = "local";
    desk.pue.reset();
    desk.wue.reset();
    add("labelling", "labelling", 1e-3, {{hours, 1.0}, {power, 1.0}},
        node_electricity(b, desk, "labelling", {1}, "data"));
    Hardware device;
    device.device = d.labelling_device;
    device.where = d.where;
    charge_hardware(b, device, "labelling", 3600.0, {{hours, 1.0}}, false, parts.production_once, parts.end_once);
  }
  if (d.storage_gb) {
    const int gigabytes = b.input("storage-gb", "images stored", *d.storage_gb, "GB", "input", source);
    const int years = b.input("storage-years", "years of storage", *d.years, "y", "input", source);
    const int copies = d.replication
                           ? b.input("replication", "copies of stored data", *d.replication, "1", "input", source)
                           : b.factor("storage.replication", "", "", d.where);
    const int power = b.factor(fmt::format("storage.{}_power", d.medium), "", "", d.where);
    // Wh per TB and hour → kWh per GB and year.
    const double kwh = 1e-3 * 1e-3 * kSecondsPerYear / 3600.0;
    add("storage", "storage", kwh, {{gigabytes, 1.0}, {years, 1.0}, {copies, 1.0}, {power, 1.0}}, electricity);
    // The drives: kg per GB, shared over their lifetime.
    const int drive = b.factor(d.medium + ".gwp", "", "", d.where);
    const int life = b.factor("life.cpu_server_y", "", "", d.where);
    b.cause(parts.production_once, "GWP", 1.0,
            {{gigabytes, 1.0}, {copies, 1.0}, {years, 1.0}, {drive, 1.0}, {life, -1.0}});
  }
  if (d.transfer_gb) {
    const int gigabytes =
        b.input("data-transfer-gb", "images sent over the network", *d.transfer_gb, "GB", "input", source);
    const int process = b.process("data: transfer", "transfer", "model");
    b.consume(process, grid_electricity(b, d.supply, "data"), 1.0,
              {{gigabytes, 1.0}, {b.factor("net.fixed", "", "", d.where), 1.0}});
    b.consume(parts.data, process, 1.0);
  }
}

}  // namespace cradle::life
