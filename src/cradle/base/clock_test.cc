#include "cradle/base/clock.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"

namespace cradle::base {
namespace {

TEST(Clock, ReadsWhatOtherToolsWrite) {
  EXPECT_EQ(clock_of("2025-10-09T11:25:18", "x").unix_s, 1760009118);  // date -u -d 2025-10-09T11:25:18 +%s
  EXPECT_FALSE(clock_of("2025-10-09T11:25:18", "x").zoned);
  EXPECT_EQ(clock_of("2025-10-09 11:25:18.25", "x").unix_s, 1760009118.25);
  EXPECT_EQ(clock_of("2025-10-09T13:25:18+02:00", "x").unix_s, 1760009118);
  EXPECT_EQ(clock_of("2025-10-09T11:25:18.000Z", "x").unix_s, 1760009118);
  EXPECT_TRUE(clock_of("2025-10-09T11:25:18Z", "x").zoned);
  EXPECT_EQ(format_utc(clock_of("2024-02-29T23:59:59", "x").unix_s), "2024-02-29T23:59:59Z");
  for (const char* bad : {"", "yesterday", "2025-13-01T00:00:00", "2025-02-30T00:00:00", "2025-10-09T25:00:00",
                          "2025-10-09T11:25", "2025-10-09T11:25:18 or so", "1969-12-31T23:59:59"})
    EXPECT_THROW(clock_of(bad, "x"), Error) << bad;
}

}  // namespace
}  // namespace cradle::base
