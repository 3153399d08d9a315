// How good a model is at its task, from its outputs and the truth, whichever engine ran it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cradle/base/json_fwd.h"
#include "cradle/base/statistics.h"
#include "cradle/task/anchors.h"
#include "cradle/task/bootstrap.h"
#include "cradle/task/outputs.h"

namespace cradle::task {

/// A figure of merit from 0 to 1 with P5 to P95 of a bootstrap over images.
struct Quality {
  std::string metric;  ///< "top-1", "top-5", "mAP50", "mAP50-95", "mIoU", "pixel accuracy"
  base::Interval value;
  std::int64_t images = 0;
  std::vector<double> draws{};  ///< on the bootstrap's resamples, in their order (bootstrap.h)
};

Quality quality(std::string metric, Resampled resampled, std::int64_t images);

/// {"metric", "value", "low", "high", "images"}: not the draws
base::Json to_json(const Quality& q);

/// Gathers what a model said about images; batches of any size, in any order that the caller keeps.
class Judge {
 public:
  virtual ~Judge() = default;
  /// `truth` has one sample for each image of the outputs (their pixels are not looked at). Throws Error if the outputs
  /// are not what the task asks for.
  virtual void see(std::span<const TensorView> outputs, std::span<const Sample> truth) = 0;
  /// The task's own figure first: top-1 and top-5; mAP50 and mAP50-95 by COCO's rules; mIoU and pixel accuracy. Cost:
  /// resamples passes over what was seen.
  virtual std::vector<Quality> qualities(int resamples, std::uint64_t seed) const = 0;
  /// The task's own figure without an interval, cheaply; what it is called; of how many images it is.
  virtual double headline() const = 0;
  virtual std::string metric() const = 0;
  virtual std::int64_t images() const = 0;
  /// Of classification: for each image whether its class was said (1) or not (0), for paired tests. Else empty.
  virtual std::vector<std::uint8_t> right() const { return {}; }
};

/// The judge of a data set's task; of a detector with anchors (what its metadata say, anchors_in) also those.
std::unique_ptr<Judge> judge_for(const DataInfo& info, const AnchorScheme& anchors = {});
std::unique_ptr<Judge> judge_of_classes(const DataInfo& info);
std::unique_ptr<Judge> judge_of_boxes(const DataInfo& info, const AnchorScheme& anchors);
std::unique_ptr<Judge> judge_of_masks(const DataInfo& info);

}  // namespace cradle::task
