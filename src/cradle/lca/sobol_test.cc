#include "cradle/lca/sobol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "cradle/lca/example_systems.h"
#include "cradle/lca/sample.h"
#include "cradle/lca/sensitivity.h"

namespace cradle::lca {
namespace {

using Indices = std::map<std::string, const SobolIndices*>;

Indices by_id(const System& system, const Sobol& sobol) {
  Indices all;
  for (const SobolIndices& i : sobol.figures) all[draw_id(system.inventory, system.method, i.figures.at(0))] = &i;
  return all;
}

/// One process whose emission is Σ amount_i · parameter_i (one exchange each), in criterion K; L counts the first only.
Model additive(const std::vector<base::Distribution>& parameters, const std::vector<double>& amounts) {
  Model m;
  add_process(m.inventory, {.id = "a", .name = "", .unit = ""});
  add_flow(m.inventory, {"f", "", ""});
  add_flow(m.inventory, {"g", "", ""});
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string id = "p" + std::to_string(i);
    const int p = add_parameter(m.inventory, {id, "", parameters[i], ""});
    add_output_to_nature(m.inventory, {"out" + id, 0, i == 0 ? 1 : 0, base::fixed(amounts[i]), {{p, 1.0}}});
  }
  add_criterion(m.method, {"K", "", ""});
  add_criterion(m.method, {"L", "", ""});
  for (const char* flow : {"f", "g"}) add_factor(m.method, {0, flow, base::fixed(1), "", {}});
  add_factor(m.method, {1, "g", base::fixed(1), "", {}});
  return m;
}

Model four_terms() {
  return additive({base::uniform_between(1, 3), base::normal(5, 0.5), base::triangular(1, 2, 6),
                   base::lognormal(1, 1.5, base::Convention::kMedian)},
                  {1.0, 1.0, 0.3, 0.7});
}

TEST(Sobol, OfASumAreTheSharesOfItsVariances) {
  const Model m = four_terms();
  const System system = compile(m);
  const Sobol s = sobol(system, {{0, 1.0}}, 8192, 1);
  const auto indices = by_id(system, s);
  ASSERT_EQ(indices.size(), 4u);
  EXPECT_EQ(s.solves, 8192 * 6);
  double variance = 0, sum = 0;
  std::vector<double> parts;
  for (std::size_t i = 0; i < 4; ++i) {
    const double amount = m.inventory.outputs_to_nature[i].amount.value;
    parts.push_back(amount * amount * base::variance(m.inventory.parameters[i].distribution));
    variance += parts.back();
  }
  EXPECT_NEAR(s.variance[0], variance, 0.05 * variance);
  for (std::size_t i = 0; i < 4; ++i) {
    const SobolIndices& p = *indices.at("p" + std::to_string(i));
    const double exact = parts[i] / variance;
    EXPECT_NEAR(p.first[0].value, exact, 0.05) << i;
    EXPECT_NEAR(p.total[0].value, exact, 0.03) << i;
    EXPECT_LE(p.first[0].low, p.first[0].value);
    EXPECT_GE(p.first[0].high, p.first[0].value);
    EXPECT_LT(p.first[0].high - p.first[0].low, 0.08);
    sum += p.first[0].value;
  }
  EXPECT_NEAR(sum, 1.0, 0.06);
}

TEST(Sobol, OfWhatAScoreDoesNotDependOnAreExactlyZero) {
  const System system = compile(four_terms());
  const Sobol s = sobol(system, {{0, 1.0}}, 500, 1);
  for (const auto& [id, i] : by_id(system, s)) {
    const double expected = id == "p0" ? 1.0 : 0.0;  // L counts p0 alone
    EXPECT_NEAR(i->total[1].value, expected, 0.2) << id;
    if (id == "p0") continue;
    for (const base::Interval& x : {i->first[1], i->total[1]})
      EXPECT_TRUE(x.value == 0.0 && x.low == 0.0 && x.high == 0.0) << id;
  }
}

// h = Π x_i, ln x_i normal with variance s_i: Var E[h|x_i] / Var h = (e^s_i - 1) / (e^Σs - 1), and the total index is
// 1 - Var E[h|others] / Var h = 1 - (e^(Σs - s_i) - 1) / (e^Σs - 1).
TEST(Sobol, OfAProductOfLognormalsAreTheClosedForm) {
  Model m = additive({base::fixed(1)}, {2.0});
  const std::vector<double> gsd = {1.2, 1.4, 1.6};
  double all = 0;
  for (std::size_t i = 0; i < gsd.size(); ++i) {
    const auto d = base::lognormal(3, gsd[i], base::Convention::kMedian);
    const int p = add_parameter(m.inventory, {"x" + std::to_string(i), "", d, ""});
    m.inventory.outputs_to_nature[0].terms.push_back({p, i == 1 ? -1.0 : 1.0});  // 1/x is as lognormal
    all += d.sigma * d.sigma;
  }
  const System system = compile(m);
  const Sobol s = sobol(system, {{0, 2.5}}, 16384, 3);
  const auto indices = by_id(system, s);
  double last = 2;
  for (const SobolIndices& i : s.figures) {
    EXPECT_LE(i.total[0].value, last) << "greatest first";
    last = i.total[0].value;
  }
  for (std::size_t i = 0; i < gsd.size(); ++i) {
    const double si = std::pow(std::log(gsd[i]), 2);
    const SobolIndices& x = *indices.at("x" + std::to_string(i));
    EXPECT_NEAR(x.first[0].value, std::expm1(si) / std::expm1(all), 0.04) << i;
    EXPECT_NEAR(x.total[0].value, 1 - std::expm1(all - si) / std::expm1(all), 0.04) << i;
    EXPECT_GT(x.total[0].value, x.first[0].value) << "the factors interact";
  }
}

// With a coefficient of variation of 5 % the system is nearly linear: Groen's shares, also of yields and exchanges.
TEST(Sobol, OfTheSystemOfGroenAreNearlyItsFirstOrderShares) {
  const System system = compile(heijungs_suh(0.05));
  const auto s = sobol(system, {{0, 1000.0}}, 8192, 1);
  const auto indices = by_id(system, s);
  ASSERT_EQ(indices.size(), 5u);
  const Solution solution = solve(system, {{0, 1000.0}});
  for (const Influence& i : influences(system, solution, adjoint(system), 0)) {
    if (i.variance == 0.0) continue;
    const SobolIndices& x = *indices.at(draw_id(system.inventory, system.method, i.figure));
    EXPECT_NEAR(x.first[0].value, i.share, 0.04);
    EXPECT_NEAR(x.total[0].value, i.share, 0.04);
  }
  EXPECT_EQ(s.figures[0].figures[0].kind, FigureKind::kOutput) << "the yield of electricity, 56 %";
}

TEST(Sobol, UsesTheDrawsOfSample) {
  RandomOptions options;
  options.uncertain = true;
  for (const std::uint64_t seed : {2, 3}) {
    const System system = compile(random_model(seed, options));
    const Sobol s = sobol(system, {{0, 2.0}, {4, 1.0}}, 100, 7);
    const Samples samples = sample(system, {0, 4}, 200, 7);
    for (int k = 0; k < 3; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < 200; ++i) sum += 2 * samples.of(0, k)[i] + samples.of(1, k)[i];
      EXPECT_NEAR(s.mean[static_cast<std::size_t>(k)], sum / 200, 1e-8 * std::abs(sum));
    }
  }
}

TEST(Sobol, TotalIsAtLeastFirstWithinTheirErrors) {
  RandomOptions options;
  options.uncertain = true;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const System system = compile(random_model(seed, options));
    for (const SobolIndices& i : sobol(system, {{0, 1.0}}, 512, seed).figures)
      for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_GE(i.total[k].value, 0.0);
        EXPECT_LE(i.first[k].low, i.total[k].high + 0.02);
      }
  }
}

TEST(Sobol, GroupsWhatMattersLeastIntoTheRestAndSaysWhat) {
  const System system = compile(four_terms());
  SobolOptions two;
  two.most = 2;
  const Sobol s = sobol(system, {{0, 1.0}}, 4096, 1, two), whole = sobol(system, {{0, 1.0}}, 4096, 1);
  EXPECT_EQ(s.solves, 4096 * 5);
  ASSERT_EQ(s.figures.size(), 2u);
  ASSERT_EQ(s.rest.figures.size(), 2u);
  EXPECT_TRUE(whole.rest.figures.empty());
  const auto all = by_id(system, whole), few = by_id(system, s);
  double rest = 0;
  for (const auto& [id, i] : all)
    if (!few.contains(id)) rest += i->first[0].value;
  EXPECT_NEAR(s.rest.first[0].value, rest, 1e-12) << "the estimator of first order is linear where the score is";
  for (const auto& [id, i] : few) EXPECT_EQ(i->first[0].value, all.at(id)->first[0].value);
  SobolOptions none;
  none.most = 0;
  const Sobol all_in_one = sobol(system, {{0, 1.0}}, 4096, 1, none);
  EXPECT_EQ(all_in_one.rest.figures.size(), 4u);
  EXPECT_NEAR(all_in_one.rest.total[0].value, 1.0, 0.05);
}

TEST(Sobol, IsTheSameBitByBitOnAnyNumberOfThreads) {
  RandomOptions options;
  options.uncertain = true;
  const System system = compile(random_model(2, options));
  SobolOptions three;
  three.threads = 3;
  const Sobol a = sobol(system, {{0, 1.0}}, 333, 7), b = sobol(system, {{0, 1.0}}, 333, 7, three);
  ASSERT_EQ(a.figures.size(), b.figures.size());
  for (std::size_t i = 0; i < a.figures.size(); ++i) {
    EXPECT_EQ(a.figures[i].figures, b.figures[i].figures);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(a.figures[i].first[k].value, b.figures[i].first[k].value);
      EXPECT_EQ(a.figures[i].first[k].low, b.figures[i].first[k].low);
      EXPECT_EQ(a.figures[i].total[k].high, b.figures[i].total[k].high);
    }
  }
}

TEST(Sobol, NineIntervalsInTenHoldTheTruth) {
  const Model m = additive({base::normal(1, 1), base::normal(1, 2)}, {1, 1});
  const System system = compile(m);
  int first = 0, total = 0;
  constexpr int kSeeds = 200;
  SobolOptions options;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Sobol s = sobol(system, {{0, 1.0}}, 300, seed, options);
    const SobolIndices& x = *by_id(system, s).at("p1");
    first += x.first[0].low <= 0.8 && 0.8 <= x.first[0].high;
    total += x.total[0].low <= 0.8 && 0.8 <= x.total[0].high;
  }
  EXPECT_NEAR(first, 0.9 * kSeeds, 0.06 * kSeeds);  // 3 standard deviations of a binomial
  EXPECT_NEAR(total, 0.9 * kSeeds, 0.06 * kSeeds);
}

TEST(Sobol, OfACertainSystemHasNoFigures) {
  const Sobol s = sobol(compile(heijungs_suh()), {{0, 1.0}}, 10, 1);
  EXPECT_TRUE(s.figures.empty());
  EXPECT_TRUE(s.rest.figures.empty());
  EXPECT_EQ(s.variance[0], 0.0);
  EXPECT_NEAR(s.mean[0], 0.12, 1e-15);
}

TEST(Sobol, RefusesWhatMakesNoSenseAndNamesWhatCannotBeWorkedOut) {
  Model m = heijungs_suh();
  EXPECT_NE(message_of([&] { sobol(compile(m), {{0, 1.0}}, 1, 1); }).find("at least 2"), std::string::npos);
  EXPECT_NE(message_of([&] { sobol(compile(m), {{7, 1.0}}, 10, 1); }).find("process 7"), std::string::npos);
  const int p = add_parameter(m.inventory, {"shaky", "", base::normal(1, 0.5), ""});
  m.inventory.outputs_to_nature[0].terms = {{p, 0.5}};
  EXPECT_NE(message_of([&] { sobol(compile(m), {{0, 1.0}}, 1000, 1); }).find("'b1'"), std::string::npos);
}

// p · q overflows in about 1 sample of 70: where neither A nor B does, a mix of the two may.
TEST(Sobol, NamesWhatCannotBeWorkedOutInAMixOfTwoSamples) {
  Model m = heijungs_suh();
  for (const char* id : {"p", "q"}) {
    const int p = add_parameter(m.inventory, {id, "", base::lognormal(1, 1e100, base::Convention::kMedian), ""});
    m.inventory.outputs_to_nature[0].terms.push_back({p, 1.0});
  }
  const System system = compile(m);
  int mixes = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) try {
      sample(system, {0}, 16, seed);
      sobol(system, {{0, 1.0}}, 8, seed);
    } catch (const base::Error& error) {
      const std::string message = error.what();
      if (message.find("a mix of the samples") == std::string::npos) continue;
      ++mixes;
      EXPECT_NE(message.find("the amount of 'b1' is not a finite number"), std::string::npos) << message;
    }
  EXPECT_GT(mixes, 2);
}

}  // namespace
}  // namespace cradle::lca
