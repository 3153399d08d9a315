// What reporting forms ask of a result beyond its tables: what is counted, what it rests on, what causes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/study/result.h"

namespace cradle::report {

/// The phases with a figure in at least one criterion, in the order of a life.
std::vector<std::string> counted_phases(const study::Result& result);
/// The phases of a life (all seven, and any other that the result names) inside the functional unit without a figure in
/// any criterion, with the result's reason; a phase that the result passes over in silence is listed too, and its
/// reason says so.
std::vector<study::MissingPhase> uncounted_phases(const study::Result& result);
/// The phases that lie outside the functional unit (a training's use): nothing is wanting there.
std::vector<study::MissingPhase> phases_outside(const study::Result& result);
/// Phases that have figures although the result names something of them as missing.
std::vector<study::MissingPhase> partly_counted_phases(const study::Result& result);

/// A counted phase without a figure in one criterion, where another phase has one.
struct Gap {
  std::string phase, criterion;
};
std::vector<Gap> gaps(const study::Result& result);

/// Electricity of a phase ("" for the total), or nullptr.
const study::Energy* energy_of(const study::Result& result, std::string_view phase);

/// How many models (trainings) one functional unit takes: 1 for one training, 6e-10 for one image of 1.6e9. From the
/// tree (the amount of the process below the phase "training" that counts models), else from the functional unit;
/// nullopt if neither says so. Cost linear in the tree.
std::optional<double> models_per_unit(const study::Result& result);

/// A phase's figure for the functional unit brought to one whole model.
struct OfModel {
  study::Figure figure;      ///< P5 to P95 are the value itself where the interval is not known
  bool has_interval = true;  ///< false: per unit, it holds the doubt about how many units one model serves, too
};
/// nullopt if models_per_unit is not known.
std::optional<OfModel> of_whole_model(const study::Result& result, const study::Figure& per_unit);

/// The alternatives of one kind ("allocation", "electricity", "end-of-life") in the result's order.
std::vector<const study::Alternative*> alternatives_of(const study::Result& result, std::string_view kind);
/// The name of the chosen one; "" if the result does not say.
std::string chosen_of(const study::Result& result, std::string_view kind);
/// An alternative's total in a criterion, or nullptr.
const study::Figure* total_of(const study::Alternative& alternative, std::string_view criterion);

/// The end of a branch of the tree: an amount of impact below which stand factors only.
struct Leaf {
  double value = 0;     ///< in the criterion's unit; the leaves of a criterion add up to its total
  std::string phase;    ///< "" outside a phase
  std::string process;  ///< the nearest process above it, without its amount
  std::vector<const study::UsedFactor*> factors;  ///< all that are multiplied on the way from the root
};
/// Cost linear in the tree of the criterion; a circle in the tree is cut.
std::vector<Leaf> leaves_of(const study::Result& result, std::string_view criterion);

/// "electricity of the use" of "electricity of the use: 3.2 kWh".
std::string bare_name(std::string_view name);

/// What a criterion's total rests on. Shares are of the sum of the leaves' absolute values and add up to 1.
struct Evidence {
  double grade_a = 0, grade_b = 0, grade_c = 0, grade_d = 0;  ///< by the weakest grade on the way to a leaf
  double ungraded = 0;         ///< leaves whose factors have no grade (inputs of the study)
  double unexplained = 0;      ///< leaves with no factor at all
  int oldest = 0, newest = 0;  ///< years of the factors; 0: none has a year
  std::string source;          ///< the published source that most of the total depends on
  double source_share = 0;
  int sources = 0;  ///< published sources in it
};
/// nullopt if the result has no tree for the criterion.
std::optional<Evidence> evidence_of(const study::Result& result, std::string_view criterion);

/// A process and what it causes of a criterion, as a share of the total; largest first. They add up to 1.
struct Contribution {
  std::string phase, process;
  double value = 0, share = 0;
};
std::vector<Contribution> contributions(const study::Result& result, std::string_view criterion);

/// What an input's whole range does to the total of its criterion, in the criterion's unit.
double swing_of(const study::Sensitivity& input);
/// The tornado of one criterion: its inputs, greatest swing first; equals keep the result's order.
std::vector<study::Sensitivity> by_swing(const study::Result& result, std::string_view criterion);

/// Factors that lead to a phase's figure in a criterion, each once, in the tree's order.
std::vector<const study::UsedFactor*> factors_of_phase(const study::Result& result, std::string_view phase,
                                                       std::string_view criterion);

/// A phase's figure in a criterion, taken apart by what the hardware served: making the model (processes below the
/// phase whose name or id has a word as training, design, labelling) or its use (use, device, deployment, inference).
/// nullopt where a process has no such word, or the result no tree.
struct TrainingSplit {
  double training = 0, other = 0;
};
std::optional<TrainingSplit> split_by_training(const study::Result& result, std::string_view phase,
                                               std::string_view criterion);

/// "measured" for counter and integrated, "estimated" for modelled and stated, "measured and estimated" for a mixture,
/// "not stated" for "".
std::string measured_or_estimated(std::string_view energy_basis);

}  // namespace cradle::report
