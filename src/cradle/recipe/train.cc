// Training a built-in architecture on a built-in task, measured.
#include "cradle/recipe/train.h"

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {

Trained train(const Workspace& workspace, const TrainRequest& request) {
  std::error_code error;
  std::filesystem::create_directories(workspace.folder, error);
  if (error) base::fail("cannot create {}: {}", workspace.folder.string(), error.message());
  const auto untrained = workspace.folder / (request.model + ".untrained");
  Trained trained;
  trained.model = workspace.folder / request.model;
  run_job(workspace, "graph", "build", "build",
          {{"architecture", request.architecture},
           {"width", request.width},
           {"classes", request.classes},
           {"seed", request.seed},
           {"output", untrained.string()}});
  Done done = run_job(workspace, "learn", "train", "train " + request.architecture,
                      {{"model", untrained.string()},
                       {"output", trained.model.string()},
                       {"task", request.task},
                       {"seed", request.seed},
                       {"epochs", request.epochs},
                       {"train_scenes", request.train_scenes},
                       {"validation_scenes", request.validation_scenes},
                       {"batch", request.batch},
                       {"threads", workspace.threads}});
  std::filesystem::remove(untrained, error);
  trained.record = std::move(done.record);
  trained.record.quality =
      quality_from(base::json_member(done.answer, "quality", "answer of cradle-learn"), "answer of cradle-learn");
  trained.record.work =
      record::Work{"training image", base::json_number(done.answer, "images", "answer of cradle-learn")};
  trained.record.model = inspect(workspace, trained.model);
  trained.record_file = keep(workspace, trained.record, "train");
  return trained;
}

}  // namespace cradle::recipe
