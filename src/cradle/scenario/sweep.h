// What-if: one study under every combination of some values of its keys, on the same draws (cradle sweep).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/life/assess.h"
#include "cradle/study/study.h"

namespace cradle::scenario {

inline constexpr std::string_view kSweepSchema = "cradle.sweep/1";

/// A key of the study and the values it takes: "place" or "use.years".
struct Axis {
  std::string name;
  std::vector<std::string> values;
};

/// "hardware=A,B,place=FR,BE,years=3,5": commas part values, a piece with '=' begins the next axis. Throws Error
/// (usage) for an axis without a value, named twice, or a value before the first '='.
std::vector<Axis> parse_axes(std::string_view text);

/// The keys of the study that an axis stands for. Short names: hardware ([training], [use], else [deployment] device),
/// place (every table that has electricity), facility (likewise), years, images_per_day, growth_per_year ([use]),
/// architecture and precision (use.run: record files), view (electricity.view), allocation (allocation.rule); any
/// dotted key stands for itself. Throws Error (usage) if the study has nothing of the kind, or states what the axis
/// would not change (a carbon intensity of its own beside `place`, a PUE beside `facility`).
std::vector<std::string> keys_of(const Axis& axis, const study::Study& study);

/// One cell of the grid.
struct Combination {
  std::vector<std::string> values;  ///< one for each axis
  std::vector<study::Total> totals;
  std::vector<std::string> best_in;  ///< criteria in which its central figure is the least
  bool on_front = false;             ///< no other combination is at least as good in every criterion and better in one
  std::string fault;                 ///< why there are no totals
};

struct Sweep {
  std::string study;
  study::FunctionalUnit functional_unit;
  std::vector<study::CriterionInfo> criteria;  ///< of the table
  std::vector<std::string> front_criteria;     ///< those that every combination has a figure in
  std::vector<Axis> axes;
  std::vector<Combination> combinations;  ///< the last axis runs fastest
  std::vector<std::string> notes;         ///< what makes the combinations not comparable
  std::uint64_t seed = 0;
  int samples = 0;
};

/// Called before each combination with the number done and the number of all.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

/// Assesses every combination. A combination that cannot be assessed keeps its reason. `criteria`: codes, empty for
/// all; throws Error (usage) for an unknown one, for two axes that set one key, for more than 1,000 combinations, and
/// for a study that cannot be read as it stands. Cost: an assessment each.
Sweep sweep(const std::filesystem::path& study, const std::vector<Axis>& axes, const std::vector<std::string>& criteria,
            const catalog::Catalog& catalog, const life::AssessOptions& options = {}, const Progress& progress = {});

/// Marks the best of each criterion and the Pareto front; for tests and for sweep itself.
void mark(Sweep& sweep);

std::string text(const Sweep& sweep);
base::Json to_json(const Sweep& sweep);

}  // namespace cradle::scenario
