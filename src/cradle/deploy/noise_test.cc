#include "cradle/deploy/noise.h"

#include <gtest/gtest.h>

#include "cradle/base/fault_test.h"
#include "cradle/base/json.h"

namespace cradle::deploy {
namespace {

Description takes(std::vector<Port> inputs) {
  Description d;
  d.model = "m.onnx";
  d.inputs = std::move(inputs);
  return d;
}

Noise noise(const Description& d, const char* arguments) {
  return noise_for(d, base::Json::parse(arguments), "job", 2);
}

TEST(Noise, HasTheModelsExtentsAndTheSameNumbersEachTime) {
  const Description d = takes({{"x", {-1, 3, 4, 5}}});
  const Noise a = noise(d, "{}");
  EXPECT_EQ(a.shapes[0], (std::vector<std::int64_t>{2, 3, 4, 5}));
  ASSERT_EQ(a.values[0].size(), 120u);
  for (const float v : a.values[0]) EXPECT_TRUE(v >= 0 && v < 1);
  EXPECT_NE(a.values[0][0], a.values[0][1]);
  EXPECT_EQ(a.values, noise(d, "{}").values);
  EXPECT_EQ(a.views()[0].name, "x");
}

TEST(Noise, TakesOpenExtentsFromTheJob) {
  EXPECT_EQ(noise(takes({{"x", {-1, 3, -1, -1}}}), R"({"input_shape":[1,3,8,9]})").shapes[0],
            (std::vector<std::int64_t>{1, 3, 8, 9}));
  const Description two = takes({{"x", {-1, -1}}, {"y", {2}}});
  EXPECT_EQ(noise(two, R"({"input_shape":{"x":[1,7]}})").shapes[1], (std::vector<std::int64_t>{2}));
}

TEST(Noise, SaysWhatIsNotKnownOrDoesNotFit) {
  const auto fault = [](const Description& d, const char* arguments) {
    return base::fault_of([&] { noise(d, arguments); });
  };
  const Description open = takes({{"x", {-1, 3, -1, -1}}});
  EXPECT_NE(fault(open, "{}").find("--input-shape"), std::string::npos);
  EXPECT_NE(fault(open, R"({"input_shape":[1,4,8,8]})").find("does not fit"), std::string::npos);
  EXPECT_NE(fault(open, R"({"input_shape":[1,3,0,8]})").find("at least 1"), std::string::npos);
  EXPECT_NE(fault(takes({{"x", {1}}, {"y", {1}}}), R"({"input_shape":[1]})").find("2 inputs"), std::string::npos);
  EXPECT_NE(fault(takes({{"x", {1, 1 << 30, 1 << 30}}}), "{}").find("too large"), std::string::npos);
}

}  // namespace
}  // namespace cradle::deploy
