// Top-1 and top-5 of a classifier.
#include <algorithm>
#include <cassert>

#include "cradle/task/bootstrap.h"
#include "cradle/task/judge.h"

namespace cradle::task {

namespace {

class ClassJudge final : public Judge {
 public:
  explicit ClassJudge(const DataInfo& info) : info_(info) {}

  void see(std::span<const TensorView> outputs, std::span<const Sample> truth) override {
    const Logits all = class_logits(outputs, info_);
    assert(all.images == truth.size());
    for (std::size_t i = 0; i < all.images; ++i)
      ranks_.push_back(rank(all.values.subspan(i * all.classes, all.classes), truth[i].label));
  }

  std::vector<Quality> qualities(int resamples, std::uint64_t seed) const override {
    const auto within = [&](int most) {
      return bootstrap(ranks_.size(), resamples, seed,
                       [&](const std::vector<int>& times) { return share(most, times); });
    };
    return {quality(metric(), within(1), images()), quality("top-5", within(5), images())};
  }

  double headline() const override { return share(1, std::vector<int>(ranks_.size(), 1)); }

  std::string metric() const override { return "top-1"; }
  std::int64_t images() const override { return static_cast<std::int64_t>(ranks_.size()); }

  std::vector<std::uint8_t> right() const override {
    std::vector<std::uint8_t> right;
    for (const int r : ranks_) right.push_back(r < 1);
    return right;
  }

 private:
  /// How many classes are said to be likelier; of equals the first in the list wins, as in an arg max. A logit that is
  /// no number is never right and never before another.
  static int rank(std::span<const float> logits, int label) {
    const float own = logits[static_cast<std::size_t>(label)];
    if (!(own == own)) return static_cast<int>(logits.size());
    int before = 0;
    for (std::size_t c = 0; c < logits.size(); ++c)
      before += logits[c] > own || (logits[c] == own && static_cast<int>(c) < label);
    return before;
  }

  double share(int most, const std::vector<int>& times) const {
    double right = 0, all = 0;
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      all += times[i];
      right += ranks_[i] < most ? times[i] : 0;
    }
    return all > 0 ? right / all : 0;
  }

  DataInfo info_;
  std::vector<int> ranks_;
};

}  // namespace

std::unique_ptr<Judge> judge_of_classes(const DataInfo& info) { return std::make_unique<ClassJudge>(info); }

}  // namespace cradle::task
