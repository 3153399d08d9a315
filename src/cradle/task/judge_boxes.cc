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
  BoxJudge(const DataInfo& info, const AnchorScheme& anchors)
      : info_(info), scheme_(anchors), anchors_(anchors_of(anchors, info.image)) {}

  void see(std::span<const TensorView> outputs, std::span<const Sample> truth) override {
    if (scheme_.levels.empty())
      see_centres(outputs);
    else
      see_anchors(outputs);
    for (const Sample& sample : truth) truth_.push_back(sample.boxes);
    assert(found_.size() == truth_.size());
  }

  std::vector<Quality> qualities(int resamples, std::uint64_t seed) const override {
    const auto at = [&](std::span<const double> thresholds) {
      return mean_average_precision_interval(found_, truth_, classes(), thresholds, resamples, seed);
    };
    return {quality(metric(), at(kHalf), images()), quality("mAP50-95", at(coco_thresholds()), images())};
  }

  double headline() const override { return mean_average_precision(found_, truth_, classes(), kHalf[0]); }
  std::string metric() const override { return "mAP50"; }
  std::int64_t images() const override { return static_cast<std::int64_t>(found_.size()); }

 private:
  void see_centres(std::span<const TensorView> outputs) {
    const CentreMaps maps = centre_maps(outputs, info_);
    const std::size_t heat = maps.heatmap.size() / maps.images, box = maps.box.size() / maps.images;
    for (std::size_t i = 0; i < maps.images; ++i)
      found_.push_back(decode_centres(maps.heatmap.subspan(i * heat, heat), maps.box.subspan(i * box, box),
                                      maps.classes, maps.side, maps.stride));
  }
  void see_anchors(std::span<const TensorView> outputs) {
    const AnchorMaps maps = anchor_maps(outputs, info_, scheme_);
    for (std::size_t i = 0; i < maps.images; ++i)
      found_.push_back(decode_anchors(maps, i, anchors_, scheme_, info_.image));
  }
  int classes() const { return static_cast<int>(info_.classes.size()); }

  DataInfo info_;
  AnchorScheme scheme_;
  std::vector<Box> anchors_;
  std::vector<std::vector<Detection>> found_;
  std::vector<std::vector<Box>> truth_;
};

}  // namespace

std::unique_ptr<Judge> judge_of_boxes(const DataInfo& info, const AnchorScheme& anchors) {
  return std::make_unique<BoxJudge>(info, anchors);
}

}  // namespace cradle::task
