// mIoU and pixel accuracy of a segmenter.
#include <cassert>

#include "cradle/task/bootstrap.h"
#include "cradle/task/judge.h"

namespace cradle::task {

namespace {

/// Pixels of one class in one image: said and true, said, true.
struct Counts {
  std::int32_t both = 0, said = 0, truth = 0;
};

class MaskJudge final : public Judge {
 public:
  explicit MaskJudge(const DataInfo& info) : info_(info) {}

  void see(std::span<const TensorView> outputs, std::span<const Sample> truth) override {
    const Logits all = pixel_logits(outputs, info_);
    assert(all.images == truth.size());
    for (std::size_t i = 0; i < all.images; ++i)
      add(all.values.subspan(i * all.classes * all.cells, all.classes * all.cells), all.classes, truth[i].mask);
  }

  std::vector<Quality> qualities(int resamples, std::uint64_t seed) const override {
    const auto of = [&](const Statistic& statistic) { return bootstrap(count(), resamples, seed, statistic); };
    return {quality(metric(), of([&](const auto& times) { return mean_iou(times); }), images()),
            quality("pixel accuracy", of([&](const auto& times) { return accuracy(times); }), images())};
  }

  double headline() const override { return mean_iou(std::vector<int>(count(), 1)); }
  std::string metric() const override { return "mIoU"; }
  std::int64_t images() const override { return static_cast<std::int64_t>(count()); }

 private:
  std::size_t classes() const { return info_.classes.size(); }
  std::size_t count() const { return counts_.size() / classes(); }

  /// The class of the largest logit at each pixel; of equals the first. Of a single channel, a probability, the second
  /// class from one half up.
  void add(std::span<const float> logits, std::size_t channels, const std::vector<std::uint8_t>& mask) {
    const std::size_t cells = mask.size(), first = counts_.size();
    counts_.resize(first + classes());
    for (std::size_t cell = 0; cell < cells; ++cell) {
      if (mask[cell] == kUnjudged) continue;
      std::size_t best = channels == 1 && logits[cell] >= 0.5f ? 1 : 0;
      for (std::size_t c = 1; c < channels; ++c)
        if (logits[c * cells + cell] > logits[best * cells + cell]) best = c;
      ++counts_[first + best].said;
      ++counts_[first + mask[cell]].truth;
      counts_[first + best].both += best == mask[cell];
    }
  }

  /// Everingham et al. 2010 (PASCAL VOC, segmentation): intersection over union of each class over all images
  /// together, the mean over the classes that are said or true somewhere; the background is one of them.
  double mean_iou(const std::vector<int>& times) const {
    double sum = 0;
    int counted = 0;
    for (std::size_t c = 0; c < classes(); ++c) {
      double both = 0, either = 0;
      for (std::size_t i = 0; i < times.size(); ++i) {
        const Counts& k = counts_[i * classes() + c];
        both += static_cast<double>(times[i]) * k.both;
        either += static_cast<double>(times[i]) * (k.said + k.truth - k.both);
      }
      if (either == 0) continue;
      sum += both / either;
      ++counted;
    }
    return counted == 0 ? 0 : sum / counted;
  }

  double accuracy(const std::vector<int>& times) const {
    double both = 0, all = 0;
    for (std::size_t i = 0; i < times.size(); ++i)
      for (std::size_t c = 0; c < classes(); ++c) {
        both += static_cast<double>(times[i]) * counts_[i * classes() + c].both;
        all += static_cast<double>(times[i]) * counts_[i * classes() + c].truth;
      }
    return all > 0 ? both / all : 0;
  }

  DataInfo info_;
  std::vector<Counts> counts_;  ///< images × classes
};

}  // namespace

std::unique_ptr<Judge> judge_of_masks(const DataInfo& info) { return std::make_unique<MaskJudge>(info); }

}  // namespace cradle::task
