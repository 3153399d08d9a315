#include "cradle/lca/what_if.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/lca/example_systems.h"

namespace cradle::lca {
namespace {

using Values = std::vector<std::pair<int, double>>;

TEST(ScoresWith, AreThoseOfTheInventoryCompiledWithTheseValues) {
  RandomOptions options;
  options.uncertain = true;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Model m = random_model(seed, options);
    const System system = compile(m);
    const Demand demand = {{0, 1.0}, {4, 2.0}};
    const Values values = {{2, 0.7}, {0, 1.3}};
    const std::vector<double> scores = scores_with(system, demand, values);
    for (const auto& [parameter, value] : values)
      m.inventory.parameters[static_cast<std::size_t>(parameter)].distribution = base::fixed(value);
    EXPECT_EQ(scores, solve(compile(m), demand).scores);
    EXPECT_NE(scores, solve(system, demand).scores);
    EXPECT_EQ(scores_with(system, demand, {}), solve(system, demand).scores) << "the system itself is left as it was";
  }
}

TEST(ScoresWith, RefusesWhatCannotBe) {
  const System system = compile(random_model(1));
  const auto message = [&](Values values) { return message_of([&] { scores_with(system, {{0, 1.0}}, values); }); };
  EXPECT_NE(message({{3, 1.0}}).find("parameter 3"), std::string::npos);
  EXPECT_NE(message({{-1, 1.0}}).find("parameter -1"), std::string::npos);
  EXPECT_NE(message({{1, 1.0}, {1, 2.0}}).find("'p1' is given two values"), std::string::npos);
  EXPECT_NE(message({{1, std::numeric_limits<double>::infinity()}}).find("'p1'"), std::string::npos);
}

}  // namespace
}  // namespace cradle::lca
