#include "cradle/base/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/base/error.h"

namespace cradle::base {
namespace {

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Json, NamesLineAndColumn) {
  EXPECT_NE(message_of([] { parse_json("{\n  \"a\": 1,\n  oops\n}", "r.json"); }).find("r.json:3:3"),
            std::string::npos);
  EXPECT_NE(message_of([] { parse_json("{\"a\": [1,", "r.json"); }).find("cut off"), std::string::npos);
}

TEST(Json, RefusesATowerOfBrackets) {
  EXPECT_NE(message_of([] { parse_json(std::string(100000, '['), "x"); }).find("nested deeper"), std::string::npos);
}

TEST(Json, SaysWhatWasExpectedOfAMember) {
  const Json j = parse_json(R"({"a": "text"})", "x");
  EXPECT_EQ(message_of([&] { json_number(j, "a", "x"); }), "x: 'a': expected a number, found string");
  EXPECT_EQ(message_of([&] { json_number(j, "b", "x"); }), "x: 'b' is missing");
  EXPECT_EQ(json_number_or(j, "b", 2.0, "x"), 2.0);
}

TEST(Json, RefusesAKeyNobodyReads) {
  const std::vector<std::string> known = {"model", "seconds"};
  EXPECT_NO_THROW(json_only_keys(parse_json(R"({"model": "m"})", "x"), known, "x"));
  EXPECT_EQ(message_of([&] { json_only_keys(parse_json(R"({"secnods": 1})", "x"), known, "x"); }),
            "x: unknown key 'secnods'; did you mean 'seconds'?");
  EXPECT_EQ(message_of([&] { json_only_keys(parse_json("[]", "x"), known, "x"); }),
            "x: expected an object, found array");
}

TEST(Json, NeverWritesNan) {
  Json j;
  j["x"] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(dump_json(j), Error);
}

}  // namespace
}  // namespace cradle::base
