// mAP50 and mAP50-95 of a detector.
#include <array>
#include <cassert>

#include "cradle/task/detection.h"
#include "cradle/task/judge.h"

namespace cradle::task {

namespace {

constexpr std::array<double, 1> kHalf = {0.5};

class BoxJudge final : public Judge {
 public:
  explicit BoxJudge(const DataInfo& info) : info_(info) {}

  void see(std::span<const TensorView> outputs, std::span<const Sample> truth) override {
    const CentreMaps maps = centre_maps(outputs, info_);
    assert(maps.images == truth.size());
    const std::size_t heat = maps.heatmap.size() / maps.images, box = maps.box.size() / maps.images;
    for (std::size_t i = 0; i < maps.images; ++i) {
      found_.push_back(decode_centres(maps.heatmap.subspan(i * heat, heat), maps.box.subspan(i * box, box),
                                      maps.classes, maps.side, maps.stride));
      truth_.push_back(truth[i].boxes);
    }
  }

  std::vector<Quality> qualities(int resamples, std::uint64_t seed) const override {
    const auto at = [&](std::span<const double> thresholds) {
      return mean_average_precision_interval(found_, truth_, classes(), thresholds, resamples, seed);
    };
    return {{metric(), at(kHalf), images()}, {"mAP50-95", at(coco_thresholds()), images()}};
  }

  double headline() const override { return mean_average_precision(found_, truth_, classes(), kHalf[0]); }
  std::string metric() const override { return "mAP50"; }
  std::int64_t images() const override { return static_cast<std::int64_t>(found_.size()); }

 private:
  int classes() const { return static_cast<int>(info_.classes.size()); }

  DataInfo info_;
  std::vector<std::vector<Detection>> found_;
  std::vector<std::vector<Box>> truth_;
};

}  // namespace

std::unique_ptr<Judge> judge_of_boxes(const DataInfo& info) { return std::make_unique<BoxJudge>(info); }

}  // namespace cradle::task
