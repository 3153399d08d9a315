#include "cradle/lca/sample.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/statistics.h"
#include "cradle/lca/example_systems.h"

namespace cradle::lca {
namespace {

RandomOptions uncertain(bool loops = true) {
  RandomOptions options;
  options.uncertain = true;
  options.loops = loops;
  return options;
}

// The published sampled figures are mean 120.34 and sd 8.06 (2,000,000 draws, normal, CV 5 %). Exactly, with
// E[1/x] = 1 + v + 3 v^2 + 15 v^3 for x normal around 1 with variance v: mean = 100 E (1 + 0.2 E).
TEST(Sample, GivesThePublishedMeanAndSpreadOfGroen) {
  const System system = compile(heijungs_suh(0.05));
  const Samples samples = sample(system, {0}, 200000, 1);
  std::vector<double> scores;
  for (const double y : samples.of(0, 0)) scores.push_back(1000 * y);
  const double v = 0.0025, e = 1 + v + 3 * v * v + 15 * v * v * v;
  const double standard_error = 8.06 / std::sqrt(200000.0);
  EXPECT_NEAR(base::mean_of(scores), 100 * e * (1 + 0.2 * e), 4 * standard_error);
  EXPECT_NEAR(base::mean_of(scores), 120.34, 4 * standard_error + 0.01);
  EXPECT_NEAR(base::standard_deviation_of(scores), 8.06, 4 * standard_error / std::sqrt(2.0) + 0.01);
}

TEST(Sample, EverySampleIsTheSolutionOfItsDraws) {
  int with_loops = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const System system = compile(random_model(seed, uncertain(seed % 2 == 0)));
    with_loops += adjoint(system).solver == Solver::kGaussSeidel;
    const std::vector<int> probes = {8, 2, 2};
    const Samples samples = sample(system, probes, 20, seed);
    for (int s = 0; s < 20; ++s) {
      const Adjoint y = adjoint(system, sampled_figures(system, seed, static_cast<std::uint64_t>(s)));
      for (std::size_t p = 0; p < probes.size(); ++p)
        for (int k = 0; k < 3; ++k) {
          const double expected = y.score(k, probes[p]);
          const double tolerance = y.solver == Solver::kDirect ? 1e-12 : 1e-7;
          EXPECT_NEAR(samples.of(p, k)[static_cast<std::size_t>(s)], expected, tolerance * std::abs(expected));
        }
    }
  }
  EXPECT_GT(with_loops, 6);
}

TEST(Sample, IsTheSameBitByBitOnAnyNumberOfThreads) {
  const System system = compile(random_model(2, uncertain()));
  ASSERT_EQ(adjoint(system).solver, Solver::kGaussSeidel) << "without loops there is no start to get wrong";
  SampleOptions one, three;
  one.parameters = three.parameters = {0, 1, 2};
  three.threads = 3;
  const Samples a = sample(system, {0, 5}, 101, 7, one), b = sample(system, {0, 5}, 101, 7, three);
  EXPECT_EQ(a.scores, b.scores);
  EXPECT_EQ(a.parameter_draws, b.parameter_draws);
  EXPECT_NE(a.scores, sample(system, {0, 5}, 101, 8, one).scores) << "another seed draws otherwise";
}

TEST(Sample, CanBeContinuedWhereItStopped) {
  const System system = compile(random_model(2, uncertain()));
  SampleOptions rest;
  rest.first = 37;
  const Samples whole = sample(system, {0}, 60, 7), tail = sample(system, {0}, 23, 7, rest);
  for (std::size_t s = 0; s < 23; ++s) EXPECT_EQ(tail.of(0, 1)[s], whole.of(0, 1)[37 + s]);
}

TEST(Sample, DoesNotChangeWhenSomethingUnrelatedIsAdded) {
  Model m = random_model(2, uncertain());
  const Samples before = sample(compile(m), {0, 5}, 40, 7);
  const int island = add_process(m.inventory, {.id = "island", .name = "", .unit = ""});
  add_output_to_nature(m.inventory, {"smoke", island, 0, base::normal(1, 0.3), {{0, 1.0}}});
  add_input(m.inventory, {"ferry", island, 3, base::normal(1, 0.3), {}});
  EXPECT_EQ(sample(compile(m), {0, 5}, 40, 7).scores, before.scores);
}

TEST(Sample, DoesNotDependOnTheOtherProbesOrTheirOrder) {
  const System system = compile(random_model(5, uncertain()));
  const Samples both = sample(system, {3, 9}, 40, 7), turned = sample(system, {9, 3}, 40, 7),
                one = sample(system, {9}, 40, 7);
  for (std::size_t s = 0; s < 40; ++s) {
    EXPECT_EQ(both.of(1, 0)[s], turned.of(0, 0)[s]);
    EXPECT_EQ(both.of(1, 0)[s], one.of(0, 0)[s]);
  }
}

TEST(Sample, TwoSystemsThatShareAParameterAreDrawnInPairs) {
  // A and B differ by a factor of 2 in one emission that a shared, very uncertain parameter multiplies.
  const auto scores = [](double emission, const char* parameter_id) {
    Model m = heijungs_suh();
    const int p = add_parameter(m.inventory, {parameter_id, "", base::lognormal(1, 2, base::Convention::kMedian), ""});
    m.inventory.outputs_to_nature[0].amount = base::fixed(emission);
    for (Exchange& e : m.inventory.outputs_to_nature) e.terms = {{p, 1.0}};
    const Samples samples = sample(compile(m), {0}, 50, 11);
    return std::vector<double>(samples.of(0, 0).begin(), samples.of(0, 0).end());
  };
  const auto a = scores(1, "grid"), b = scores(2, "grid"), c = scores(2, "other");
  int differ = 0;
  for (std::size_t s = 0; s < a.size(); ++s) {
    EXPECT_NEAR(b[s] / a[s], 220.0 / 120.0, 1e-12);
    differ += std::abs(c[s] / a[s] - 220.0 / 120.0) > 0.01;
  }
  EXPECT_GT(differ, 45);
}

TEST(Sample, KeepsTheDrawsOfParametersAsTheyAre) {
  Model m = heijungs_suh();
  const base::Distribution d = base::triangular(1, 2, 5);
  const int used = add_parameter(m.inventory, {"used", "", d, ""});
  const int idle = add_parameter(m.inventory, {"idle", "", d, ""});
  const int sure = add_parameter(m.inventory, {"sure", "", base::fixed(3), ""});
  m.inventory.outputs_to_nature[0].terms = {{used, 2.0}, {sure, 1.0}};
  SampleOptions options;
  options.parameters = {idle, used, sure};
  const Samples samples = sample(compile(m), {0}, 33, 5, options);
  for (std::uint64_t s = 0; s < 33; ++s) {
    EXPECT_EQ(samples.parameter_draws[0][s], base::draw(d, 5, base::stable_id("idle"), s));
    const double p = base::draw(d, 5, base::stable_id("used"), s);
    EXPECT_EQ(samples.parameter_draws[1][s], p);
    EXPECT_EQ(samples.parameter_draws[2][s], 3.0);
    EXPECT_NEAR(samples.of(0, 0)[s], 0.1 * p * p * 3 + 0.02, 1e-14);
  }
}

TEST(Sample, UncertaintyOfAFactorReachesEveryProcessThatEmitsItsFlow) {
  Model m = heijungs_suh();
  m.method.factors[0].value = base::uniform_between(1, 2);
  const Samples samples = sample(compile(m), {0, 1}, 20, 5);
  for (std::uint64_t s = 0; s < 20; ++s) {
    const double c = base::draw(m.method.factors[0].value, 5, base::stable_id("CO2:co2"), s);
    EXPECT_NEAR(samples.of(0, 0)[s], 0.12 * c, 1e-14);
    EXPECT_NEAR(samples.of(1, 0)[s], 0.10 * c, 1e-14);
    EXPECT_NEAR(samples.of(0, 1)[s], 0.014, 1e-15) << "SO2 is certain";
  }
}

TEST(Sample, ACertainSystemGivesTheCentralScoreEveryTime) {
  Model m = heijungs_suh();  // normal with sd 0 is a constant
  m.inventory.inputs[0].amount = base::lognormal(2, 1.0, base::Convention::kMean);
  const Samples samples = sample(compile(m), {0}, 20, 5);
  for (const double y : samples.of(0, 0)) EXPECT_NEAR(y, 0.12, 1e-15);
}

TEST(Sample, CountsTheSamplesInWhichALoopDidNotContract) {
  Model m = heijungs_suh();
  add_input(m.inventory,
            {"back", 1, 0, base::uniform_between(200, 1000), {}});  // above 500 the loop eats more than it makes
  const System system = compile(m);
  const Samples samples = sample(system, {0}, 100, 5);
  int beyond = 0;
  for (std::uint64_t s = 0; s < 100; ++s) {
    const double back = sampled_figures(system, 5, s).inputs[1];
    beyond += back >= 500;
    // y0 = (1 + 2 y1) / 10, y1 = (10 + back y0) / 100
    EXPECT_NEAR(samples.of(0, 0)[s], (1 + 0.2) / (10 - back / 50), 1e-6 * std::abs(samples.of(0, 0)[s]));
  }
  EXPECT_GT(beyond, 40);
  EXPECT_GE(samples.dense, beyond);
}

TEST(Sample, NamesTheFigureThatCannotBeWorkedOutAndTheFirstSampleOnAnyNumberOfThreads) {
  Model m = heijungs_suh();
  const int p = add_parameter(m.inventory, {"shaky", "", base::normal(1, 0.5), ""});
  m.inventory.outputs_to_nature[0].terms = {{p, 0.5}};
  const System system = compile(m);
  SampleOptions three;
  three.threads = 3;
  const std::string message = message_of([&] { sample(system, {0}, 1000, 1); });
  EXPECT_NE(message.find("'b1'"), std::string::npos) << message;
  std::uint64_t first = 0;
  while (base::draw(base::normal(1, 0.5), 1, base::stable_id("shaky"), first) >= 0) ++first;
  EXPECT_NE(message.find("sample " + std::to_string(first) + " "), std::string::npos) << message;
  EXPECT_EQ(message_of([&] { sample(system, {0}, 1000, 1, three); }), message);
}

TEST(Sample, RefusesWhatDoesNotExist) {
  const System system = compile(heijungs_suh());
  EXPECT_NE(message_of([&] { sample(system, {2}, 1, 1); }).find("process 2"), std::string::npos);
  EXPECT_NE(message_of([&] { sample(system, {0}, -1, 1); }).find("-1"), std::string::npos);
  SampleOptions options;
  options.parameters = {0};
  EXPECT_NE(message_of([&] { sample(system, {0}, 1, 1, options); }).find("parameter 0"), std::string::npos);
  options.parameters = {};
  options.threads = 0;
  EXPECT_NE(message_of([&] { sample(system, {0}, 1, 1, options); }).find("threads"), std::string::npos);
}

TEST(Sample, OfNothingIsEmpty) {
  EXPECT_TRUE(sample(compile(Inventory{}, Method{}), {}, 10, 1).scores.empty());
  EXPECT_TRUE(sample(compile(heijungs_suh()), {0}, 0, 1).scores.empty());
}

}  // namespace
}  // namespace cradle::lca
