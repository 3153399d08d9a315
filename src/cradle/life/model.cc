// The phases of a study as processes of an inventory.
#include "cradle/life/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/quantity.h"
#include "cradle/life/builder.h"
#include "cradle/life/evidence.h"
#include "cradle/life/hardware.h"
#include "cradle/life/supply.h"

namespace cradle::life {
namespace {

using Terms = std::vector<lca::Term>;

Terms joined(Terms a, const Terms& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// How much of a model and how many images one functional unit takes.
struct Amounts {
  double models = 0, images = 0;
  Terms models_terms, images_terms;
};

/// With N = images a day × days × years × devices over the model's life, an image carries 1/N of the model.
Amounts amounts_of(Builder& b) {
  const Study& s = b.study();
  const FunctionalUnit& unit = s.functional_unit;
  if (unit.kind == "training") return {unit.amount, 0, {}, {}};
  constexpr double kDaysPerYear = 365.25;
  const double count = s.deployment ? s.deployment->count : 1.0;
  const std::string source = s.file + " [use]";
  const int per_day =
      b.input("images-per-day", "images a day on one device", s.use->images_per_day, "1/day", "input", source);
  const int years = b.input("years", "years in use", s.use->years, "years", "input", source);
  if (unit.kind == "image")
    return {unit.amount / (kDaysPerYear * count), unit.amount, {{per_day, -1.0}, {years, -1.0}}, {}};
  const double devices = unit.kind == "service-year" ? count : 1.0;
  return {unit.amount * devices / count, unit.amount * devices * kDaysPerYear, {{years, -1.0}}, {{per_day, 1.0}}};
}

/// The parts of a life that phases are made of: processes per model made and per image; -1 where there are no data.
struct Parts {
  int training = -1, deployment = -1, use = -1;
  int production_once = -1, production_per_image = -1;
  int end_once = -1, end_per_image = -1;
};

/// Charges `seconds` (times terms) of `hardware` to `production` and, if the study has an end of life, to `end`.
void charge_hardware(Builder& b, const Hardware& hardware, const std::string& activity, double seconds,
                     const Terms& extra, int production, int end) {
  const Terms terms = joined(life_share_terms(b, hardware, activity), extra);
  const double coefficient = hardware.count * seconds / kSecondsPerYear;
  b.consume(production, device_production(b, hardware), coefficient, terms);
  if (end < 0) return;
  if (const int device = device_end_of_life(b, hardware, b.study().end_of_life->share_collected); device >= 0)
    b.consume(end, device, coefficient, terms);
}

Evidence training_by_hours(Builder& b, const Training& t) {
  const std::string source = b.study().file + " [training]";
  const double count = t.hardware ? t.hardware->count : 1.0;
  const int hours = b.input("training-hours", "hours of the final training", *t.hours, "h", "input", source);
  Evidence e;
  e.joules = count * 3600.0;
  e.terms = {{hours, 1.0}};
  e.seconds = 3600.0;
  e.time_terms = {{hours, 1.0}};
  if (t.power_w) {
    e.terms.push_back(
        {b.input("training-power", "power of one device and its share of the node", *t.power_w, "W", "input", source),
         1.0});
  } else {
    const std::string& where = t.hardware->where;
    e.terms.push_back({b.factor("gpu.tdp", t.hardware->device, "", where), 1.0});
    e.terms.push_back({b.factor("power.gpu_load_fraction", "", "", where), 1.0});
    e.terms.push_back({b.factor("power.node_to_gpu_ratio", "", "", where), 1.0});
    b.assume("training: power is modelled from the GPU's TDP, a load fraction and the node's overhead");
  }
  return e;
}

void add_training(Builder& b, const Training& t, Parts& parts) {
  parts.training = b.process("training", "training of the model", "model");
  const int electricity = node_electricity(b, t.supply, "training");
  const auto charge = [&](const Evidence& e, const std::string& what, const Terms& times) {
    const int process = b.process("training: " + what, what, "model");
    b.consume(process, electricity, e.joules / base::kJoulesPerKwh, e.terms);
    b.consume(parts.training, process, 1.0, times);
    if (t.hardware)
      charge_hardware(b, *t.hardware, "training", e.seconds, joined(e.time_terms, times), parts.production_once,
                      parts.end_once);
  };
  const Evidence final_run = t.runs.empty() ? training_by_hours(b, t) : sum_of_runs(b, t.runs, "the final training");
  charge(final_run, "final training", {});
  if (b.study().compression) charge(sum_of_runs(b, b.study().compression->runs, "the compression"), "compression", {});
}

void add_deployment(Builder& b, const Deployment& d, const Supply& supply, Parts& parts) {
  if (!d.transfer_gb) return;
  parts.deployment = b.process("deployment", "transfer of the model to its devices", "model");
  const int gigabytes = b.input("transfer-gb", "size of the transfer to one device", *d.transfer_gb, "GB", "input",
                                b.study().file + " [deployment]");
  const int intensity = b.factor("net.fixed", "", "", b.study().file + " [deployment]");
  b.consume(parts.deployment, grid_electricity(b, supply), d.count, {{gigabytes, 1.0}, {intensity, 1.0}});
  b.assume(
      "deployment: network energy by the average per gigabyte, which a small transfer does not cause at the margin");
}

void add_idle(Builder& b, const Use& u, const Evidence& e, int electricity, Parts& parts) {
  if (!u.idle_w) {
    b.assume("use: energy of the device between images is not counted (idle_w adds it)");
    return;
  }
  const std::string source = b.study().file + " [use]";
  const int idle = b.input("idle-power", "power of a device between images", *u.idle_w, "W", "input", source);
  const int per_day =
      b.input("images-per-day", "images a day on one device", u.images_per_day, "1/day", "input", source);
  if (u.images_per_day.value * e.seconds > 86400.0)
    base::fail("{}: {} images a day at {:.3g} s each do not fit into a day", source, u.images_per_day.value, e.seconds);
  // Idle seconds per image: 86400 / images a day, less the time of the image itself.
  b.consume(parts.use, electricity, 86400.0 / base::kJoulesPerKwh, {{idle, 1.0}, {per_day, -1.0}});
  b.consume(parts.use, electricity, -e.seconds / base::kJoulesPerKwh, joined({{idle, 1.0}}, e.time_terms));
}

void add_use(Builder& b, const Use& u, Parts& parts) {
  parts.use = b.process("use", "inference of one image", "image");
  const int electricity = node_electricity(b, u.supply, "use");
  Evidence e;
  if (u.runs.empty()) {
    const std::string source = b.study().file + " [use]";
    const int power = b.input("use-power", "power while working", *u.power_w, "W", "input", source);
    const int rate = b.input("throughput", "images a second", *u.throughput_per_s, "1/s", "input", source);
    e = {1.0, 1.0, {{power, 1.0}, {rate, -1.0}}, {{rate, -1.0}}};
  } else {
    e = mean_per_image(b, u.runs);
  }
  b.consume(parts.use, electricity, e.joules / base::kJoulesPerKwh, e.terms);
  if (u.power_w && u.idle_w) e.seconds = 1.0 / u.throughput_per_s->value;
  add_idle(b, u, e, electricity, parts);
  if (u.hardware)
    charge_hardware(b, *u.hardware, "use", u.runs.empty() ? 1.0 : e.seconds, e.time_terms, parts.production_per_image,
                    parts.end_per_image);
}

/// A device that serves the model alone is charged whole: years in use / lifetime devices, spread over its images.
void add_dedicated_device(Builder& b, const Hardware& device, Parts& parts) {
  const std::string source = b.study().file + " [use]";
  const int per_day =
      b.input("images-per-day", "images a day on one device", b.study().use->images_per_day, "1/day", "input", source);
  const int life = device.lifetime_years ? b.input("lifetime:device", "lifetime of " + device.device,
                                                   *device.lifetime_years, "years", "input", device.where)
                                         : b.factor("life.edge_board_y", "", "", device.where);
  const Terms terms = {{life, -1.0}, {per_day, -1.0}};
  constexpr double kPerDay = 1.0 / 365.25;
  b.consume(parts.production_per_image, device_production(b, device), kPerDay, terms);
  if (parts.end_per_image < 0) return;
  if (const int end = device_end_of_life(b, device, b.study().end_of_life->share_collected); end >= 0)
    b.consume(parts.end_per_image, end, kPerDay, terms);
}

void add_phase(Builder& b, const std::string& phase, int once, int per_image, const Amounts& amounts) {
  const bool of_model = once >= 0, of_image = per_image >= 0 && amounts.images > 0;
  if (!of_model && !of_image) return;
  const int process = b.process("phase: " + phase, phase, "functional unit");
  if (of_model) b.consume(process, once, amounts.models, amounts.models_terms);
  if (of_image) b.consume(process, per_image, amounts.images, amounts.images_terms);
  b.consume(b.model().functional_unit, process, 1.0);
  b.model().phases.emplace_back(phase, process);
}

void note_missing(Builder& b, const Parts& parts) {
  const auto miss = [&](const char* phase, std::string reason) {
    b.model().missing.push_back({phase, std::move(reason)});
  };
  const Study& s = b.study();
  miss("design",
       s.training && s.training->hours
           ? "hardware design: no open data exist; the model's own development is counted in training"
           : "hardware design: no open data exist; development of the model: [training] development is not given");
  if (!s.training || !s.training->hardware) {
    if (!s.use || !(s.use->hardware || (s.deployment && s.deployment->device)))
      miss("production", "no hardware is named in [training], [use] or [deployment]");
    else if (s.training)
      b.warn("production: [training] names no hardware; the machine that trained is left out");
  } else if (s.use && !s.use->hardware && !(s.deployment && s.deployment->device)) {
    b.warn("production: neither [use] hardware nor [deployment] device is given; what runs the model is left out");
  }
  miss("data", "collection, labelling and storage of the images: the study gives no data");
  if (!s.training) miss("training", "the study has no [training]");
  if (parts.deployment < 0 && s.functional_unit.kind != "training")
    miss("deployment", "the study gives no transfer_gb in [deployment]");
  if (!s.use && s.functional_unit.kind != "training") miss("use", "the study has no [use]");
  if (s.functional_unit.kind == "training")
    for (const char* phase : {"deployment", "use"}) miss(phase, "outside the functional unit (one training)");
  if (!s.end_of_life) miss("end-of-life", "the study has no [end_of_life] share_collected");
}

}  // namespace

Model build_model(const Study& study, const catalog::Catalog& catalog) {
  Builder b(study, catalog);
  Model& m = b.model();
  m.functional_unit = b.process("functional-unit", study.functional_unit.text, "functional unit");
  const Amounts amounts = amounts_of(b);
  const bool uses = study.use.has_value() && study.functional_unit.kind != "training";
  const bool device = uses && study.deployment && study.deployment->device;

  Parts parts;
  if (study.training && study.training->hardware) {
    parts.production_once = b.process("production: training", "hardware of the training", "model");
    if (study.end_of_life) parts.end_once = b.process("end of life: training", "hardware of the training", "model");
  }
  if (uses && (study.use->hardware || device)) {
    parts.production_per_image = b.process("production: use", "hardware of the use", "image");
    if (study.end_of_life) parts.end_per_image = b.process("end of life: use", "hardware of the use", "image");
  }
  if (study.training) add_training(b, *study.training, parts);
  if (uses && study.deployment) add_deployment(b, *study.deployment, study.use->supply, parts);
  if (uses) add_use(b, *study.use, parts);
  if (device) add_dedicated_device(b, *study.deployment->device, parts);

  add_phase(b, "production", parts.production_once, parts.production_per_image, amounts);
  add_phase(b, "training", parts.training, -1, amounts);
  add_phase(b, "deployment", parts.deployment, -1, amounts);
  add_phase(b, "use", -1, parts.use, amounts);
  add_phase(b, "end-of-life", parts.end_once, parts.end_per_image, amounts);
  note_missing(b, parts);
  for (const int p : {parts.training, parts.production_once, parts.end_once})
    if (p >= 0) m.once.push_back(p);
  for (const int p : {parts.use, parts.production_per_image, parts.end_per_image})
    if (p >= 0) m.recurring.push_back(p);
  if (std::any_of(m.records.begin(), m.records.end(), record::is_modelled))
    b.warn(
        "energy is modelled, not measured (no counter could be read): ratios of two such figures are ratios of "
        "times, and their common error cancels");
  return b.take();
}

std::string energy_basis(const Model& model) {
  std::set<std::string> bases;
  for (const auto& r : model.records) bases.insert(record::basis_text(r));
  std::string text;
  for (const auto& basis : bases) text += (text.empty() ? "" : ", ") + basis;
  return text.empty() ? "input" : text;
}

}  // namespace cradle::life
