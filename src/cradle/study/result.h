// What an assessment yields: phase × criterion × value with interval, and where each figure comes from
// (cradle.result/1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cradle/base/json.h"

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
  std::string note;  ///< e.g. that its factors have one old source; "" if none
};

struct FunctionalUnit {
  std::string kind;  ///< image, camera-year, service-year, training
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
};

struct Result {
  std::string name;
  std::string question, audience;
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
  std::string convention;    ///< how a lognormal's value is read
  std::string energy_basis;  ///< "counter", "modelled", … of the records behind it
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
    double probability_never = 0;
  };
  std::vector<BreakEven> break_even;
  std::vector<std::string> warnings;
  std::uint64_t seed = 0;
  int samples = 0;
};
base::Json to_json(const Comparison& comparison);

}  // namespace cradle::study
