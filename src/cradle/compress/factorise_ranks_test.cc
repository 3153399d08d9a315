#include "cradle/compress/factorise_ranks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/factorise.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

/// A product in → out whose squared singular values fall by `decay` each.
FactorLayer product_layer(const std::string& name, std::size_t in, std::size_t out, double decay) {
  FactorLayer layer;
  layer.name = name;
  layer.in = in;
  layer.out = out;
  layer.places_in = layer.places_out = 1;
  Spectrum spectrum;
  spectrum.rows = out;
  spectrum.columns = in;
  for (std::size_t i = 0; i < std::min(in, out); ++i)
    spectrum.squares.push_back(std::pow(decay, static_cast<double>(i)));
  layer.spectra.push_back(spectrum);
  return layer;
}

RankOptions options_of(RankChoice choice, double amount, std::size_t align = 1) {
  RankOptions options;
  options.choice = choice;
  options.amount = amount;
  options.align = align;
  return options;
}

double total_of(const std::vector<FactorLayer>& layers, const RankPlan& plan) {
  double sum = 0;
  for (std::size_t i = 0; i < layers.size(); ++i)
    sum += plan.layers[i].ranks.empty() ? whole_cost(layers[i]).parameters
                                        : cost_at(layers[i], plan.layers[i].ranks).parameters;
  return sum;
}

const std::vector<FactorLayer> kLayers{product_layer("a", 100, 80, 0.95), product_layer("b", 60, 90, 0.9),
                                       product_layer("c", 128, 128, 0.98)};

LayerCost whole(const std::vector<FactorLayer>& layers) {
  LayerCost sum;
  for (const FactorLayer& layer : layers) {
    sum.parameters += whole_cost(layer).parameters;
    sum.macs += whole_cost(layer).macs;
  }
  return sum;
}

TEST(Ranks, KeepTheShareOfEnergyAndNoMore) {
  const RankPlan plan = choose_ranks(kLayers, options_of(RankChoice::kEnergy, 0.9), whole(kLayers), {});
  const std::size_t rank = plan.layers[0].ranks.at(0);
  EXPECT_GE(share_kept(kLayers[0].spectra[0].squares, rank), 0.9);
  EXPECT_LT(share_kept(kLayers[0].spectra[0].squares, rank - 1), 0.9);
}

TEST(Ranks, OfAtLeastTheAlignmentAreMultiplesOfIt) {
  const RankPlan plan = choose_ranks(kLayers, options_of(RankChoice::kEnergy, 0.7, 8), whole(kLayers), {});
  EXPECT_EQ(plan.layers[0].ranks.at(0), 24u) << "24 without alignment too: 1 - 0.95^24 of 0.983";
  EXPECT_EQ(plan.layers[1].ranks.at(0), 16u) << "12 without alignment";
  const RankPlan few = choose_ranks(kLayers, options_of(RankChoice::kEnergy, 0.3, 8), whole(kLayers), {});
  EXPECT_EQ(few.layers[1].ranks.at(0), 4u) << "below the alignment a rank stays as it is";
}

TEST(Ranks, MeetABudgetWithinAPercent) {
  for (const double factor : {1.5, 2.0, 3.0, 5.0}) {
    const RankPlan plan = choose_ranks(kLayers, options_of(RankChoice::kBudget, factor), whole(kLayers), {});
    const double budget = whole(kLayers).parameters / factor;
    EXPECT_LE(total_of(kLayers, plan), budget);
    EXPECT_GT(total_of(kLayers, plan), 0.98 * budget) << factor;
  }
  EXPECT_THROW(choose_ranks(kLayers, options_of(RankChoice::kBudget, 500), whole(kLayers), {}), base::Error);
  EXPECT_THROW(choose_ranks(kLayers, options_of(RankChoice::kBudget, 0.5), whole(kLayers), {}), base::Error);
  const LayerCost rest{1e5, 0};  // what no layer can save counts too
  EXPECT_THROW(choose_ranks(kLayers, options_of(RankChoice::kBudget, 2), {1e5 + whole(kLayers).parameters, 0}, rest),
               base::Error);
}

TEST(Ranks, MeetABudgetOnWholeNetworksAlignedToo) {
  for (const char* architecture : {"resnet-small", "vgg-small"}) {
    const graph::Graph g = graph::build_architecture(architecture, 0.5, 10, 1);
    for (const CostUnit unit : {CostUnit::kParameters, CostUnit::kMacs})
      for (const FactoriseMethod method :
           {FactoriseMethod::kSpatial, FactoriseMethod::kChannel, FactoriseMethod::kTucker}) {
        FactoriseOptions options;
        options.method = method;
        options.ranks = options_of(RankChoice::kBudget, 2, 8);
        options.ranks.unit = unit;
        const FactorisedGraph f = factorise(g, options);
        const double reached =
            unit == CostUnit::kMacs ? f.before.macs / f.after.macs : f.before.parameters / f.after.parameters;
        EXPECT_GE(reached, 2) << architecture << " " << name_of(method) << " " << name_of(unit);
        EXPECT_LT(reached, 2.045) << architecture << " " << name_of(method) << " " << name_of(unit);
        int unaligned = 0;
        for (const FactorisedLayer& layer : f.layers)
          for (std::size_t i = 0; i < layer.ranks.size(); ++i)
            unaligned += layer.ranks[i] > 8 && layer.ranks[i] % 8 != 0 && layer.ranks[i] != layer.full[i];
        EXPECT_LE(unaligned, 1) << architecture << " " << name_of(method) << " " << name_of(unit);
      }
  }
}

TEST(Ranks, OfBothModesOfTuckerFallAsFarAsABudgetAsks) {
  FactoriseOptions options;
  options.method = FactoriseMethod::kTucker;
  options.ranks = options_of(RankChoice::kBudget, 4, 8);
  const FactorisedGraph f = factorise(graph::build_architecture("resnet-small", 0.5, 10, 1), options);
  EXPECT_GE(f.before.parameters / f.after.parameters, 4);
}

TEST(Ranks, AreTakenAsGivenAndCheckedAgainstTheLayer) {
  RankOptions options = options_of(RankChoice::kGiven, 0, 8);
  options.given = {{"a", {13}}};
  const RankPlan plan = choose_ranks(kLayers, options, whole(kLayers), {});
  EXPECT_EQ(plan.layers[0].ranks, Ranks{13}) << "not aligned: it is given";
  EXPECT_EQ(plan.layers[1].reason, "no rank is given for it");
  for (const std::map<std::string, Ranks>& wrong :
       {std::map<std::string, Ranks>{{"d", {3}}}, {{"a", {0}}}, {{"a", {81}}}, {{"a", {3, 4}}}}) {
    options.given = wrong;
    EXPECT_THROW(choose_ranks(kLayers, options, whole(kLayers), {}), base::Error);
  }
  options.given = {{"a", {80}}};
  EXPECT_NE(choose_ranks(kLayers, options, whole(kLayers), {}).layers[0].reason, "") << "80 of 80 saves nothing";
}

TEST(Ranks, ByVariationalBayesAreNoneForNoise) {
  FactorLayer flat = product_layer("flat", 300, 60, 0.999);
  EXPECT_EQ(choose_ranks({flat}, options_of(RankChoice::kVbmf, 0), whole({flat}), {}).layers[0].reason,
            "variational Bayes finds no component above the noise");
  flat.spectra[0].squares[0] = flat.spectra[0].squares[1] = 100;
  EXPECT_EQ(choose_ranks({flat}, options_of(RankChoice::kVbmf, 0), whole({flat}), {}).layers[0].ranks, Ranks{2});
}

TEST(Ranks, ByMeasuredSecondsCutWhereASecondCostsLeast) {
  // Twins but for their seconds: the slow one gives more for the same energy.
  const std::vector<FactorLayer> twins{product_layer("slow", 100, 100, 0.9), product_layer("fast", 100, 100, 0.9)};
  RankOptions options = options_of(RankChoice::kMeasured, 1.5);
  options.seconds = {{"slow", 0.9}, {"fast", 0.1}, {"elsewhere", 0.2}};
  const RankPlan plan = choose_ranks(twins, options, whole(twins), {});
  ASSERT_FALSE(plan.layers[0].ranks.empty());
  const std::size_t fast = plan.layers[1].ranks.empty() ? 100 : plan.layers[1].ranks[0];
  EXPECT_LT(plan.layers[0].ranks[0], fast);
  double seconds = 0.2;
  for (std::size_t i = 0; i < 2; ++i)
    seconds +=
        (i == 0 ? 0.9 : 0.1) *
        (plan.layers[i].ranks.empty() ? 1 : cost_at(twins[i], plan.layers[i].ranks).macs / whole_cost(twins[i]).macs);
  EXPECT_LE(seconds, 1.2 / 1.5);
  EXPECT_GT(seconds, 0.95 * 1.2 / 1.5) << "no more than the last step too far";
  options.seconds = {{"slow", 0.9}};
  EXPECT_EQ(choose_ranks(twins, options, whole(twins), {}).layers[1].reason, "no seconds were measured of it");
  for (const std::map<std::string, double>& none :
       {std::map<std::string, double>{}, {{"slow", 0.0}}, {{"elsewhere", 0.2}}}) {
    options.seconds = none;
    EXPECT_NE(base::fault_of([&] { choose_ranks(twins, options, whole(twins), {}); }).find("no seconds were measured"),
              std::string::npos);
  }
  options.seconds = {{"slow", 0.9}};
  options.amount = 1000;
  EXPECT_THROW(choose_ranks(twins, options, whole(twins), {}), base::Error);
}

/// Against all combinations of ranks of two small layers: the relaxation loses little.
TEST(Ranks, ByMeasuredSecondsAreNearlyTheBestOfAllCombinations) {
  const std::vector<FactorLayer> two{product_layer("a", 30, 30, 0.7), product_layer("b", 40, 20, 0.85)};
  RankOptions options = options_of(RankChoice::kMeasured, 2);
  options.seconds = {{"a", 1.0}, {"b", 0.7}};
  const auto seconds_and_loss = [&](std::size_t i, std::size_t rank) {
    const double s = options.seconds.at(two[i].name);
    const std::size_t full = two[i].spectra[0].squares.size();
    if (rank > full) return std::pair{s, 0.0};
    return std::pair{s * cost_at(two[i], {rank}).macs / whole_cost(two[i]).macs,
                     1 - share_kept(two[i].spectra[0].squares, rank)};
  };
  double best = 2;
  for (std::size_t a = 1; a <= 31; ++a)
    for (std::size_t b = 1; b <= 21; ++b) {
      const auto [sa, la] = seconds_and_loss(0, a);
      const auto [sb, lb] = seconds_and_loss(1, b);
      if (sa + sb <= 0.85) best = std::min(best, la + lb);
    }
  const RankPlan plan = choose_ranks(two, options, whole(two), {});
  double found = 0;
  for (std::size_t i = 0; i < 2; ++i)
    found += seconds_and_loss(i, plan.layers[i].ranks.empty() ? 1000 : plan.layers[i].ranks[0]).second;
  EXPECT_GE(found, best - 1e-12);
  EXPECT_LT(found, best + 0.02);
}

TEST(Ranks, HaveChoicesAndUnitsByName) {
  EXPECT_EQ(rank_choice_named("vbmf"), RankChoice::kVbmf);
  EXPECT_EQ(cost_unit_named("macs"), CostUnit::kMacs);
  EXPECT_THROW(rank_choice_named("energie"), base::Error);
  EXPECT_THROW(cost_unit_named("flops"), base::Error);
}

}  // namespace
}  // namespace cradle::compress
