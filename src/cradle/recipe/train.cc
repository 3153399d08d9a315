// Training a built-in architecture on a built-in task, measured.
#include "cradle/recipe/train.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"

namespace cradle::recipe {

namespace {

/// What a network is built for: the task's classes and the architecture's own images, or those of a folder.
struct Wanted {
  std::size_t classes = 0;
  base::Json image;  // [channels, height, width] or null
  int batch = 0;
};

constexpr int kLeastSteps = 8;  // an epoch of a small folder shall have as many (assumed),
constexpr int kLeastBatch = 4;  // unless its batches were too small to normalise by (assumed)

Wanted wanted_of(const Workspace& workspace, const TrainRequest& request, const TaskDefaults& usual) {
  base::Json arguments = {{"task", request.task}};
  OwnImages described = request.images;  // how pixels are normalised makes no difference to what there is
  described.mean.clear();
  described.deviation.clear();
  add_to(arguments, described, request.task);
  if (request.images.folder.empty()) return {static_cast<std::size_t>(usual.classes), nullptr, usual.batch};
  const Done done = run_job(workspace, "learn", "describe", "describe", std::move(arguments));
  const std::string where = "answer of cradle-learn";
  const double train = base::json_number(base::json_member(done.answer, "images", where), "train", where);
  return {
      base::json_member(done.answer, "classes", where).size(), base::json_member(done.answer, "image", where),
      static_cast<int>(std::clamp(train / kLeastSteps, std::clamp(train, 1.0, 1.0 * kLeastBatch), 1.0 * usual.batch))};
}

/// A record must not pass for that of the whole training, nor the model for what the last epoch made.
void say_special(record::RunRecord& run, const Trained& trained, const TrainRequest& request, int resumed_after) {
  const auto note = [&](std::string detail) { run.events.push_back({0, "note", "", std::move(detail)}); };
  if (request.precision != "fp32") note(fmt::format("trained in {}; the model's weights are fp32", request.precision));
  if (resumed_after > 0)
    note(fmt::format("resumed after epoch {}: what was spent until then is not in this record", resumed_after));
  if (trained.kept_epoch < trained.epochs)
    note(fmt::format("the model has the weights of epoch {}, the best of {}", trained.kept_epoch, trained.epochs));
  if (request.keep_zeros) note("weights that were 0 were kept at 0");
  if (request.gamma_penalty > 0)
    note(fmt::format("trained with an L1 penalty of {} on the scales of batch norms", request.gamma_penalty));
  if (request.gates_target > 0)
    note(fmt::format("only gates of channels were trained, to a mean of {}; all weights are as they were",
                     request.gates_target));
  if (request.max_steps > 0) note(fmt::format("no more than {} steps were to be made", request.max_steps));
}

/// What compression asks; options that are off are not named, so that a plain training's job is as it always was.
void add_rules(base::Json& arguments, const TrainRequest& request) {
  if (request.keep_zeros) arguments["keep_zeros"] = true;
  if (request.gamma_penalty > 0) arguments["gamma_penalty"] = request.gamma_penalty;
  if (request.gates_target > 0)
    arguments["gates"] = {{"target", request.gates_target}, {"penalty", request.gates_penalty}};
  if (request.max_steps > 0) arguments["max_steps"] = request.max_steps;
  if (request.saved.empty()) return;
  arguments["save_at_step"] = request.save_at_step;
  arguments["saved"] = request.saved.string();
}

}  // namespace

std::filesystem::path checkpoint_of(const Workspace& workspace, const TrainRequest& request) {
  return (workspace.folder / request.model).replace_extension("checkpoint");
}

Trained train(const Workspace& workspace, const TrainRequest& request) {
  const TaskDefaults& usual = defaults_of(request.task);
  const auto or_usual = [](auto stated, auto otherwise) { return stated != decltype(stated){} ? stated : otherwise; };
  const std::string architecture = or_usual(request.architecture, usual.architecture);
  const Wanted wanted = wanted_of(workspace, request, usual);
  std::error_code error;
  std::filesystem::create_directories(workspace.folder, error);
  if (error) base::fail("cannot create {}: {}", workspace.folder.string(), error.message());
  const auto untrained = workspace.folder / (request.model + ".untrained");
  Trained trained;
  trained.model = workspace.folder / request.model;
  if (request.from.empty())
    run_job(workspace, "graph", "build", "build",
            {{"architecture", architecture},
             {"width", request.width},
             {"classes", wanted.classes},
             {"image", wanted.image},
             {"seed", request.seed},
             {"output", untrained.string()}});
  base::Json arguments = {{"model", (request.from.empty() ? untrained : request.from).string()},
                          {"output", trained.model.string()},
                          {"task", request.task},
                          {"seed", request.seed},
                          {"epochs", or_usual(request.epochs, usual.epochs)},
                          {"train_images", or_usual(request.train_images, usual.train_images)},
                          {"validation_images", or_usual(request.validation_images, usual.validation_images)},
                          {"batch", or_usual(request.batch, wanted.batch)},
                          {"learning_rate", or_usual(request.learning_rate, usual_rate(usual, request.optimiser))},
                          {"optimiser", request.optimiser},
                          {"schedule", request.schedule},
                          {"augment", request.augment},
                          {"threads", workspace.threads},
                          {"precision", request.precision},
                          {"patience", request.patience},
                          {"least_gain", request.least_gain},
                          {"checkpoint", checkpoint_of(workspace, request).string()},
                          {"resume", request.resume}};
  add_to(arguments, request.images, request.task);
  add_rules(arguments, request);
  Done done = run_job(workspace, "learn", "train",
                      "train " + (request.from.empty() ? architecture : request.from.filename().string()),
                      std::move(arguments));
  std::filesystem::remove(untrained, error);
  trained.record = std::move(done.record);
  trained.qualities = qualities_from(done.answer, "answer of cradle-learn");
  trained.record.quality = trained.qualities.front();
  trained.record.work =
      record::Work{"training image", base::json_number(done.answer, "images", "answer of cradle-learn")};
  trained.record.data = data_from(done.answer, "answer of cradle-learn");
  trained.record.model = inspect(workspace, trained.model);
  const std::string where = "answer of cradle-learn";
  trained.kept_epoch = static_cast<int>(base::json_number(done.answer, "kept_epoch", where));
  trained.epochs = static_cast<int>(base::json_member(done.answer, "epochs", where).size());
  say_special(trained.record, trained, request,
              static_cast<int>(base::json_number(done.answer, "resumed_after", where)));
  trained.record_file = keep(workspace, trained.record, request.record);
  return trained;
}

}  // namespace cradle::recipe
