// Which judge a task has.
#include "cradle/task/judge.h"

#include <cassert>

#include "cradle/base/json.h"

namespace cradle::task {

base::Json to_json(const Quality& quality) {
  return {{"metric", quality.metric},
          {"value", quality.value.value},
          {"low", quality.value.low},
          {"high", quality.value.high},
          {"images", quality.images}};
}

std::unique_ptr<Judge> judge_for(const DataInfo& info, const AnchorScheme& anchors) {
  if (info.task == "classification") return judge_of_classes(info);
  if (info.task == "detection") return judge_of_boxes(info, anchors);
  assert(info.task == "segmentation");
  return judge_of_masks(info);
}

}  // namespace cradle::task
