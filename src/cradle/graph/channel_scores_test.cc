#include "cradle/graph/channel_scores.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::graph {
namespace {

TEST(ChannelScores, GoToJsonAndBack) {
  const ChannelScores scores{{{"conv.w", {0.5, 0, 2}}, {"fc.w", {1}}}, 64, "taylor"};
  const ChannelScores back = channel_scores_from_json(to_json(scores), "file");
  EXPECT_EQ(back.scores, scores.scores);
  EXPECT_EQ(back.images, 64);
  EXPECT_EQ(back.kind, "taylor");
}

TEST(ChannelScores, RefuseWhatIsNoScore) {
  for (const char* text : {R"({})", R"({"scores": []})", R"({"scores": {"w": 1}})", R"({"scores": {"w": [-1]}})",
                           R"({"scores": {"w": ["a"]}})", R"({"scores": {}, "image": 3})"})
    EXPECT_THROW(channel_scores_from_json(base::Json::parse(text), "file"), base::Error) << text;
}

}  // namespace
}  // namespace cradle::graph
