// Which rank each layer gets: by energy, by VBMF, by a budget for the whole graph, as given, or by measured seconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/compress/factorise_layer.h"

namespace cradle::compress {

enum class RankChoice {
  kEnergy,    ///< the least rank that keeps a share of each layer's squared weights
  kVbmf,      ///< the components that are more than noise (vbmf.h)
  kBudget,    ///< one share for all layers, such that the whole graph costs the given factor less
  kGiven,     ///< by the layer's name
  kMeasured,  ///< the least energy lost for the given factor in measured seconds
};
RankChoice rank_choice_named(std::string_view name);  ///< throws Error listing the names
std::string_view name_of(RankChoice choice);

enum class CostUnit { kParameters, kMacs };
CostUnit cost_unit_named(std::string_view name);  ///< "parameters", "macs"; throws Error listing the names
std::string_view name_of(CostUnit unit);

struct RankOptions {
  RankChoice choice = RankChoice::kEnergy;
  double amount = 0.9;  ///< kEnergy: the share in (0, 1]; kBudget, kMeasured: the factor, above 1; else not used
  CostUnit unit = CostUnit::kParameters;  ///< what a factorised layer must have fewer of
  std::size_t align = 8;  ///< ranks of at least this become multiples of it, rounded up; not those of kGiven
  std::map<std::string, Ranks> given;
  std::map<std::string, double> seconds;  ///< of kMeasured: of each layer, by its name
};

struct ChosenRanks {
  Ranks ranks;         ///< empty: the layer is left
  std::string reason;  ///< why
};

struct RankPlan {
  std::vector<ChosenRanks> layers;  ///< in the order of the layers
  double share = 0;                 ///< kBudget: the share of squared weights that all layers keep at least
};

/// `total`: the cost of the whole graph as it was; `rest`: of what is left when all layers are taken out. A layer gets
/// ranks only where they cost less of the unit than the layer.
/// - kBudget bisects the share, so that the total is at most the budget, then raises single ranks, the one with the
/// most
///   energy for its cost first, while they fit. Where alignment leaves more than 2 % of the budget, the rank of one
///   layer leaves the alignment.
/// - kMeasured takes the seconds of a factorised layer as those of the whole one in proportion to its
/// multiply-accumulates
///   and solves the knapsack (one option for each layer) by its linear relaxation: along the lower convex hull of
///   energy lost over seconds of each layer, the cheapest step first (Sinha and Zoltners 1979), and gives
///   back what the last step took too much.
/// Throws Error: amount out of range, seconds of no layer, a budget that rank 1 everywhere does not meet, a given name
/// or rank that is wrong.
RankPlan choose_ranks(const std::vector<FactorLayer>& layers, const RankOptions& options, const LayerCost& total,
                      const LayerCost& rest);

}  // namespace cradle::compress
