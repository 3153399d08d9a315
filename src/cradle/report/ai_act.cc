// The energy part of the EU AI Act's model documentation: compute, time and electricity of the training.
//
// Regulation (EU) 2024/1689, Annex XI, section 1, point 2 (d) and (e); entries after the Model Documentation Form of
// the Code of Practice for general-purpose AI, July 2025. The form does not say where energy is measured, so each
// figure here says it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cradle/base/text.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using study::Result;
using study::TrainingFacts;

constexpr std::string_view kNotKnown = "not known";
constexpr double kHoursPerDay = 24.0;

/// Electricity of the whole training, or why it is not known.
struct TrainingEnergy {
  std::optional<OfModel> node_kwh, facility_kwh;
  std::string lacking;
};

TrainingEnergy energy_of_training(const Result& result) {
  const study::Energy* energy = energy_of(result, "training");
  if (!energy) return {std::nullopt, std::nullopt, "the result has no figure of the training's electricity"};
  if (!models_per_unit(result))
    return {std::nullopt, std::nullopt,
            fmt::format("the result has the training's share in {}, but not how many such units one model serves",
                        markdown_cell(result.functional_unit.text))};
  return {of_whole_model(result, energy->node_kwh), of_whole_model(result, energy->facility_kwh), ""};
}

std::string mwh_text(const std::optional<OfModel>& kwh) {
  if (!kwh) return std::string(kNotKnown);
  const study::Figure& f = kwh->figure;
  const std::string number = fmt::format("{} MWh", number_text(1e-3 * f.value));
  return is_certain(f) ? number : fmt::format("{} ({})", number, range_text(1e-3 * f.p5, 1e-3 * f.p95));
}

std::string days_entry(double hours, std::string_view what) {
  return hours > 0 ? fmt::format("{} {}", number_text(hours / kHoursPerDay), what) : std::string(kNotKnown);
}

/// What was computed from a rated power is not known anywhere.
std::string_view known_or_modelled(std::string_view basis) {
  if (basis.find("modelled") == std::string_view::npos) return "known";
  return basis == "modelled" ? "modelled" : "in part known and in part modelled";
}

std::string boundary_words(const TrainingFacts& t) {
  const auto words = [&](std::string_view rest) {
    return fmt::format("{} {}", known_or_modelled(t.energy_basis), rest);
  };
  if (t.boundary == "gpu") return words("at the GPUs; the computer around them and the facility (PUE) are modelled");
  if (t.boundary == "node") return words("at the computer; the facility's overhead (PUE) is modelled");
  if (t.boundary == "facility") return words("at the facility's meter; the computer's part is found by PUE");
  return "not stated";
}

/// A figure at another boundary than the one where the energy is known was computed, however well that one was
/// measured.
std::string how_at(std::string_view boundary, const TrainingFacts& facts) {
  const std::string known =
      fmt::format("{} (basis: {})", measured_or_estimated(facts.energy_basis), stated(facts.energy_basis));
  if (facts.boundary.empty() || facts.boundary == boundary) return known;
  return fmt::format("estimated from the figure at the boundary `{}`, which is {}", markdown_cell(facts.boundary),
                     known);
}

/// What the phase training counts, as the tree names it: final run, repeats, compression. The process directly below
/// the phase is their sum.
std::string counted_in_training(const Result& result) {
  std::vector<std::string> names;
  std::set<std::string_view> phases;
  for (const study::TreeNode& n : result.tree)
    if (n.kind == "phase") phases.insert(n.id);
  for (const study::TreeNode& n : result.tree) {
    const bool below = n.id.find("phase: training") != std::string::npos || n.id.find("/training") != std::string::npos;
    const std::string name = bare_name(n.name);
    const bool sum = n.unit == "model" && phases.contains(n.parent);
    if (below && !sum && n.kind == "process" && (n.unit == "model" || n.unit == "final run") &&
        std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + markdown_cell(name);
  return out.empty() ? "not itemised in the result" : out;
}

/// Whether the time was computed from the operations, the peak and the share of it that is reached.
bool hours_from_operations(const Result& result) {
  return std::any_of(result.factors.begin(), result.factors.end(),
                     [](const study::UsedFactor& f) { return f.id == "efficiency"; });
}

std::string hours_obtained(const Result& result, const TrainingFacts& t) {
  if (!(t.hours > 0)) return "the study states no hours and has no record of the training";
  return hours_from_operations(result) ? "computed: operations / (devices · peak · share of the peak that is reached)"
                                       : "hours of the training in the study or its record";
}

std::string compute_table(const Result& result, const TrainingFacts& t) {
  base::Table table({"item", "entry", "how obtained"});
  table.row({"amount of computation, FLOP", t.operations > 0 ? number_text(t.operations) : std::string(kNotKnown),
             t.operations > 0 ? stated(t.operations_rule) : "the study states no operations"});
  table.row({"duration, wall clock", days_entry(t.hours, "days"), hours_obtained(result, t)});
  // Where no device is named their count is 1 by default, which nobody said.
  table.row({"duration, hardware", days_entry(t.device.empty() ? 0 : t.device_hours, "device-days"),
             t.device.empty() ? "devices × wall clock; which devices and how many is *not stated*"
                              : fmt::format("{} × {}", base::format_count(t.count), markdown_cell(t.device))});
  return table.markdown() + '\n';
}

std::string energy_entries(const Result& result, const TrainingEnergy& e) {
  TrainingFacts facts;
  facts.energy_basis = result.energy_basis;
  if (result.training) facts = *result.training;
  const auto how = [&](std::string_view boundary) {
    return e.lacking.empty() ? how_at(boundary, facts) : fmt::format("not known: {}", e.lacking);
  };
  base::Table table({"item", "entry", "how obtained"});
  table.row({"energy of the training, at the facility's meter", mwh_text(e.facility_kwh), how("facility")});
  table.row({"energy of the training, at the computers", mwh_text(e.node_kwh), how("node")});
  table.row({"measured or estimated, where known",
             e.lacking.empty() ? measured_or_estimated(facts.energy_basis) : std::string(kNotKnown),
             stated(facts.energy_basis)});
  table.row(
      {"boundary of the figure", boundary_words(facts), "the form does not define a boundary; this report states it"});
  table.row({"counted in it", counted_in_training(result), "processes of the phase training"});
  return table.markdown() + '\n';
}

/// The form asks for about a hundred words on the method.
std::string method_text(const Result& result, const TrainingEnergy& e) {
  if (!e.lacking.empty())
    return fmt::format(
        "The energy is not known, for {}. What is lacking is one of: a measured record of the training "
        "(`cradle run`), its energy from the operator, or its hours and hardware, from which it can be "
        "estimated by computational resources.",
        e.lacking);
  const TrainingFacts facts = result.training.value_or(TrainingFacts{});
  std::string out =
      fmt::format("The energy of the training phase was {} (basis: {}), {}.", measured_or_estimated(facts.energy_basis),
                  stated(facts.energy_basis), boundary_words(facts));
  if (!facts.device.empty())
    out += fmt::format(" Hardware: {} × {}.", base::format_count(facts.count), markdown_cell(facts.device));
  const bool intervals = e.node_kwh && e.node_kwh->has_interval && e.facility_kwh && e.facility_kwh->has_interval;
  out += intervals
             ? fmt::format(" Intervals are the 5th to 95th percentile of {} samples of all uncertain inputs.",
                           result.samples)
             : " Its interval is not known from this unit: that of the share below holds the doubt about how many such "
               "units one model serves, too; a study of one training gives it.";
  out += fmt::format(" The figure is the training's electricity for {}, divided by the share of a model in it ({}).",
                     markdown_cell(result.functional_unit.text), number_text(models_per_unit(result).value_or(0)));
  return out + " Every input stands with its source in `--format markdown`.";
}

std::string beside_section(const Result& result) {
  std::vector<std::string> lines;
  for (const std::string_view phase : {"design", "data"}) {
    const study::Energy* e = energy_of(result, phase);
    const auto whole = e ? of_whole_model(result, e->facility_kwh) : std::nullopt;
    if (whole)
      lines.push_back(fmt::format("{}: {} at the facility's meter, for the whole model", phase, mwh_text(whole)));
    else
      lines.push_back(fmt::format("{}: {}", phase, kNotKnown));
  }
  return heading(2, "Not in the training's figure") +
         paragraph("Development runs and preparation of the data are phases of their own:") + bullets(lines);
}

std::string inference_section() {
  base::Table table({"item", "entry"});
  table.row({"benchmarked amount of computation for inference, FLOP", "not stated"});
  table.row({"task of the benchmark", "not stated"});
  table.row({"hardware of the benchmark", "not stated"});
  return heading(2, "Inference") +
         paragraph("The form asks for computation, not for energy; the result holds no such benchmark.") +
         table.markdown() + '\n';
}

std::string missing_section(const Result& result, const TrainingEnergy& e) {
  std::vector<std::string> lines;
  if (!result.training)
    lines.push_back("compute and time of the training: the study has no [training], or an old result");
  if (result.training && !(result.training->operations > 0)) lines.push_back("operations of the training");
  if (result.training && !(result.training->hours > 0)) lines.push_back("duration of the training");
  if (result.training && result.training->device.empty()) lines.push_back("hardware of the training and its number");
  if (!e.lacking.empty()) lines.push_back("energy of the training: " + e.lacking);
  lines.push_back("benchmark of the inference: computation, task and hardware");
  lines.push_back("all parts of the form that are not about computation and energy");
  return heading(2, "What is missing") + bullets(lines);
}

}  // namespace

std::string ai_act(const Result& result, const Origin& origin) {
  const TrainingEnergy energy = energy_of_training(result);
  std::string out = heading(1, fmt::format("Computation and energy of the training: {}", markdown_cell(result.name)));
  out += paragraph(fmt::format(
      "Entries for the model documentation that Annex XI, section 1, point 2 (d) and (e) of Regulation (EU) 2024/1689 "
      "asks "
      "of general-purpose AI models, in the manner of the Code of Practice's form (July 2025); by {}{}{}. The form "
      "goes to "
      "the AI Office and national authorities on request. Whether the model falls under it, and whether the entries "
      "suffice, is not judged here.",
      markdown_cell(origin.program), origin.written.empty() ? "" : ", ", origin.written));
  out += heading(2, "Computational resources of the training");
  out += compute_table(result, result.training.value_or(TrainingFacts{}));
  out += heading(2, "Energy consumption of the training") + energy_entries(result, energy);
  out += heading(2, "Method") + paragraph(method_text(result, energy));
  return out + beside_section(result) + inference_section() + missing_section(result, energy);
}

}  // namespace cradle::report
