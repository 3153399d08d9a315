#include "cradle/lca/sample_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/lca/example_systems.h"
#include "cradle/lca/sample_machine.h"

namespace cradle::lca {
namespace {

int add(Model& m, const char* id, double low, double high) {
  return add_parameter(m.inventory, {id, "", base::uniform_between(low, high), ""});
}

TEST(SamplePlan, OfACertainSystemHasNothingToDo) {
  const SamplePlan plan = plan_samples(compile(heijungs_suh()), {0, 1});
  EXPECT_TRUE(plan.program.empty());
  EXPECT_EQ(plan.slots, 0);
  ASSERT_EQ(plan.scores.size(), 4u);
  EXPECT_NEAR(plan.scores[0].scale, 0.12, 1e-15);
  EXPECT_NEAR(plan.scores[3].scale, 0.02, 1e-15);
}

TEST(SamplePlan, ALoopThatIsCertainIsSolvedOnce) {
  const System system = compile(random_model(2));
  ASSERT_EQ(adjoint(system).solver, Solver::kGaussSeidel);
  const SamplePlan plan = plan_samples(system, {0, 5});
  EXPECT_TRUE(plan.program.empty());
  EXPECT_EQ(plan.scores[4].scale, adjoint(system).score(1, 5));
}

TEST(SamplePlan, AScoreThatIsAParameterTimesAConstantNeedsItsDrawOnly) {
  Model m = heijungs_suh();
  const int p = add(m, "p", 1, 2);
  m.inventory.outputs_to_nature[2].terms = {{p, 1.0}};  // CO2 of fuel
  const SamplePlan plan = plan_samples(compile(m), {1});
  ASSERT_EQ(plan.program.size(), 1u);
  EXPECT_EQ(plan.program[0].kind, Kind::kDraw);
  EXPECT_EQ(plan.scores[0].slot, plan.draws[0].slot);
  EXPECT_NEAR(plan.scores[0].scale, 0.1, 1e-16);
  EXPECT_FALSE(plan.scores[1].varies()) << "its SO2 is certain";
}

TEST(SamplePlan, SharesThePowersAndProductsThatSeveralAmountsHave) {
  Model m = heijungs_suh();
  const int p = add(m, "p", 1, 2), q = add(m, "q", 1, 2);
  for (Exchange& e : m.inventory.outputs_to_nature) e.terms = {{p, 0.5}, {q, -1.0}};
  m.inventory.outputs_to_nature[1].terms = {{q, -1.0}, {p, 0.5}};
  const SamplePlan plan = plan_samples(compile(m), {0});
  EXPECT_EQ(plan.draws.size(), 2u);
  EXPECT_EQ(plan.powers.size(), 2u);
  EXPECT_EQ(plan.products.size(), 1u);
}

TEST(SamplePlan, LeavesOutWhatNoScoreNeeds) {
  Model m = heijungs_suh();
  const int p = add(m, "p", 1, 2);
  const int idle = add_process(m.inventory, {.id = "idle", .name = "", .unit = ""});
  add_input(m.inventory, {"nothing", 0, idle, base::uniform_between(1, 2), {{p, 1.0}}});     // it causes nothing
  add_output_to_nature(m.inventory, {"more crude", 0, 2, base::uniform_between(1, 2), {}});  // no factor counts it
  EXPECT_TRUE(plan_samples(compile(m), {0}).program.empty());
}

TEST(SamplePlan, UsesTheSlotsOfOneProcessAgainForTheNext) {
  Model m;
  const int flow = add_flow(m.inventory, {"f", "", ""});
  for (int i = 0; i < 50; ++i) {
    add_process(m.inventory, {.id = "a" + std::to_string(i), .name = "", .unit = ""});
    for (int e = 0; e < 20; ++e)
      add_output_to_nature(m.inventory,
                           {std::to_string(i) + "." + std::to_string(e), i, flow, base::uniform_between(1, 2), {}});
    if (i > 0) add_input(m.inventory, {"", i, i - 1, base::fixed(1), {}});
  }
  add_factor(m.method, {add_criterion(m.method, {"K", "", ""}), "f", base::fixed(1), "", {}});
  const SamplePlan plan = plan_samples(compile(m), {49});
  EXPECT_EQ(plan.draws.size(), 1000u);
  EXPECT_EQ(plan.slots, 20 + 50);
}

TEST(SamplePlan, DrawsThatAreKeptComeFirstAndGiveTheSameScores) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    RandomOptions options;
    options.uncertain = true;
    options.loops = seed % 2 == 0;
    const System system = compile(random_model(seed, options));
    const SamplePlan plain = plan_samples(system, {0, 7}),
                     kept = plan_samples(system, {0, 7}, {.parameters = {}, .keep_draws = true});
    EXPECT_EQ(static_cast<std::size_t>(kept.first_step), kept.draws.size());
    for (std::size_t i = 0; i < kept.program.size(); ++i)
      EXPECT_EQ(kept.program[i].kind == Kind::kDraw, i < kept.draws.size());
    SampleMachine a(plain, {}), b(kept, {});
    a.run(3, 100, 50);
    b.run(3, 100, 50, 0, kept.first_step);
    b.run(9, 999, 50, kept.first_step, static_cast<int>(kept.program.size()));  // draws nothing any more
    std::vector<double> x(50), y(50);
    for (std::size_t i = 0; i < plain.scores.size(); ++i) {
      a.read(plain.scores[i], x);
      b.read(kept.scores[i], y);
      for (std::size_t j = 0; j < x.size(); ++j) EXPECT_NEAR(y[j], x[j], 1e-8 * std::abs(x[j]));
    }
  }
}

TEST(SampleMachine, ASampleDoesNotDependOnItsPlaceInTheBatch) {
  RandomOptions options;
  options.uncertain = true;
  const System system = compile(random_model(2, options));
  const SamplePlan plan = plan_samples(system, {0});
  SampleMachine machine(plan, {});
  std::vector<double> whole(64), one(1);
  machine.run(1, 0, 64);
  machine.read(plan.scores[0], whole);
  for (const int i : {63, 5, 0}) {
    machine.run(1, static_cast<std::uint64_t>(i), 1);
    machine.read(plan.scores[0], one);
    EXPECT_EQ(one[0], whole[static_cast<std::size_t>(i)]);
  }
}

}  // namespace
}  // namespace cradle::lca
