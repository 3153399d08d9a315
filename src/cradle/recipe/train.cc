// Training a built-in architecture on a built-in task, measured.
#include "cradle/recipe/train.h"

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {

namespace {

/// A record must not pass for that of the whole training, nor the model for what the last epoch made.
void say_special(record::RunRecord& run, const Trained& trained, const TrainRequest& request, int resumed_after) {
  const auto note = [&](std::string detail) { run.events.push_back({0, "note", "", std::move(detail)}); };
  if (request.precision != "fp32") note(fmt::format("trained in {}; the model's weights are fp32", request.precision));
  if (resumed_after > 0)
    note(fmt::format("resumed after epoch {}: what was spent until then is not in this record", resumed_after));
  if (trained.kept_epoch < trained.epochs)
    note(fmt::format("the model has the weights of epoch {}, the best of {}", trained.kept_epoch, trained.epochs));
}

}  // namespace

std::filesystem::path checkpoint_of(const Workspace& workspace, const TrainRequest& request) {
  return (workspace.folder / request.model).replace_extension("checkpoint");
}

Trained train(const Workspace& workspace, const TrainRequest& request) {
  const TaskDefaults& usual = defaults_of(request.task);
  const auto or_usual = [](auto stated, auto otherwise) { return stated != decltype(stated){} ? stated : otherwise; };
  const std::string architecture = or_usual(request.architecture, usual.architecture);
  std::error_code error;
  std::filesystem::create_directories(workspace.folder, error);
  if (error) base::fail("cannot create {}: {}", workspace.folder.string(), error.message());
  const auto untrained = workspace.folder / (request.model + ".untrained");
  Trained trained;
  trained.model = workspace.folder / request.model;
  run_job(workspace, "graph", "build", "build",
          {{"architecture", architecture},
           {"width", request.width},
           {"classes", usual.classes},
           {"seed", request.seed},
           {"output", untrained.string()}});
  Done done = run_job(workspace, "learn", "train", "train " + architecture,
                      {{"model", untrained.string()},
                       {"output", trained.model.string()},
                       {"task", request.task},
                       {"seed", request.seed},
                       {"epochs", or_usual(request.epochs, usual.epochs)},
                       {"train_images", or_usual(request.train_images, usual.train_images)},
                       {"validation_images", or_usual(request.validation_images, usual.validation_images)},
                       {"batch", or_usual(request.batch, usual.batch)},
                       {"learning_rate", or_usual(request.learning_rate, usual.learning_rate)},
                       {"optimiser", request.optimiser},
                       {"schedule", request.schedule},
                       {"threads", workspace.threads},
                       {"precision", request.precision},
                       {"patience", request.patience},
                       {"least_gain", request.least_gain},
                       {"checkpoint", checkpoint_of(workspace, request).string()},
                       {"resume", request.resume}});
  std::filesystem::remove(untrained, error);
  trained.record = std::move(done.record);
  trained.qualities = qualities_from(done.answer, "answer of cradle-learn");
  trained.record.quality = trained.qualities.front();
  trained.record.work =
      record::Work{"training image", base::json_number(done.answer, "images", "answer of cradle-learn")};
  trained.record.model = inspect(workspace, trained.model);
  const std::string where = "answer of cradle-learn";
  trained.kept_epoch = static_cast<int>(base::json_number(done.answer, "kept_epoch", where));
  trained.epochs = static_cast<int>(base::json_member(done.answer, "epochs", where).size());
  say_special(trained.record, trained, request,
              static_cast<int>(base::json_number(done.answer, "resumed_after", where)));
  trained.record_file = keep(workspace, trained.record, "train");
  return trained;
}

}  // namespace cradle::recipe
