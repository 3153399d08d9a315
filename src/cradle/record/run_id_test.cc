#include "cradle/record/run_id.h"

#include <gtest/gtest.h>

namespace cradle::record {
namespace {

TEST(DerivedId, IsTheSameForTheSameThingWheneverItIsMade) {
  const std::string id = derived_id(1760009118, "codecarbon a");
  EXPECT_TRUE(id.starts_with("20251009-112518-")) << id;
  EXPECT_EQ(id, derived_id(1760009118, "codecarbon a"));
  EXPECT_NE(identity_of(id), identity_of(derived_id(1760009118, "codecarbon b")));
  EXPECT_EQ(identity_of(id), identity_of(derived_id(1760009119, "codecarbon a")))
      << "a start that is known to the second only must not make a second run";
}

}  // namespace
}  // namespace cradle::record
