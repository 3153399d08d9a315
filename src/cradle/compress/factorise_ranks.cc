// Chooses the ranks of layers.
#include "cradle/compress/factorise_ranks.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/vbmf.h"

namespace cradle::compress {
namespace {

constexpr std::array<std::string_view, 5> kChoices{"energy", "vbmf", "budget", "given", "measured"};
constexpr std::array<std::string_view, 2> kUnits{"parameters", "macs"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view name, std::string_view what) {
  const auto it = std::ranges::find(names, name);
  if (it == names.end())
    base::fail("unknown {} '{}'{}; it is one of {}", what, name,
               base::suggestion(name, std::vector<std::string>(names.begin(), names.end())), fmt::join(names, ", "));
  return static_cast<std::size_t>(it - names.begin());
}

double in_unit(const LayerCost& cost, CostUnit unit) {
  return unit == CostUnit::kParameters ? cost.parameters : cost.macs;
}

std::size_t aligned(std::size_t rank, std::size_t align, std::size_t full) {
  if (rank < align || align == 0) return std::min(rank, full);
  return std::min((rank + align - 1) / align * align, full);
}

/// The ranks that keep at least `share`. Two modes lose together at most what each of them loses, so each gets half.
Ranks ranks_for(const FactorLayer& layer, double share, std::size_t align) {
  const double each = 1 - (1 - share) / static_cast<double>(layer.spectra.size());
  Ranks ranks;
  for (const Spectrum& spectrum : layer.spectra)
    ranks.push_back(aligned(rank_for_share(spectrum.squares, each), align, spectrum.squares.size()));
  return ranks;
}

bool saves(const FactorLayer& layer, const Ranks& ranks, CostUnit unit) {
  return in_unit(cost_at(layer, ranks), unit) < in_unit(whole_cost(layer), unit);
}

std::string text_of(const Ranks& ranks) { return fmt::format("{}", fmt::join(ranks, "×")); }

/// The ranks if they save something, else the reason.
ChosenRanks if_it_saves(const FactorLayer& layer, Ranks ranks, CostUnit unit) {
  if (saves(layer, ranks, unit)) return {std::move(ranks), ""};
  return {{},
          fmt::format("rank {} of {} has no fewer {} than the layer itself", text_of(ranks), text_of(full_ranks(layer)),
                      unit == CostUnit::kMacs ? "multiply-accumulates" : "parameters")};
}

ChosenRanks by_vbmf(const FactorLayer& layer, const RankOptions& options) {
  Ranks ranks;
  for (const Spectrum& spectrum : layer.spectra) {
    const std::size_t rank = vbmf_rank(spectrum.squares, spectrum.rows, spectrum.columns).rank;
    if (rank == 0) return {{}, "variational Bayes finds no component above the noise"};
    ranks.push_back(aligned(rank, options.align, spectrum.squares.size()));
  }
  return if_it_saves(layer, std::move(ranks), options.unit);
}

RankPlan as_given(const std::vector<FactorLayer>& layers, const RankOptions& options) {
  std::vector<std::string> names;
  for (const FactorLayer& layer : layers) names.push_back(layer.name);
  for (const auto& [name, ranks] : options.given)
    if (std::ranges::find(names, name) == names.end())
      base::fail("a rank is given for '{}', which is no layer that can be factorised{}", name,
                 base::suggestion(name, names));
  RankPlan plan;
  for (const FactorLayer& layer : layers) {
    const auto it = options.given.find(layer.name);
    if (it == options.given.end()) {
      plan.layers.push_back({{}, "no rank is given for it"});
      continue;
    }
    const Ranks full = full_ranks(layer);
    bool fits = it->second.size() == full.size();
    for (std::size_t i = 0; fits && i < full.size(); ++i) fits = it->second[i] >= 1 && it->second[i] <= full[i];
    if (!fits)
      base::fail("the rank given for '{}' is {}; by {} it has {} from 1 to {}", layer.name, text_of(it->second),
                 name_of(layer.how), full.size() == 1 ? "one rank," : "two ranks (of the input and output channels),",
                 text_of(full));
    plan.layers.push_back(if_it_saves(layer, it->second, options.unit));
  }
  return plan;
}

double cost_of(const FactorLayer& layer, const ChosenRanks& chosen, CostUnit unit) {
  return in_unit(chosen.ranks.empty() ? whole_cost(layer) : cost_at(layer, chosen.ranks), unit);
}

/// All layers at one share, and what the graph then costs.
struct AtShare {
  RankPlan plan;
  double total = 0;
};

AtShare at_share(const std::vector<FactorLayer>& layers, const RankOptions& options, double share, double rest) {
  AtShare at{{{}, share}, rest};
  for (const FactorLayer& layer : layers) {
    at.plan.layers.push_back(if_it_saves(layer, ranks_for(layer, share, options.align), options.unit));
    at.total += cost_of(layer, at.plan.layers.back(), options.unit);
  }
  return at;
}

/// One rank of one layer raised.
struct Raise {
  std::size_t layer = 0;
  Ranks ranks;
  double cost = 0, gain = 0;  ///< in the unit; in energy
};

/// All raises of one rank by `step` that still save something and fit the budget. With an alignment of 1 `step` is
/// taken as it is, else the rank goes to the next multiple.
std::vector<Raise> raises_of(const std::vector<FactorLayer>& layers, const RankOptions& options, std::size_t align,
                             std::size_t step, double budget, const AtShare& at) {
  std::vector<Raise> raises;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Ranks& now = at.plan.layers[i].ranks;
    for (std::size_t mode = 0; mode < now.size(); ++mode) {
      Raise raise{i, now, 0, 0};
      raise.ranks[mode] = aligned(now[mode] + step, align, layers[i].spectra[mode].squares.size());
      if (raise.ranks == now || !saves(layers[i], raise.ranks, options.unit)) continue;
      raise.cost =
          in_unit(cost_at(layers[i], raise.ranks), options.unit) - in_unit(cost_at(layers[i], now), options.unit);
      raise.gain = least_share_kept(layers[i], raise.ranks) - least_share_kept(layers[i], now);
      if (at.total + raise.cost <= budget) raises.push_back(std::move(raise));
    }
  }
  return raises;
}

void apply(const Raise& raise, AtShare& at) {
  at.plan.layers[raise.layer].ranks = raise.ranks;
  at.total += raise.cost;
}

/// Raises single ranks while the total stays within the budget. Where alignment then misses it by more than 2 %, one
/// rank leaves the alignment.
void fill(const std::vector<FactorLayer>& layers, const RankOptions& options, double budget, AtShare& at) {
  constexpr double kNear = 0.98;
  while (true) {
    const std::vector<Raise> raises = raises_of(layers, options, options.align, 1, budget, at);
    if (raises.empty()) break;
    apply(*std::ranges::max_element(raises, {}, [](const Raise& r) { return r.gain / r.cost; }), at);
  }
  std::vector<Raise> fine;
  for (std::size_t step = 1; at.total < kNear * budget && step < options.align; ++step)
    std::ranges::move(raises_of(layers, options, 1, step, budget, at), std::back_inserter(fine));
  if (!fine.empty()) apply(*std::ranges::max_element(fine, {}, &Raise::cost), at);
}

RankPlan by_budget(const std::vector<FactorLayer>& layers, const RankOptions& options, const LayerCost& total,
                   const LayerCost& rest) {
  const double budget = in_unit(total, options.unit) / options.amount, outside = in_unit(rest, options.unit);
  // Below 0 the two ranks of kTucker go on falling: each mode may lose up to all of its energy.
  std::size_t most_modes = 1;
  for (const FactorLayer& layer : layers) most_modes = std::max(most_modes, layer.spectra.size());
  double low = 1 - static_cast<double>(most_modes), high = 1;
  AtShare best = at_share(layers, options, low, outside);
  if (best.total > budget)
    base::fail("factorisation leaves at least {} {}, which is a factor of {}, not {}; choose a smaller factor",
               base::format_count(best.total), name_of(options.unit),
               base::format_number(in_unit(total, options.unit) / best.total), base::format_number(options.amount));
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    AtShare at = at_share(layers, options, middle, outside);
    if (at.total > budget) {
      high = middle;
    } else {
      low = middle;
      best = std::move(at);
    }
  }
  fill(layers, options, budget, best);
  best.plan.share = std::max(best.plan.share, 0.0);
  return std::move(best.plan);
}

/// One way to have a layer: whole (no ranks), or at some ranks.
struct Option {
  Ranks ranks;
  double seconds = 0, lost = 0;
};

/// The options of a layer, from the whole one downwards.
std::vector<Option> options_of(const FactorLayer& layer, double seconds, const RankOptions& options) {
  std::vector<Option> all{{{}, seconds, 0}};
  const double macs = whole_cost(layer).macs;
  for (const Spectrum& spectrum : layer.spectra)
    for (std::size_t rank = 1; rank <= spectrum.squares.size(); ++rank) {
      // Half of a rank's own energy below its cumulative share, so that exactly this rank is chosen again.
      const double share = (share_kept(spectrum.squares, rank - 1) + share_kept(spectrum.squares, rank)) / 2;
      const double whole_share = 1 - (1 - share) * static_cast<double>(layer.spectra.size());
      Ranks ranks = ranks_for(layer, whole_share, options.align);
      if (!saves(layer, ranks, options.unit)) continue;
      const double at_ranks = seconds * cost_at(layer, ranks).macs / macs;
      if (at_ranks < seconds) all.push_back({ranks, at_ranks, 1 - least_share_kept(layer, ranks)});
    }
  std::ranges::sort(all, [](const Option& a, const Option& b) {
    return a.seconds != b.seconds ? a.seconds > b.seconds : a.lost < b.lost;
  });
  return all;
}

/// Those on the lower convex hull of energy lost over seconds.
std::vector<Option> hull_of(const std::vector<Option>& all) {
  std::vector<Option> hull;
  const auto slope = [](const Option& a, const Option& b) { return (b.lost - a.lost) / (a.seconds - b.seconds); };
  for (const Option& option : all) {
    if (!hull.empty() && option.seconds == hull.back().seconds) continue;
    while (hull.size() > 1 && slope(hull[hull.size() - 2], option) <= slope(hull[hull.size() - 2], hull.back()))
      hull.pop_back();
    hull.push_back(option);
  }
  return hull;
}

/// What is chosen for each layer, and the seconds of them all.
struct Chosen {
  std::vector<Option> layers;
  double seconds = 0;
};

/// Along the hulls, the step with the least energy lost for its seconds first, until the budget is met.
Chosen along_hulls(const std::vector<std::vector<Option>>& hulls, double seconds, double factor) {
  std::vector<std::size_t> at(hulls.size(), 0);
  const double all = seconds;
  while (seconds > all / factor) {
    std::optional<std::size_t> best;
    const auto slope = [&](std::size_t i) {
      const Option &now = hulls[i][at[i]], &next = hulls[i][at[i] + 1];
      return (next.lost - now.lost) / (now.seconds - next.seconds);
    };
    for (std::size_t i = 0; i < hulls.size(); ++i)
      if (at[i] + 1 < hulls[i].size() && (!best || slope(i) < slope(*best))) best = i;
    if (!best)
      base::fail(
          "factorisation leaves at least {} of the {} measured, which is a factor of {}, not {}; choose a smaller one",
          base::format_seconds(seconds), base::format_seconds(all), base::format_number(all / seconds),
          base::format_number(factor));
    seconds -= hulls[*best][at[*best]].seconds - hulls[*best][at[*best] + 1].seconds;
    ++at[*best];
  }
  Chosen chosen{{}, seconds};
  for (std::size_t i = 0; i < hulls.size(); ++i) chosen.layers.push_back(hulls[i].empty() ? Option{} : hulls[i][at[i]]);
  return chosen;
}

/// Gives back what the last step took too much: any option that loses less and fits, the best first.
void give_back(const std::vector<std::vector<Option>>& all, double budget, Chosen& chosen) {
  while (true) {
    double best = 0;
    std::size_t best_layer = 0;
    Option better;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const Option& option : all[i]) {
        const double gain = chosen.layers[i].lost - option.lost;
        if (gain <= best || chosen.seconds - chosen.layers[i].seconds + option.seconds > budget) continue;
        best = gain;
        best_layer = i;
        better = option;
      }
    if (best == 0) return;
    chosen.seconds += better.seconds - chosen.layers[best_layer].seconds;
    chosen.layers[best_layer] = better;
  }
}

RankPlan by_seconds(const std::vector<FactorLayer>& layers, const RankOptions& options) {
  double seconds = 0;
  for (const auto& [name, s] : options.seconds) seconds += s;
  RankPlan plan;
  std::vector<std::vector<Option>> all, hulls;
  for (const FactorLayer& layer : layers) {
    const auto it = options.seconds.find(layer.name);
    const bool known = it != options.seconds.end() && it->second > 0;
    all.push_back(known ? options_of(layer, it->second, options) : std::vector<Option>{});
    hulls.push_back(hull_of(all.back()));
    plan.layers.push_back(
        {{}, known ? "other layers lose less for each second saved" : "no seconds were measured of it"});
  }
  if (std::ranges::all_of(all, [](const std::vector<Option>& of_layer) { return of_layer.empty(); }))
    base::fail(
        "no seconds were measured of any layer that can be factorised ('{}', for example); measure them on this very "
        "model",
        layers.empty() ? "" : layers.front().name);
  Chosen chosen = along_hulls(hulls, seconds, options.amount);
  give_back(all, seconds / options.amount, chosen);
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (!chosen.layers[i].ranks.empty()) plan.layers[i] = {chosen.layers[i].ranks, ""};
  return plan;
}

}  // namespace

RankChoice rank_choice_named(std::string_view name) {
  return static_cast<RankChoice>(index_of(kChoices, name, "choice of ranks"));
}
std::string_view name_of(RankChoice choice) { return kChoices[static_cast<std::size_t>(choice)]; }
CostUnit cost_unit_named(std::string_view name) { return static_cast<CostUnit>(index_of(kUnits, name, "unit")); }
std::string_view name_of(CostUnit unit) { return kUnits[static_cast<std::size_t>(unit)]; }

RankPlan choose_ranks(const std::vector<FactorLayer>& layers, const RankOptions& options, const LayerCost& total,
                      const LayerCost& rest) {
  const bool factor = options.choice == RankChoice::kBudget || options.choice == RankChoice::kMeasured;
  if (factor && !(options.amount > 1))
    base::fail("the factor must be above 1 (2: half is left), not {}", base::format_number(options.amount));
  RankPlan plan;
  switch (options.choice) {
    case RankChoice::kEnergy:
      if (!(options.amount > 0 && options.amount <= 1))
        base::fail("the share of squared weights to keep must lie in (0, 1], not {}",
                   base::format_number(options.amount));
      for (const FactorLayer& layer : layers)
        plan.layers.push_back(if_it_saves(layer, ranks_for(layer, options.amount, options.align), options.unit));
      return plan;
    case RankChoice::kVbmf:
      for (const FactorLayer& layer : layers) plan.layers.push_back(by_vbmf(layer, options));
      return plan;
    case RankChoice::kBudget: return by_budget(layers, options, total, rest);
    case RankChoice::kGiven: return as_given(layers, options);
    case RankChoice::kMeasured: return by_seconds(layers, options);
  }
  return plan;
}

}  // namespace cradle::compress
