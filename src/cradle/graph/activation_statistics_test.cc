#include "cradle/graph/activation_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/random.h"

namespace cradle::graph {
namespace {

double total(const ValueStatistics& s) { return std::accumulate(s.histogram.begin(), s.histogram.end(), 0.0); }

/// How many of the values lie in the bins that lie wholly in [low, high).
double counted(const ValueStatistics& s, double low, double high) {
  const double width = (s.high - s.low) / static_cast<double>(s.histogram.size());
  double sum = 0;
  for (std::size_t i = 0; i < s.histogram.size(); ++i) {
    const double at = s.low + width * static_cast<double>(i);
    if (at >= low - 1e-9 && at + width <= high + 1e-9) sum += s.histogram[i];
  }
  return sum;
}

TEST(Statistics, CountEveryValueWhateverTheRangeGrowsTo) {
  ValueStatistics s;
  base::Stream stream(1, 2);
  std::vector<float> all;
  for (const double spread : {1.0, 30.0, 0.1, 1e6}) {  // the range doubles many times, in both directions
    std::vector<float> batch(500);
    for (float& v : batch) v = static_cast<float>(stream.normal() * spread);
    add(s, batch.data(), batch.size());
    all.insert(all.end(), batch.begin(), batch.end());
  }
  EXPECT_EQ(s.count, 2000);
  EXPECT_EQ(total(s), 2000);
  EXPECT_EQ(s.histogram.size(), 2048U);
  EXPECT_EQ(s.least, static_cast<double>(*std::ranges::min_element(all)));
  EXPECT_EQ(s.greatest, static_cast<double>(*std::ranges::max_element(all)));
  EXPECT_LE(s.low, s.least);
  EXPECT_GE(s.high, s.greatest);
}

TEST(Statistics, MergedBinsHoldWhatLiesInTheirRange) {
  ValueStatistics s;
  const std::vector<float> first{0, 1}, up{3.5F}, down{-3.5F};
  add(s, first.data(), first.size());
  add(s, up.data(), 1);
  EXPECT_EQ(s.low, 0);
  EXPECT_EQ(s.high, 4) << "doubled twice";
  add(s, down.data(), 1);
  EXPECT_EQ(s.low, -4);
  EXPECT_EQ(s.high, 4);
  EXPECT_EQ(counted(s, -4, -3), 1);
  EXPECT_EQ(counted(s, -3, 0), 0);
  EXPECT_EQ(counted(s, 0, 2), 2);
  EXPECT_EQ(counted(s, 3, 4), 1);
}

TEST(Statistics, AConstantHasARangeToo) {
  ValueStatistics s;
  const std::vector<float> zeros(10, 0.0F);
  add(s, zeros.data(), zeros.size());
  EXPECT_LT(s.low, s.high);
  EXPECT_EQ(total(s), 10);
  const float one = 1;
  add(s, &one, 1);
  EXPECT_EQ(total(s), 11);
  EXPECT_EQ(s.greatest, 1);
}

TEST(Statistics, RefuseWhatIsNotANumber) {
  ValueStatistics s;
  const float bad[] = {1, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW(add(s, bad, 2), base::Error);
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_THROW(add(s, &infinite, 1), base::Error);
}

TEST(Statistics, StayAsLargeAsTheyAreHoweverManyImagesCome) {
  const auto size_after = [](int batches) {
    ActivationStatistics statistics;
    const std::vector<std::int64_t> shape{1, 3, 2};
    for (int i = 0; i < batches; ++i) {
      ValueStatistics& s = statistics.values["v"];
      std::vector<float> values(6);
      for (std::size_t k = 0; k < 6; ++k) values[k] = static_cast<float>(i * 7919 % 1009 + static_cast<int>(k)) / 8;
      add(s, values.data(), values.size());
      add_channel_means(s, values, shape);
    }
    const ValueStatistics& s = statistics.values.at("v");
    return (s.histogram.capacity() + s.channel_means.capacity()) * sizeof(double) + statistics.values.size() * sizeof s;
  };
  EXPECT_EQ(size_after(10000), size_after(100));
  EXPECT_LT(size_after(100), 20000U);
}

TEST(Statistics, KnowTheMeanOfEachChannel) {
  ValueStatistics s;
  const std::vector<float> first{1, 3, 10, 20}, second{5, 7, 30, 40, 0, 2, 0, 50};  // [1, 2, 2], [2, 2, 2]
  add(s, first.data(), first.size());
  add_channel_means(s, first, std::vector<std::int64_t>{1, 2, 2});
  add(s, second.data(), second.size());
  add_channel_means(s, second, std::vector<std::int64_t>{2, 2, 2});
  ASSERT_EQ(s.channel_means.size(), 2U);
  EXPECT_DOUBLE_EQ(s.channel_means[0], 18.0 / 6);
  EXPECT_DOUBLE_EQ(s.channel_means[1], 150.0 / 6);
  ActivationStatistics statistics;
  statistics.values["v"] = s;
  statistics.equalised = true;
  const ActivationStatistics back = statistics_from_json(to_json(statistics), "s.json");
  EXPECT_EQ(back.values.at("v").channel_means, s.channel_means);
  EXPECT_TRUE(back.equalised);
}

TEST(Statistics, SurviveTheirFile) {
  ActivationStatistics statistics;
  statistics.images = 3;
  const std::vector<float> values{-1, 0.25F, 7};
  add(statistics.values["a/b"], values.data(), values.size());
  const ActivationStatistics back =
      statistics_from_json(base::parse_json(base::dump_json(to_json(statistics)), "s.json"), "s.json");
  EXPECT_EQ(back.images, 3);
  const ValueStatistics& s = back.values.at("a/b");
  EXPECT_EQ(s.least, -1);
  EXPECT_EQ(s.high, 7);
  EXPECT_EQ(s.histogram, statistics.values.at("a/b").histogram);
}

TEST(Statistics, ADamagedFileIsRefusedByName) {
  ActivationStatistics statistics;
  const float value = 1;
  add(statistics.values["v"], &value, 1);
  const auto refuse = [&](auto damage) {
    base::Json json = to_json(statistics);
    damage(json);
    EXPECT_THROW(statistics_from_json(json, "s.json"), base::Error) << json.dump().substr(0, 200);
  };
  refuse([](base::Json& j) { j["schema"] = "other/1"; });
  refuse([](base::Json& j) { j["values"]["v"]["histogram"] = {1, 2}; });
  refuse([](base::Json& j) { j["values"]["v"]["histogram"][0] = -1; });
  refuse([](base::Json& j) { j["values"]["v"]["histogram"][0] = "x"; });
  refuse([](base::Json& j) { j["values"]["v"]["low"] = 100; });
  refuse([](base::Json& j) { j["values"]["v"].erase("count"); });
  refuse([](base::Json& j) { j["values"] = base::Json::array(); });
}

}  // namespace
}  // namespace cradle::graph
