#include "cradle/lca/sensitivity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "cradle/lca/example_systems.h"

namespace cradle::lca {
namespace {

std::string id_of(const System& system, Figure figure) { return draw_id(system.inventory, system.method, figure); }

// Groen, Heijungs, Bokkers, de Boer, "Methods for uncertainty propagation in life cycle assessment", Environ. Model.
// Softw. 62 (2014), by first order: contributions 36, 25, 1, 1, 1 to a variance of 64.
TEST(Influences, GiveThePublishedSharesOfGroen) {
  const System system = compile(heijungs_suh(0.05));
  const Solution solution = solve(system, {{0, 1000.0}});
  const auto list = influences(system, solution, adjoint(system), 0);
  struct Expected {
    double variance, share, multiplier;
  };
  const std::map<std::string, Expected> expected = {{"electricity/output", {36, 0.5625, -1}},
                                                    {"b1", {25, 0.390625, 5.0 / 6}},
                                                    {"a21", {1, 0.015625, 1.0 / 6}},
                                                    {"fuel/output", {1, 0.015625, -1.0 / 6}},
                                                    {"b2", {1, 0.015625, 1.0 / 6}}};
  double variance = 0;
  std::size_t found = 0;
  for (const Influence& i : list) {
    variance += i.variance;
    const auto e = expected.find(id_of(system, i.figure));
    if (e == expected.end()) {
      EXPECT_EQ(i.variance, 0.0) << id_of(system, i.figure);
      continue;
    }
    ++found;
    EXPECT_NEAR(i.variance, e->second.variance, 1e-10);
    EXPECT_NEAR(i.share, e->second.share, 1e-12);
    EXPECT_NEAR(i.multiplier, e->second.multiplier, 1e-12);
  }
  EXPECT_EQ(found, 5u);
  EXPECT_NEAR(std::sqrt(variance), 8.0, 1e-11);
  EXPECT_EQ(id_of(system, list[0].figure), "electricity/output") << "greatest first";
  EXPECT_EQ(id_of(system, list[1].figure), "b1");
}

TEST(Gradient, EqualsTheDifferenceQuotientForEveryFigure) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const System system = compile(random_model(seed));
    const Demand demand = {{0, 1.0}, {4, 2.0}};
    const Solution solution = solve(system, demand);
    const Adjoint y = adjoint(system);
    for (int k = 0; k < 3; ++k) {
      const Figures slopes = gradient(system, solution, y, k);
      const double score = solution.scores[static_cast<std::size_t>(k)];
      for (const Figure figure : all_figures(system.inventory, system.method)) {
        const double centre = system.central[figure], step = 1e-5 * centre;
        Figures up = system.central, down = system.central;
        up[figure] = centre + step;
        down[figure] = centre - step;
        const double quotient = (solve(system, up, demand).scores[static_cast<std::size_t>(k)] -
                                 solve(system, down, demand).scores[static_cast<std::size_t>(k)]) /
                                (2 * step);
        EXPECT_NEAR(slopes[figure] * centre, quotient * centre, 1e-6 * score) << id_of(system, figure);
      }
    }
  }
}

TEST(Gradient, OfAParameterAtZeroIsTheAmountItWouldBring) {
  Model m = heijungs_suh();
  const int p = add_parameter(m.inventory, {"leak", "", base::fixed(0), ""});
  add_output_to_nature(m.inventory, {"leaked", 0, 0, base::fixed(4), {{p, 1.0}}});
  const System system = compile(m);
  const Figures slopes = gradient(system, solve(system, {{0, 1000.0}}), adjoint(system), 0);
  EXPECT_NEAR(slopes[(Figure{FigureKind::kParameter, p})], 400.0, 1e-9);  // 100 units of activity · 4
}

/// A score is homogeneous of degree 1 in B and in C, and of degree -1 in A (Euler's theorem).
TEST(Influences, MultipliersOfEachMatrixAddUpToItsDegree) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const System system = compile(random_model(seed));
    const auto list = influences(system, solve(system, {{3, 1.0}}), adjoint(system), 0);
    double a = 0, b = 0, c = 0;
    for (const Influence& i : list) {
      if (i.figure.kind == FigureKind::kInput || i.figure.kind == FigureKind::kOutput) a += i.multiplier;
      if (i.figure.kind == FigureKind::kOutputToNature) b += i.multiplier;
      if (i.figure.kind == FigureKind::kFactor) c += i.multiplier;
    }
    EXPECT_NEAR(a, -1, 1e-9);
    EXPECT_NEAR(b, 1, 1e-9);
    EXPECT_NEAR(c, 1, 1e-9);
  }
}

TEST(Influences, OfACertainSystemHaveNoShares) {
  const System system = compile(heijungs_suh());
  for (const Influence& i : influences(system, solve(system, {{0, 1.0}}), adjoint(system), 0)) {
    EXPECT_EQ(i.variance, 0.0);
    EXPECT_EQ(i.share, 0.0);
  }
}

TEST(Tornado, SwingsBetweenTheScoresAtP5AndP95WidestFirst) {
  const System system = compile(heijungs_suh(0.05));
  const auto swings = tornado(system, {{0, 1000.0}}, 0);
  ASSERT_EQ(swings.size(), 5u);
  constexpr double kZ = 1.6448536269514722 * 0.05;
  EXPECT_EQ(id_of(system, swings[0].figure), "electricity/output");
  EXPECT_NEAR(swings[0].low[0], 120 / (1 - kZ), 1e-9);
  EXPECT_NEAR(swings[0].high[0], 120 / (1 + kZ), 1e-9);
  EXPECT_EQ(id_of(system, swings[1].figure), "b1");
  EXPECT_NEAR(swings[1].low[0], 120 - 100 * kZ, 1e-9);
  EXPECT_NEAR(swings[1].high[0], 120 + 100 * kZ, 1e-9);
  EXPECT_NEAR(swings[1].high[1], 14.0, 1e-12) << "CO2 from the plant is not SO2";
  for (std::size_t i = 1; i < swings.size(); ++i)
    EXPECT_GE(std::abs(swings[i - 1].high[0] - swings[i - 1].low[0]), std::abs(swings[i].high[0] - swings[i].low[0]));
  EXPECT_EQ(tornado(system, {{0, 1000.0}}, 0, 2).size(), 2u);
}

TEST(Tornado, MovesAllThatASharedParameterMoves) {
  Model m = heijungs_suh();
  const int p = add_parameter(m.inventory, {"both", "", base::uniform_between(1, 3), ""});
  for (Exchange& e : m.inventory.outputs_to_nature) e.terms = {{p, 1.0}};
  const System system = compile(m);
  const auto swings = tornado(system, {{0, 1000.0}}, 0);
  ASSERT_EQ(swings.size(), 1u);
  EXPECT_NEAR(swings[0].low[0], 120 * 1.1, 1e-9);
  EXPECT_NEAR(swings[0].high[0], 120 * 2.9, 1e-9);
  EXPECT_NEAR(swings[0].high[1], 14 * 2.9, 1e-9);
}

}  // namespace
}  // namespace cradle::lca
