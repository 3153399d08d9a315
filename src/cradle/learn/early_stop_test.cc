// Checks the rule of early stopping on made-up figures, and that a training keeps and writes its best epoch's weights.
#include "cradle/learn/early_stop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "cradle/base/scratch_test.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/checkpoint.h"

namespace cradle::learn {
namespace {

std::vector<EpochReport> epochs_of(const std::vector<double>& figures) {
  std::vector<EpochReport> all;
  for (const double f : figures) all.push_back({static_cast<int>(all.size()) + 1, 1, "mAP50", f, 300, 1});
  return all;
}

TEST(EarlyStop, TheBestEpochIsTheLastRealGain) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(best_epoch(epochs_of({}), 0), 0);
  EXPECT_EQ(best_epoch(epochs_of({0, 0, 0}), 0), 1);
  EXPECT_EQ(best_epoch(epochs_of({0.1, 0.3, 0.2}), 0), 2);
  EXPECT_EQ(best_epoch(epochs_of({0.1, 0.3, 0.3}), 0), 2) << "as good is not better";
  EXPECT_EQ(best_epoch(epochs_of({0.5, 0.505}), 0.01), 1) << "too small a gain";
  EXPECT_EQ(best_epoch(epochs_of({0.5, 0.505, 0.511}), 0.01), 3) << "small gains add up";
  EXPECT_EQ(best_epoch(epochs_of({nan, 0.1, nan}), 0), 2);
}

TEST(EarlyStop, StopsAfterAsManyEpochsWithoutGainAsThereIsPatience) {
  EXPECT_FALSE(shall_stop(epochs_of({0.5, 0.4, 0.3, 0.2, 0.1}), 0, 0)) << "no patience stated: never";
  EXPECT_FALSE(shall_stop(epochs_of({}), 1, 0));
  EXPECT_FALSE(shall_stop(epochs_of({0.5}), 1, 0));
  EXPECT_TRUE(shall_stop(epochs_of({0.5, 0.4}), 1, 0));
  EXPECT_FALSE(shall_stop(epochs_of({0.5, 0.4}), 2, 0));
  EXPECT_TRUE(shall_stop(epochs_of({0.5, 0.4, 0.5}), 2, 0));
  EXPECT_FALSE(shall_stop(epochs_of({0.5, 0.4, 0.6}), 2, 0));
}

/// No gain is ever large enough: the first epoch stays the best.
TrainOptions impatient() {
  TrainOptions o;
  o.epochs = 6;
  o.train_images = 48;
  o.validation_images = 320;
  o.batch = 16;
  o.patience = 2;
  o.least_gain = 2;
  return o;
}

graph::Graph small_net() { return graph::build_architecture("centernet-dense", 0.25, 10, 1); }

std::string weights_of(const graph::Graph& g) {
  std::string bytes;
  for (const auto& [name, tensor] : g.initializers) bytes.append(tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

/// The weights after the first of the impatient training's epochs.
graph::Graph after_one_epoch() {
  graph::Graph g = small_net();
  TrainOptions o = impatient();
  o.checkpoint = base::scratch_folder() / "one";
  o.on_epoch = [](const EpochReport&) { throw 1; };
  EXPECT_THROW(train(g, o), int);
  const Checkpoint c = read_checkpoint(o.checkpoint);
  for (auto& [name, tensor] : g.initializers)
    for (const std::string kind : {"weight/", "statistic/"})
      if (const auto it = c.tensors.find(kind + name); it != c.tensors.end())
        std::copy(it->second.begin(), it->second.end(), tensor.f32().begin());
  return g;
}

TEST(EarlyStop, KeepsTheWeightsOfTheBestEpochAndJudgesThemOnAllImages) {
  graph::Graph g = small_net();
  const TrainReport report = train(g, impatient());
  EXPECT_EQ(report.epochs.size(), 3u) << "one, and two without gain";
  EXPECT_EQ(report.kept_epoch, 1);
  EXPECT_EQ(report.epochs.back().images, kQuickValidation);
  EXPECT_EQ(report.qualities[0].images, 320);
  EXPECT_EQ(report.images, 3 * 48);
  EXPECT_EQ(weights_of(g), weights_of(after_one_epoch()));
}

TEST(EarlyStop, IsResumedWithTheBestWeightsSoFar) {
  graph::Graph uninterrupted = small_net();
  TrainOptions o = impatient();
  train(uninterrupted, o);
  o.checkpoint = base::scratch_folder() / "early";
  struct Killed {};
  for (const int epoch : {2, 3}) {
    o.resume = false;
    o.on_epoch = [epoch](const EpochReport& e) {
      if (e.epoch == epoch) throw Killed();
    };
    graph::Graph killed = small_net(), resumed = small_net();
    EXPECT_THROW(train(killed, o), Killed);
    o.resume = true;
    o.on_epoch = nullptr;
    const TrainReport report = train(resumed, o);
    EXPECT_EQ(report.epochs.size(), 3u) << "it had stopped after the third";
    EXPECT_EQ(report.kept_epoch, 1);
    EXPECT_EQ(weights_of(resumed), weights_of(uninterrupted));
  }
}

}  // namespace
}  // namespace cradle::learn
