#include "cradle/lca/solve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cradle/lca/example_systems.h"

namespace cradle::lca {
namespace {

void expect_close(double found, double expected, double relative = 1e-10) {
  EXPECT_NEAR(found, expected, relative * std::abs(expected) + 1e-300);
}

TEST(Solve, GivesThePublishedAnswerOfHeijungsAndSuh) {
  const System system = compile(heijungs_suh());
  const Solution solution = solve(system, demand_for(system, "electricity", 1000));
  expect_close(solution.scaling[0], 100);
  expect_close(solution.scaling[1], 2);
  expect_close(solution.flows[0], 120);
  expect_close(solution.flows[1], 14);
  expect_close(solution.flows[2], -100);
  expect_close(solution.scores[0], 120);
  expect_close(solution.scores[1], 14);
  EXPECT_EQ(solution.solver, Solver::kDirect);
  EXPECT_EQ(solution.sweeps, 1);
  const Adjoint y = adjoint(system);
  expect_close(y.score(0, 0), 0.12);
  expect_close(y.score(0, 1), 0.10);
  expect_close(score_of(y, {{0, 1000}}, 1), 14);
}

TEST(Solve, AdjointForwardAndDenseAgreeOnRandomSystems) {
  int with_loops = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomOptions options;
    options.loops = seed % 3 != 0;
    options.criteria = 1 + static_cast<int>(seed % 6);
    const System system = compile(random_model(seed, options));
    const Demand demand = {{0, 3.0}, {5, 0.2}, {5, 0.1}};
    const Solution solution = solve(system, demand);
    const Adjoint y = adjoint(system);
    const std::vector<double> s = dense_scaling(system, demand);
    const double largest = *std::max_element(s.begin(), s.end());
    for (std::size_t p = 0; p < s.size(); ++p) EXPECT_NEAR(solution.scaling[p], s[p], 1e-10 * largest);
    for (int k = 0; k < options.criteria; ++k)
      expect_close(score_of(y, demand, k), solution.scores[static_cast<std::size_t>(k)]);
    EXPECT_TRUE(options.loops || solution.solver == Solver::kDirect);
    with_loops += solution.solver == Solver::kGaussSeidel;
    EXPECT_LE(solution.residual, 1e-12);
    EXPECT_LE(y.residual, 1e-12);
  }
  EXPECT_GT(with_loops, 30) << "the sweeps were not put to the test";
}

TEST(Solve, DoesNotDependOnTheOrderInWhichThingsWereAdded) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Model model = random_model(seed);
    const System system = compile(model);
    const int n = process_count(system);
    std::vector<int> turned(static_cast<std::size_t>(n));  // old index → new
    for (int i = 0; i < n; ++i) turned[static_cast<std::size_t>(i)] = (i * 5 + 3) % n;
    Model other;
    other.method = model.method;
    std::reverse(other.method.factors.begin(), other.method.factors.end());
    for (const Parameter& p : model.inventory.parameters) add_parameter(other.inventory, p);
    for (const Flow& f : model.inventory.flows) add_flow(other.inventory, f);
    for (int i = 0; i < n; ++i) {
      const auto old = std::find(turned.begin(), turned.end(), i) - turned.begin();
      add_process(other.inventory, model.inventory.processes[static_cast<std::size_t>(old)]);
    }
    const auto& inputs = model.inventory.inputs;
    for (auto e = inputs.rbegin(); e != inputs.rend(); ++e) {
      Exchange x = *e;
      x.process = turned[static_cast<std::size_t>(x.process)];
      x.product_or_flow = turned[static_cast<std::size_t>(x.product_or_flow)];
      add_input(other.inventory, x);
    }
    for (Exchange x : model.inventory.outputs_to_nature) {
      x.process = turned[static_cast<std::size_t>(x.process)];
      add_output_to_nature(other.inventory, x);
    }
    const Adjoint y = adjoint(system), z = adjoint(compile(other));
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < 3; ++k) expect_close(z.score(k, turned[static_cast<std::size_t>(i)]), y.score(k, i));
  }
}

TEST(Solve, DoesNotDependOnUnits) {
  Model model = random_model(4);
  const Adjoint y = adjoint(compile(model));
  const double k = 1000.0;  // product 3 and flow 2 counted in thousandths
  model.inventory.processes[3].output *= k;
  for (Exchange& e : model.inventory.inputs)
    if (e.product_or_flow == 3) e.amount = base::scaled(e.amount, k);
  for (Exchange& e : model.inventory.outputs_to_nature)
    if (e.product_or_flow == 2) e.amount = base::scaled(e.amount, k);
  for (CharacterisationFactor& f : model.method.factors)
    if (f.flow == "flow2") f.value = base::scaled(f.value, 1 / k);
  const Adjoint z = adjoint(compile(model));
  for (int p = 0; p < 12; ++p)
    for (int c = 0; c < 3; ++c) expect_close(z.score(c, p) * (p == 3 ? k : 1.0), y.score(c, p));
}

TEST(Solve, CountsACreditAsLess) {
  Model m = heijungs_suh();
  add_input(m.inventory, {"credit", 0, 1, base::fixed(-1), {}});  // half of the fuel is given back
  expect_close(solve(compile(m), {{0, 1000.0}}).scores[0], 110);
}

TEST(Solve, TakesOwnUseFromTheOutput) {
  Model m = heijungs_suh();
  add_input(m.inventory, {"own", 0, 0, base::fixed(2), {}});  // 8 of 10 kWh leave the plant
  const System system = compile(m);
  expect_close(solve(system, {{0, 1000.0}}).scores[0], 150);
  expect_close(adjoint(system).score(0, 0), 0.15);
}

/// Two processes that take `a` and `b` of each other, one unit of flow each.
Model pair(double a, double b) {
  Model m;
  add_process(m.inventory, {.id = "hen", .name = "", .unit = ""});
  add_process(m.inventory, {.id = "egg", .name = "", .unit = ""});
  add_flow(m.inventory, {"dust", "", "kg"});
  add_input(m.inventory, {"hen-egg", 0, 1, base::fixed(a), {}});
  add_input(m.inventory, {"egg-hen", 1, 0, base::fixed(b), {}});
  add_output_to_nature(m.inventory, {"d0", 0, 0, base::fixed(1), {}});
  add_output_to_nature(m.inventory, {"d1", 1, 0, base::fixed(1), {}});
  add_criterion(m.method, {"D", "", "kg"});
  add_factor(m.method, {0, "dust", base::fixed(1), "", {}});
  return m;
}

TEST(Solve, ALoopThatTakesMoreThanItMakesIsSolvedDensely) {
  const System system = compile(pair(2, 2));
  const Solution solution = solve(system, {{0, 1.0}});
  EXPECT_EQ(solution.solver, Solver::kDense);
  expect_close(solution.scaling[0], -1.0 / 3);
  expect_close(solution.scaling[1], -2.0 / 3);
  const Adjoint y = adjoint(system);
  EXPECT_EQ(y.solver, Solver::kDense);
  expect_close(y.score(0, 0), -1.0);
  EXPECT_LE(solution.residual, 1e-12);
}

TEST(Solve, ALoopWithANegativeDiagonalIsSolvedDensely) {
  Model m = pair(0.25, 0.25);
  add_input(m.inventory, {"own", 0, 0, base::fixed(3), {}});  // diagonal 1 - 3 = -2
  const System system = compile(m);
  const Demand demand = {{1, 1.0}};
  const Solution solution = solve(system, demand);
  EXPECT_EQ(solution.solver, Solver::kDense);
  const std::vector<double> s = dense_scaling(system, demand);
  expect_close(solution.scaling[0], s[0]);
  expect_close(solution.scaling[1], s[1]);
  expect_close(adjoint(system).score(0, 1), solution.scores[0]);
}

TEST(Solve, ALoopThatBarelyConvergesIsStillRight) {
  const System system = compile(pair(0.999, 0.999));
  expect_close(solve(system, {{0, 1.0}}).scores[0], 1.0 / (1 - 0.999));
}

TEST(Solve, ALoopThatSweepsTooSlowlyIsSolvedDensely) {
  // A sweep leaves 0.96 of the error, ten leave two thirds: 600 sweeps would do it, a 2 × 2 elimination is cheaper.
  const Solution solution = solve(compile(pair(0.98, 0.98)), {{0, 1.0}});
  EXPECT_EQ(solution.solver, Solver::kDense);
  expect_close(solution.scores[0], 1.0 / (1 - 0.98));
  EXPECT_EQ(solve(compile(pair(0.9, 0.9)), {{0, 1.0}}).solver, Solver::kGaussSeidel);
}

TEST(Solve, RandomLoopsThatDoNotContractAgreeWithDense) {
  int dense = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomOptions options;
    options.fill = 4.0;
    const System system = compile(random_model(seed, options));
    const Demand demand = {{2, 1.0}};
    const Solution solution = solve(system, demand);
    const std::vector<double> s = dense_scaling(system, demand);
    double largest = 0;
    for (const double x : s) largest = std::max(largest, std::abs(x));
    for (std::size_t p = 0; p < s.size(); ++p) EXPECT_NEAR(solution.scaling[p], s[p], 1e-8 * largest);
    dense += solution.solver == Solver::kDense;
  }
  EXPECT_GT(dense, 5);
}

TEST(Solve, ASingularLoopIsAnErrorThatNamesItsProcesses) {
  const System system = compile(pair(1, 1));
  for (const std::string& message : {message_of([&] {
                                       solve(system, {{0, 1.0}});
                                     }),
                                     message_of([&] { adjoint(system); })}) {
    EXPECT_NE(message.find("'hen'"), std::string::npos) << message;
    EXPECT_NE(message.find("'egg'"), std::string::npos) << message;
    EXPECT_NE(message.find("singular"), std::string::npos) << message;
  }
}

TEST(Solve, AProcessThatEatsAllItMakesIsAnErrorThatNamesIt) {
  Model m = heijungs_suh();
  m.inventory.processes[0].output = 1.0;
  // Ten times 0.1 is 1 but for the rounding of the sum.
  for (int i = 0; i < 10; ++i) add_input(m.inventory, {"own" + std::to_string(i), 0, 0, base::fixed(0.1), {}});
  const System system = compile(m);
  EXPECT_NE(message_of([&] { solve(system, {{0, 1.0}}); }).find("'electricity'"), std::string::npos);
  EXPECT_NE(message_of([&] { adjoint(system); }).find("'electricity'"), std::string::npos);
}

TEST(Solve, ALoopTooLargeForADenseSolveIsAnError) {
  const System system = compile(pair(2, 2));
  SolveOptions options;
  options.dense_limit = 1;
  const std::string message = message_of([&] { solve(system, {{0, 1.0}}, options); });
  EXPECT_NE(message.find("does not converge"), std::string::npos) << message;
  EXPECT_NE(message.find("'hen'"), std::string::npos) << message;
}

TEST(Solve, ADemandForAnUnknownProductIsAnError) {
  const System system = compile(heijungs_suh());
  EXPECT_NE(message_of([&] { demand_for(system, "fule", 1); }).find("'fuel'"), std::string::npos);
  EXPECT_NE(message_of([&] { solve(system, {{2, 1.0}}); }).find("process 2"), std::string::npos);
  EXPECT_NE(message_of([&] { solve(system, {{0, std::nan("")}}); }).find("'electricity'"), std::string::npos);
}

TEST(Solve, AnEmptyInventoryHasAnEmptyAnswer) {
  Method method;
  add_criterion(method, {"GWP", "", "kg"});
  const System system = compile(Inventory{}, method);
  const Solution solution = solve(system, Demand{});
  EXPECT_EQ(solution.scores, std::vector<double>{0.0});
  EXPECT_TRUE(solution.scaling.empty());
  EXPECT_TRUE(adjoint(system).scores.empty());
  const System bare = compile(Inventory{}, Method{});
  EXPECT_TRUE(solve(bare, Demand{}).scores.empty());
}

TEST(Solve, WithOtherFiguresIsTheSolutionOfTheChangedInventory) {
  const System system = compile(heijungs_suh());
  Figures figures = system.central;
  figures[{FigureKind::kInput, 0}] = 3.0;
  figures[{FigureKind::kOutput, 1}] = 0.5;
  // 100 · (1 + 3 · 10 / 50)
  expect_close(solve(system, figures, {{0, 1000.0}}).scores[0], 160);
  expect_close(adjoint(system, figures).score(0, 0), 0.16);
}

TEST(Solve, TwentyThousandProcessesInLoopsAreSolvedToTheTolerance) {
  RandomOptions options;
  options.processes = 20000;
  options.inputs = 45000;
  options.outputs_to_nature = 20000;
  options.criteria = 2;
  const System system = compile(random_model(1, options));
  const Solution solution = solve(system, {{123, 1.0}});
  EXPECT_EQ(solution.solver, Solver::kGaussSeidel);
  EXPECT_LE(solution.residual, 1e-12);
  EXPECT_LT(solution.sweeps, 60);
  // The equations themselves, from the inventory: what is made less what is taken is what was asked for.
  std::vector<double> net(20000, 0.0), size(20000, 0.0);
  for (std::size_t p = 0; p < net.size(); ++p) net[p] = size[p] = system.amounts.outputs[p] * solution.scaling[p];
  for (std::size_t e = 0; e < system.inventory.inputs.size(); ++e) {
    const Exchange& x = system.inventory.inputs[e];
    const double taken = system.amounts.inputs[e] * solution.scaling[static_cast<std::size_t>(x.process)];
    net[static_cast<std::size_t>(x.product_or_flow)] -= taken;
    size[static_cast<std::size_t>(x.product_or_flow)] += taken;
  }
  for (std::size_t p = 0; p < net.size(); ++p) ASSERT_NEAR(net[p], p == 123 ? 1.0 : 0.0, 2e-12 * size[p] + 1e-300);
  const Adjoint y = adjoint(system);
  for (int k = 0; k < 2; ++k) expect_close(y.score(k, 123), solution.scores[static_cast<std::size_t>(k)]);
}

}  // namespace
}  // namespace cradle::lca
