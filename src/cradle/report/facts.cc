// What reporting forms ask of a result beyond its tables: what is counted, what causes it, how it scales to a model.
#include "cradle/report/facts.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "cradle/base/text.h"
#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

using study::Result;

bool counted(const Result& result, std::string_view phase) {
  return std::any_of(result.impacts.begin(), result.impacts.end(),
                     [&](const study::Impact& i) { return i.phase == phase; });
}

bool says(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

/// Whether one of the words stands in the text, whole: "use" is not in "house" or "used".
bool has_word(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (std::size_t from = 0; from < text.size();) {
    std::size_t to = from;
    while (to < text.size() && letter(text[to])) ++to;
    const std::string word = base::lower(text.substr(from, to - from));
    if (std::find(words.begin(), words.end(), word) != words.end()) return true;
    from = to + 1;
  }
  return false;
}

/// The models that the tree's training takes for one functional unit; 0 if it does not say.
double models_in_tree(const Result& result) {
  for (const study::TreeNode& phase : result.tree) {
    if (phase.kind != "phase" || bare_name(phase.name) != "training") continue;
    for (const study::TreeNode& n : result.tree)
      if (n.parent == phase.id && n.kind == "process" && n.unit == "model" && n.amount > 0) return n.amount;
  }
  return 0;
}

}  // namespace

std::vector<std::string> counted_phases(const Result& result) {
  std::vector<std::string> phases;
  for (const std::string& phase : phases_in_order(result))
    if (counted(result, phase)) phases.push_back(phase);
  return phases;
}

std::vector<study::MissingPhase> uncounted_phases(const Result& result) {
  std::vector<study::MissingPhase> missing;
  for (const std::string_view phase : kLifePhases) {
    if (counted(result, phase)) continue;
    const study::MissingPhase* named = missing_phase(result, phase);
    if (named && named->outside) continue;
    missing.push_back({std::string(phase), named ? named->reason : "no figure, and the result gives no reason"});
  }
  for (const study::MissingPhase& m : result.missing_phases)
    if (!m.outside && !counted(result, m.phase) &&
        std::find(kLifePhases.begin(), kLifePhases.end(), m.phase) == kLifePhases.end())
      missing.push_back(m);
  return missing;
}

std::vector<study::MissingPhase> phases_outside(const Result& result) {
  std::vector<study::MissingPhase> outside;
  for (const study::MissingPhase& m : result.missing_phases)
    if (m.outside && !counted(result, m.phase)) outside.push_back(m);
  return outside;
}

std::vector<study::MissingPhase> partly_counted_phases(const Result& result) {
  std::vector<study::MissingPhase> partly;
  for (const study::MissingPhase& m : result.missing_phases)
    if (counted(result, m.phase)) partly.push_back(m);
  return partly;
}

std::vector<Gap> gaps(const Result& result) {
  std::vector<Gap> found;
  for (const std::string& phase : counted_phases(result))
    for (const study::CriterionInfo& c : result.criteria)
      if (!impact_of(result, phase, c.code)) found.push_back({phase, c.code});
  return found;
}

const study::Energy* energy_of(const Result& result, std::string_view phase) {
  for (const study::Energy& e : result.energy)
    if (e.phase == phase) return &e;
  return nullptr;
}

std::optional<double> models_per_unit(const Result& result) {
  if (const double models = models_in_tree(result); models > 0) return models;
  const study::FunctionalUnit& unit = result.functional_unit;
  if (unit.kind == "training" && unit.amount > 0) return unit.amount;
  if (unit.kind == "image" && unit.amount > 0 && result.images > 0) return unit.amount / result.images;
  return std::nullopt;
}

std::optional<OfModel> of_whole_model(const Result& result, const study::Figure& per_unit) {
  const auto models = models_per_unit(result);
  if (!models) return std::nullopt;
  const auto scaled = [&](double x) { return x / *models; };
  const double value = scaled(per_unit.value);
  // Trainings of a unit are counted; of other units the models are a central figure with a doubt of its own.
  if (result.functional_unit.kind != "training" && !is_certain(per_unit))
    return OfModel{{value, value, value, value}, false};
  return OfModel{{value, scaled(per_unit.p5), scaled(per_unit.p50), scaled(per_unit.p95)}, true};
}

std::vector<const study::Alternative*> alternatives_of(const Result& result, std::string_view kind) {
  std::vector<const study::Alternative*> found;
  for (const study::Alternative& a : result.alternatives)
    if (a.kind == kind) found.push_back(&a);
  return found;
}

std::string chosen_of(const Result& result, std::string_view kind) {
  for (const study::Alternative* a : alternatives_of(result, kind))
    if (a->chosen) return a->name;
  if (kind == "allocation") return result.allocation;
  return kind == "electricity" ? result.view : "";
}

const study::Figure* total_of(const study::Alternative& alternative, std::string_view criterion) {
  for (const study::Total& t : alternative.per_unit)
    if (t.criterion == criterion) return &t.figure;
  return nullptr;
}

std::string bare_name(std::string_view name) {
  const std::size_t colon = name.rfind(": ");
  if (colon == std::string_view::npos || colon + 2 >= name.size()) return std::string(name);
  const char next = name[colon + 2];
  const bool amount = (next >= '0' && next <= '9') || next == '-' || next == '.';
  return std::string(amount ? name.substr(0, colon) : name);
}

std::vector<Contribution> contributions(const Result& result, std::string_view criterion) {
  std::vector<Contribution> found;
  double total = 0;
  for (const Leaf& leaf : leaves_of(result, criterion)) {
    total += leaf.value;
    const auto same = std::find_if(found.begin(), found.end(), [&](const Contribution& c) {
      return c.phase == leaf.phase && c.process == leaf.process;
    });
    if (same == found.end())
      found.push_back({leaf.phase, leaf.process, leaf.value, 0});
    else
      same->value += leaf.value;
  }
  for (Contribution& c : found) c.share = total == 0.0 ? 0.0 : c.value / total;
  std::stable_sort(found.begin(), found.end(),
                   [](const Contribution& a, const Contribution& b) { return a.value > b.value; });
  return found;
}

double swing_of(const study::Sensitivity& input) { return std::abs(input.at_p95 - input.at_p5); }

std::vector<study::Sensitivity> by_swing(const Result& result, std::string_view criterion) {
  std::vector<study::Sensitivity> inputs;
  for (const study::Sensitivity& s : result.sensitivity)
    if (s.criterion == criterion) inputs.push_back(s);
  std::stable_sort(inputs.begin(), inputs.end(),
                   [](const auto& a, const auto& b) { return swing_of(a) > swing_of(b); });
  return inputs;
}

std::vector<const study::UsedFactor*> factors_of_phase(const Result& result, std::string_view phase,
                                                       std::string_view criterion) {
  std::vector<const study::UsedFactor*> found;
  for (const Leaf& leaf : leaves_of(result, criterion)) {
    if (leaf.phase != phase) continue;
    for (const study::UsedFactor* f : leaf.factors)
      if (std::find(found.begin(), found.end(), f) == found.end()) found.push_back(f);
  }
  return found;
}

std::optional<TrainingSplit> split_by_training(const Result& result, std::string_view phase,
                                               std::string_view criterion) {
  const study::TreeNode* root = nullptr;
  for (const study::TreeNode& n : result.tree)
    if (n.criterion == criterion && n.kind == "phase" && bare_name(n.name) == phase) root = &n;
  if (!root) return std::nullopt;
  TrainingSplit split;
  bool any = false;
  for (const study::TreeNode& n : result.tree) {
    if (n.parent != root->id || n.kind != "process") continue;
    // Of an id only what is its own: the way from the root may go through other words.
    const std::string own = n.name + " " + n.id.substr(n.id.starts_with(root->id) ? root->id.size() : 0);
    const bool making = has_word(own, {"training", "design", "experiments", "labelling", "compression"});
    if (!making && !has_word(own, {"use", "device", "devices", "deployment", "inference"})) return std::nullopt;
    any = true;
    (making ? split.training : split.other) += n.value;
  }
  if (!any) return std::nullopt;
  return split;
}

std::string measured_or_estimated(std::string_view energy_basis) {
  const bool measured = says(energy_basis, "counter") || says(energy_basis, "integrated");
  const bool estimated = says(energy_basis, "modelled") || says(energy_basis, "stated");
  if (measured && estimated) return "measured and estimated";
  if (measured) return "measured";
  return estimated ? "estimated" : "not stated";
}

}  // namespace cradle::report
