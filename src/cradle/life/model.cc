// The phases of a study as processes of an inventory.
#include "cradle/life/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cradle/life/builder.h"
#include "cradle/life/marks.h"
#include "cradle/life/method_table.h"
#include "cradle/life/phases.h"

namespace cradle::life {
namespace {

void add_phase(Builder& b, const std::string& phase, int once, int per_image, const Amounts& amounts,
               int product = -1) {
  const bool of_model = once >= 0 && amounts.models > 0, of_image = per_image >= 0 && amounts.images > 0;
  if (!of_model && !of_image && product < 0) return;
  const int process = b.process("phase: " + phase, phase, "functional unit");
  if (of_model) b.consume(process, once, amounts.models, amounts.models_terms);
  if (of_image) b.consume(process, per_image, amounts.images, amounts.images_terms);
  if (product >= 0) b.consume(process, product, b.study().functional_unit.amount);
  b.consume(b.model().functional_unit, process, 1.0);
  b.model().phases.emplace_back(phase, process);
}

void note_missing(Builder& b, const Parts& parts) {
  const auto miss = [&](const char* phase, std::string reason) {
    b.model().missing.push_back({phase, std::move(reason)});
  };
  const auto outside = [&](const char* phase, const char* unit) {
    b.model().missing.push_back({phase, fmt::format("outside the functional unit ({})", unit), true});
  };
  const Study& s = b.study();
  if (s.functional_unit.kind == "device") {
    for (const char* phase : {"design", "data", "training", "deployment", "use"})
      outside(phase, "a device, from cradle to gate");
    if (!s.end_of_life) miss("end-of-life", "the study has no [end_of_life] share_collected");
    return;
  }
  if (!s.design)
    miss("design",
         "hardware design: no open data exist; development of the model: the study has no [design] "
         "experiments (\"default\" takes the catalogue's)");
  const bool in_use = s.use && (s.use->hardware || (s.deployment && s.deployment->device));
  if (parts.production_once < 0 && parts.production_per_image < 0)
    miss("production", "no hardware is named in [training], [use] or [deployment]");
  else if (s.training && !s.training->hardware)
    b.warn("production: [training] names no hardware; the machine that trained is left out");
  else if (s.use && !in_use)
    b.warn("production: neither [use] nor [deployment] names hardware; the machines that infer are left out");
  if (!s.data) miss("data", "collection, labelling and storage of the images: the study has no [data]");
  if (!s.training) miss("training", "the study has no [training]");
  if (s.functional_unit.kind == "training") {
    for (const char* phase : {"deployment", "use"}) outside(phase, "one training");
  } else {
    if (parts.deployment < 0) miss("deployment", "the study gives no transfer_gb or installation_km in [deployment]");
    if (!s.use) miss("use", "the study has no [use]");
  }
  if (!s.end_of_life) miss("end-of-life", "the study has no [end_of_life] share_collected");
}

}  // namespace

Model build_model(const Study& study, const catalog::Catalog& catalog) {
  Builder b(study, catalog);
  Model& m = b.model();
  m.functional_unit = b.process("functional-unit", study.functional_unit.text, "functional unit");
  const Amounts amounts = amounts_of(b);
  const std::string& kind = study.functional_unit.kind;
  const bool uses = study.use.has_value() && kind != "training" && kind != "device";
  const bool device = uses && study.deployment && study.deployment->device;
  const bool ends = study.end_of_life.has_value();

  Parts parts;
  if ((study.training && study.training->hardware) ||
      (study.data && (study.data->labelling_hours || study.data->storage_gb))) {
    parts.production_once = b.process("production: training", "hardware of data and training", "model");
    if (ends) parts.end_once = b.process("end of life: training", "hardware of data and training", "model");
  }
  if (uses && (study.use->hardware || device)) {
    parts.production_per_image = b.process("production: use", "hardware of the use", "image");
    if (ends) parts.end_per_image = b.process("end of life: use", "hardware of the use", "image");
  }
  if (study.product) add_product(b, parts);
  if (study.design && study.training) add_design(b, parts);
  if (study.data) add_data(b, parts);
  if (study.training) add_training(b, parts);
  if (uses && study.deployment) add_deployment(b, parts);
  if (uses) add_use(b, amounts.years, parts);
  if (device) add_dedicated_device(b, parts);

  add_phase(b, "design", parts.design, -1, amounts);
  add_phase(b, "production", parts.production_once, parts.production_per_image, amounts, parts.product);
  add_phase(b, "data", parts.data, -1, amounts);
  add_phase(b, "training", parts.training, -1, amounts);
  add_phase(b, "deployment", parts.deployment, -1, amounts);
  add_phase(b, "use", -1, parts.use, amounts);
  add_phase(b, "end-of-life", parts.end_once, parts.end_per_image, amounts, parts.product_end);
  note_missing(b, parts);
  for (const int p : {parts.design, parts.data, parts.training, parts.production_once, parts.end_once})
    if (p >= 0) m.once.push_back(p);
  for (const int p : {parts.use, parts.production_per_image, parts.end_per_image})
    if (p >= 0) m.recurring.push_back(p);
  if (std::any_of(m.records.begin(), m.records.end(), record::is_modelled))
    b.warn(
        "energy is modelled, not measured (no counter could be read): ratios of two such figures are ratios of "
        "times, and their common error cancels");
  if (study.quality && m.records.empty())
    b.warn(fmt::format("the study asks for {}, and no record shows that it is reached", study.functional_unit.quality));
  for (const Cited& table : study.methods) add_method_table(m, table);
  mark_criteria(m, catalog);
  return b.take();
}

std::string energy_basis(const std::set<std::string>& bases) { return fmt::format("{}", fmt::join(bases, ", ")); }

}  // namespace cradle::life
