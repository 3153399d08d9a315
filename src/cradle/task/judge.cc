// Which judge a task has.
#include "cradle/task/judge.h"

#include <cassert>

#include "cradle/base/json.h"

namespace cradle::task {

Quality quality(std::string metric, Resampled resampled, std::int64_t images) {
  return {std::move(metric), resampled.value, images, std::move(resampled.draws)};
}

base::Json to_json(const Quality& q) {
  return {{"metric", q.metric},
          {"value", q.value.value},
          {"low", q.value.low},
          {"high", q.value.high},
          {"images", q.images}};
}

std::unique_ptr<Judge> judge_for(const DataInfo& info, const AnchorScheme& anchors) {
  if (info.task == "classification") return judge_of_classes(info);
  if (info.task == "detection") return judge_of_boxes(info, anchors);
  assert(info.task == "segmentation");
  return judge_of_masks(info);
}

}  // namespace cradle::task
