#include "cradle/lca/contribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "cradle/lca/example_systems.h"

namespace cradle::lca {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(Contributions, OfProcessesAndOfFlowsAddUpToTheScore) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const System system = compile(random_model(seed));
    const Solution solution = solve(system, {{1, 2.0}, {7, 1.0}});
    for (int k = 0; k < 3; ++k) {
      const double score = solution.scores[static_cast<std::size_t>(k)];
      EXPECT_NEAR(sum(process_contributions(system, solution, k)), score, 1e-12 * score);
      EXPECT_NEAR(sum(flow_contributions(system, solution, k)), score, 1e-12 * score);
    }
  }
}

TEST(Contributions, OfHeijungsAndSuhAreTheirTwoChimneys) {
  const System system = compile(heijungs_suh());
  const Solution solution = solve(system, {{0, 1000.0}});
  EXPECT_DOUBLE_EQ(process_contributions(system, solution, 0)[0], 100.0);
  EXPECT_DOUBLE_EQ(process_contributions(system, solution, 0)[1], 20.0);
  EXPECT_DOUBLE_EQ(flow_contributions(system, solution, 1)[1], 14.0);
  EXPECT_DOUBLE_EQ(flow_contributions(system, solution, 1)[0], 0.0);
}

/// Every node: score = direct + rest + children; parents first; an edge's amount is what the parent takes.
void expect_consistent(const System& system, const Adjoint& y, const std::vector<ChainNode>& chain, int criterion) {
  std::vector<double> children(chain.size(), 0.0);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    ASSERT_LT(chain[i].parent, static_cast<int>(i));
    if (chain[i].parent < 0) continue;
    children[static_cast<std::size_t>(chain[i].parent)] += chain[i].score;
    const Exchange& input = system.inventory.inputs[static_cast<std::size_t>(chain[i].input)];
    EXPECT_EQ(input.process, chain[static_cast<std::size_t>(chain[i].parent)].process);
    EXPECT_EQ(input.product_or_flow, chain[i].process);
    EXPECT_NEAR(chain[i].score, chain[i].amount * y.score(criterion, chain[i].process),
                1e-12 * std::abs(chain[i].score));
  }
  for (std::size_t i = 0; i < chain.size(); ++i)
    EXPECT_NEAR(chain[i].direct + chain[i].rest + children[i], chain[i].score, 1e-10 * std::abs(chain[i].score));
}

TEST(SupplyChain, OfHeijungsAndSuhIsElectricityFromFuel) {
  const System system = compile(heijungs_suh());
  const auto chain = supply_chain(system, adjoint(system), {{0, 1000.0}}, 0);
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_DOUBLE_EQ(chain[0].score, 120);
  EXPECT_DOUBLE_EQ(chain[0].direct, 100);
  EXPECT_EQ(chain[1].parent, 0);
  EXPECT_EQ(chain[1].input, 0);
  EXPECT_DOUBLE_EQ(chain[1].amount, 200) << "litres of fuel";
  EXPECT_DOUBLE_EQ(chain[1].score, 20);
  EXPECT_NEAR(chain[1].rest, 0, 1e-12);
}

TEST(SupplyChain, BooksEveryPartOfTheScoreOnce) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const System system = compile(random_model(seed));
    const Adjoint y = adjoint(system);
    const Demand demand = {{0, 1.0}, {9, 3.0}};
    for (const double cut_off : {0.0, 0.01, 0.3}) {
      ChainOptions options;
      options.cut_off = cut_off;
      options.max_nodes = 200;
      const auto chain = supply_chain(system, y, demand, 1, options);
      EXPECT_LE(chain.size(), 200u);
      expect_consistent(system, y, chain, 1);
      double booked = 0;
      for (const ChainNode& node : chain) {
        booked += node.direct + node.rest;
        EXPECT_TRUE(node.parent < 0 || std::abs(node.score) >= cut_off * score_of(y, demand, 1));
      }
      EXPECT_NEAR(booked, score_of(y, demand, 1), 1e-10 * booked);
    }
  }
}

TEST(SupplyChain, WithoutLoopsAndWithoutCutOffLeavesNoRest) {
  RandomOptions o;
  o.loops = false;
  const System system = compile(random_model(3, o));
  ChainOptions options;
  options.cut_off = 0;
  options.max_nodes = 100000;
  const auto chain = supply_chain(system, adjoint(system), {{11, 1.0}}, 0, options);
  ASSERT_GT(chain.size(), 10u);
  for (const ChainNode& node : chain) EXPECT_NEAR(node.rest, 0, 1e-12 * chain[0].score);
}

TEST(SupplyChain, GoesRoundALoopUntilTheDepthOrTheCutOffEndsIt) {
  Model m = heijungs_suh();
  add_input(m.inventory, {"back", 1, 0, base::fixed(10), {}});  // the refinery takes electricity
  const System system = compile(m);
  ChainOptions options;
  options.cut_off = 0;
  options.max_depth = 7;
  EXPECT_EQ(supply_chain(system, adjoint(system), {{0, 1.0}}, 0, options).size(), 8u);
  options.max_depth = 1000;
  options.cut_off = 1e-6;
  const auto chain = supply_chain(system, adjoint(system), {{0, 1.0}}, 0, options);
  EXPECT_GT(chain.size(), 3u);
  EXPECT_LT(chain.size(), 30u);
  EXPECT_LT(std::abs(chain.back().rest), 1e-6 * chain[0].score);
}

TEST(SupplyChain, FollowsACreditAsANegativeBranch) {
  Model m = heijungs_suh();
  add_input(m.inventory, {"credit", 0, 1, base::fixed(-1), {}});
  const System system = compile(m);
  const auto chain = supply_chain(system, adjoint(system), {{0, 1000.0}}, 0);
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_DOUBLE_EQ(chain[2].score, -10.0);
  EXPECT_DOUBLE_EQ(chain[2].amount, -100.0);
}

}  // namespace
}  // namespace cradle::lca
