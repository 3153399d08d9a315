// The table of claims in docs/METHODS.md is what their records say.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
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

TEST(ClaimRecords, HoldNoPathOfTheMachineThatMadeThem) {
  for (const base::Json& record : read_claim_records(CRADLE_SOURCE "/docs/claims"))
    EXPECT_EQ(record.dump().find("\"/"), std::string::npos) << record.at("unit") << " " << record.at("seed");
}

}  // namespace
}  // namespace cradle::recipe
