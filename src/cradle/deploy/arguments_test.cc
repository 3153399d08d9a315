#include "cradle/deploy/arguments.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::deploy {
namespace {

TEST(Arguments, FallBackWhenAbsentAndReadWhenPresent) {
  const base::Json arguments = {{"seconds", 2.5}, {"scenes", 40}};
  EXPECT_EQ(number_between(arguments, "seconds", 5, 0, 10, "j"), 2.5);
  EXPECT_EQ(number_between(arguments, "warm_up_s", 5, 0, 10, "j"), 5);
  EXPECT_EQ(count_between(arguments, "scenes", 1, 1, 100, "j"), 40u);
}

TEST(Arguments, RefuseWhatLiesOutsideOrIsNotWhole) {
  const base::Json arguments = {{"batch", 0}, {"scenes", 1.5}, {"seconds", -1}};
  EXPECT_THROW(count_between(arguments, "batch", 1, 1, 10, "j"), base::Error);
  EXPECT_THROW(count_between(arguments, "scenes", 1, 1, 10, "j"), base::Error);
  EXPECT_THROW(number_between(arguments, "seconds", 1, 0, 10, "j"), base::Error);
}

}  // namespace
}  // namespace cradle::deploy
