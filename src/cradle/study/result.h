// What an assessment yields: phase × criterion × value with interval, and where each figure comes from
// (cradle.result/1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/base/json_fwd.h"

namespace cradle::study {

inline constexpr std::string_view kResultSchema = "cradle.result/1";

/// A figure with the spread of its samples. `value` is computed from central figures, without sampling.
struct Figure {
  double value = 0, p5 = 0, p50 = 0, p95 = 0;
};

struct CriterionInfo {
  std::string code;  ///< "GWP"
  std::string name;  ///< "Climate change"
  std::string unit;  ///< "kgCO2e"
  std::string note;  ///< e.g. that its factors have one old source; "" if none; an output marks the criterion with it
};

struct FunctionalUnit {
  std::string kind;  ///< image, camera-year, service-year, training, device
  double amount = 1;
  std::string quality;  ///< "mAP50 >= 0.60", "" if none is stated
  std::string text;     ///< "1,000 images at mAP50 >= 0.60"
};

/// Impact of one phase on one criterion, for the functional unit. A pair of phase and criterion without any factor has
/// no Impact at all: no data is not zero.
struct Impact {
  std::string phase, criterion;
  Figure figure;
};

/// Total over the phases that have data, for the functional unit.
struct Total {
  std::string criterion;
  Figure figure;
};

/// One node of the tree under a total; children of a node add up to it (kind process and phase), a factor is a leaf.
struct TreeNode {
  std::string id, parent;  ///< parent "" for a root
  std::string name;
  std::string kind;  ///< phase, process, exchange, factor
  std::string criterion;
  double value = 0;    ///< in the criterion's unit; of a factor: its own value in its own unit
  std::string factor;  ///< id into factors, "" if none
  /// Of a factor: the power it is raised to. Of the others: what the product of their factors is multiplied by (unit
  /// conversions, counts), so that amount = amount of the parent × number × Π factor^power.
  double number = 1;
  double amount = 0;  ///< of a phase, process: units of its product; of an exchange: of the criterion per unit of the
                      ///< parent's product
  std::string unit;   ///< of that product
};

/// Swing of one criterion when one input goes from its P5 to its P95 and the others stay central.
struct Sensitivity {
  std::string input, name, criterion;
  double at_p5 = 0, at_p95 = 0;
};

/// Every figure used, with its source; inputs of the study itself have the study file as source.
struct UsedFactor {
  std::string id, name;
  double value = 0, low = 0, high = 0;
  std::string distribution, unit, place;
  int year = 0;  ///< 0: none
  std::string licence, grade, source, note;
  std::string status;  ///< measured, modelled, catalogue, input, assumed
};

struct MissingPhase {
  std::string phase, reason;
  bool outside = false;  ///< outside the functional unit, so that no data are wanting
};

/// The totals under another choice than the study's: another allocation rule, another view of electricity, another
/// treatment of the end of life. The study's own choice stands in the list too, as `chosen`.
struct Alternative {
  std::string kind;  ///< allocation, electricity, end-of-life
  std::string name;  ///< "calendar-time", "location-marginal", "50:50"
  bool chosen = false;
  std::vector<Total> per_unit;  ///< with P5 to P95 by fewer samples (`alternative_samples`)
  std::string note;             ///< what it means, or why a figure is missing
};

/// Electricity of a phase for the functional unit, at the computer and at the facility's meter (with PUE).
struct Energy {
  std::string phase;  ///< "" for the total
  Figure node_kwh, facility_kwh;
};

/// One input's part of the variance of a total (Sobol): alone, and with all it interacts with; P5 to P95 by bootstrap.
struct VarianceShare {
  std::string input, name, criterion;
  double first = 0, first_low = 0, first_high = 0;
  double total = 0, total_low = 0, total_high = 0;
};

/// A user's own table of factors.
struct UsedPack {
  std::string name, sha256;
  int rows = 0;
};

/// What reporting forms ask of a training, as far as the study knows it.
struct TrainingFacts {
  double operations = 0;  ///< floating-point operations; 0: not known
  std::string operations_rule;
  double hours = 0;         ///< wall clock; 0: not known
  double device_hours = 0;  ///< devices × hours; 0: not known
  std::string device;       ///< "" if not stated
  double count = 0;
  std::string energy_basis;  ///< counter, integrated, modelled, stated, or several
  std::string boundary;      ///< gpu, node, facility: where the energy was known
};

struct Result {
  std::string name;
  std::string question, audience;
  std::string application, reviewer;  ///< "" if not stated; none, internal, external, panel
  bool comparison_to_public = false;
  std::string study_file, study_sha256;
  FunctionalUnit functional_unit;
  std::vector<CriterionInfo> criteria;
  std::vector<Impact> impacts;
  std::vector<Total> per_unit;
  std::vector<TreeNode> tree;
  std::vector<Sensitivity> sensitivity;
  std::vector<MissingPhase> missing_phases;
  std::vector<UsedFactor> factors;
  std::vector<std::string> warnings;
  std::vector<std::string> assumptions;
  std::uint64_t seed = 0;
  int samples = 0;
  std::string convention;                 ///< how a lognormal's value is read
  std::string energy_basis;               ///< "counter", "modelled", … of the records behind it
  std::string allocation, view;           ///< the study's choices
  std::vector<Alternative> alternatives;  ///< beside them
  int alternative_samples = 0;
  std::vector<Energy> energy;             ///< phases with electricity, then the total
  std::vector<VarianceShare> variance;    ///< empty unless asked for
  double images = 0;                      ///< of the model's life; 0: a training or a device
  std::optional<TrainingFacts> training;  ///< if the study has one
  std::string data_sha256;                ///< of the built-in catalogue
  std::vector<UsedPack> packs;
  std::vector<std::string> methods;  ///< files of further criteria, with their hash
};

base::Json to_json(const Result& result);
Result result_from_json(const base::Json& json, std::string_view where);  ///< throws Error naming key
Result read_result(const std::filesystem::path& path);

/// A paired comparison of two results on one functional unit (cradle.comparison/1).
struct Comparison {
  std::string name_a, name_b;
  FunctionalUnit functional_unit;
  struct Row {
    std::string criterion, unit;
    Figure a, b;
    Figure difference;  ///< b - a, paired draws
    double probability_b_better = 0;
  };
  std::vector<Row> rows;
  /// Images after which what making B cost more (training, compression and their hardware; not the transfer to devices,
  /// which a smaller model saves once more) is paid back by what it saves per image, per criterion.
  struct BreakEven {
    std::string criterion;
    Figure amount;  ///< +inf is written as null
    Figure days;    ///< the same as days of use of B's devices at B's images a day
    double probability_never = 0;
  };
  std::vector<BreakEven> break_even;
  std::vector<CriterionInfo> criteria;  ///< of the rows, with their notes
  std::vector<std::string> warnings;
  std::uint64_t seed = 0;
  int samples = 0;
};
base::Json to_json(const Comparison& comparison);

}  // namespace cradle::study
