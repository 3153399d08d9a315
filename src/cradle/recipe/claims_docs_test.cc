// The table of claims in docs/METHODS.md is what their records say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <sstream>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/statistics.h"
#include "cradle/recipe/claims.h"

namespace cradle::recipe {
namespace {

TEST(ClaimsTable, InTheMethodsIsMadeOfTheRecords) {
  const std::filesystem::path docs = CRADLE_SOURCE "/docs";
  const std::string table = claims_table(claims_of(read_claim_records(docs / "claims")));
  const std::string begin = "<!-- claims -->\n", end = "<!-- /claims -->";
  std::string methods = base::read_file(docs / "METHODS.md");
  const std::size_t from = methods.find(begin), to = methods.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to);
  if (std::getenv("CRADLE_RENEW_DOCS") != nullptr) {
    methods.replace(from + begin.size(), to - from - begin.size(), table);
    base::write_file(docs / "METHODS.md", methods);
    return;
  }
  EXPECT_EQ(methods.substr(from + begin.size(), to - from - begin.size()), table)
      << "CRADLE_RENEW_DOCS=1 writes the table anew from docs/claims";
}

/// Every difference in them, wherever it stands.
void each_difference(const base::Json& json, const std::function<void(const base::Json&)>& see) {
  if (json.is_object() && json.contains("draws_e5")) see(json);
  if (json.is_structured())
    for (const base::Json& part : json) each_difference(part, see);
}

TEST(ClaimRecords, HaveDrawsThatSayWhatTheirIntervalsSay) {
  int seen = 0;
  for (const base::Json& record : read_claim_records(CRADLE_SOURCE "/docs/claims"))
    each_difference(record, [&](const base::Json& d) {
      ++seen;
      std::istringstream text(d.at("draws_e5").get<std::string>());
      std::vector<double> draws;
      for (double draw; text >> draw;) draws.push_back(1e-5 * draw);
      ASSERT_GE(draws.size(), 100u);
      EXPECT_NEAR(base::standard_deviation_of(draws), d.at("deviation").get<double>(), 2e-5);
      std::sort(draws.begin(), draws.end());
      EXPECT_NEAR(base::sample_quantile(draws, 0.05), d.at("low").get<double>(), 2e-5) << record.at("unit");
      EXPECT_NEAR(base::sample_quantile(draws, 0.95), d.at("high").get<double>(), 2e-5) << record.at("unit");
    });
  EXPECT_GE(seen, 50);
}

TEST(ClaimRecords, HoldNoPathOfTheMachineThatMadeThem) {
  for (const base::Json& record : read_claim_records(CRADLE_SOURCE "/docs/claims"))
    EXPECT_EQ(record.dump().find("\"/"), std::string::npos) << record.at("unit") << " " << record.at("seed");
}

}  // namespace
}  // namespace cradle::recipe
