// Arguments and answers of the worker's jobs.
#include "cradle/learn/jobs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"

namespace cradle::learn {

namespace {

constexpr double kMostSeed = 9007199254740992.0;  // 2^53: whole numbers in JSON are exact up to here
constexpr double kMostImages = 1e8;
constexpr double kMostSteps = 1e12;
constexpr double kLeastGate = 0.001;  // a target of 0 would be a net that sees nothing

double number(const base::Json& a, std::string_view key, double fallback, double low, double high,
              std::string_view where) {
  const double value = base::json_number_or(a, key, fallback, where);
  if (!(value >= low && value <= high))
    base::fail("{}: '{}': expected a number from {} to {}, found {}", where, key, low, high, value);
  return value;
}

template <class T>
void whole(const base::Json& a, std::string_view key, T& target, double low, double high, std::string_view where) {
  const double value = number(a, key, static_cast<double>(target), low, high, where);
  if (value != std::floor(value)) base::fail("{}: '{}': expected a whole number, found {}", where, key, value);
  target = static_cast<T>(value);
}

bool stated(const base::Json& a, const std::string& key) { return a.contains(key) && !a.at(key).is_null(); }

bool flag(const base::Json& a, const std::string& key, std::string_view where) {
  if (!stated(a, key)) return false;
  const base::Json& value = a.at(key);
  if (!value.is_boolean()) base::fail("{}: '{}': expected true or false, found {}", where, key, value.type_name());
  return value.get<bool>();
}

/// What only compression asks of a training.
void read_rules(const base::Json& a, TrainJob& job, std::string_view where) {
  TrainOptions& o = job.options;
  o.keep_zeros = flag(a, "keep_zeros", where);
  o.gamma_penalty = number(a, "gamma_penalty", 0, 0, 1e6, where);
  whole(a, "max_steps", o.max_steps, 0, kMostSteps, where);
  if (stated(a, "gates")) {
    const std::vector<std::string> keys = {"target", "penalty"};
    const base::Json& gates = a.at("gates");
    const std::string at = fmt::format("{}: 'gates'", where);
    if (!gates.is_object()) base::fail("{}: expected an object, found {}", at, gates.type_name());
    base::json_only_keys(gates, keys, at);
    base::json_number(gates, "target", at);  // must be there
    o.gates_target = number(gates, "target", 0, kLeastGate, 1, at);
    o.gates_penalty = number(gates, "penalty", o.gates_penalty, 0, 1e6, at);
  }
  if (stated(a, "save_at_step") != stated(a, "saved"))
    base::fail("{}: 'save_at_step' says when and 'saved' to which file: expected both or none", where);
  if (!stated(a, "saved")) return;
  o.save_at_step = 0;
  whole(a, "save_at_step", o.save_at_step, 0, kMostSteps, where);
  job.saved = base::json_string(a, "saved", where);
}

/// What jobs share that pass over a data set.
template <class Options>
void read_shared(const base::Json& a, Options& o, std::string_view where) {
  o.task = base::json_string_or(a, "task", o.task, where);
  whole(a, "data_seed", o.data_seed, 0, kMostSeed, where);
  whole(a, "batch", o.batch, 1, 4096, where);
  whole(a, "threads", o.threads, 1, 1024, where);
  o.data = base::json_string_or(a, "data", "", where);
  o.image = task::image_from(a, where);
  o.pixels = task::normalisation_from(a, where);
}

}  // namespace

TrainJob train_job_from(const base::Json& a, std::string_view where) {
  const std::vector<std::string> keys = {
      "model",         "output",       "task",      "seed",       "data_seed",
      "epochs",        "train_images", "batch",     "threads",    "validation_images",
      "learning_rate", "weight_decay", "optimiser", "schedule",   "data",
      "checkpoint",    "resume",       "patience",  "least_gain", "precision",
      "augment",       "keep_zeros",   "gates",     "max_steps",  "gamma_penalty",
      "save_at_step",  "saved",        "size",      "channels",   "mean",
      "deviation"};
  base::json_only_keys(a, keys, where);
  TrainJob job;
  job.model = base::json_string(a, "model", where);
  job.output = base::json_string(a, "output", where);
  TrainOptions& o = job.options;
  read_shared(a, o, where);
  whole(a, "seed", o.seed, 0, kMostSeed, where);
  whole(a, "epochs", o.epochs, 1, 10000, where);
  whole(a, "train_images", o.train_images, 1, kMostImages, where);
  whole(a, "validation_images", o.validation_images, 1, kMostImages, where);
  o.learning_rate = number(a, "learning_rate", o.learning_rate, 1e-9, 1e3, where);
  o.weight_decay = number(a, "weight_decay", o.weight_decay, 0, 10, where);
  o.optimiser = base::json_string_or(a, "optimiser", o.optimiser, where);
  o.schedule = base::json_string_or(a, "schedule", o.schedule, where);
  whole(a, "patience", o.patience, 0, 10000, where);
  o.least_gain = number(a, "least_gain", o.least_gain, 0, 1, where);
  o.precision = base::json_string_or(a, "precision", o.precision, where);
  o.checkpoint = base::json_string_or(a, "checkpoint", "", where);
  o.resume = flag(a, "resume", where);
  o.augment = base::json_string_or(a, "augment", o.augment, where);
  read_rules(a, job, where);
  return job;
}

DescribeJob describe_job_from(const base::Json& a, std::string_view where) {
  const std::vector<std::string> keys = {"task", "data", "data_seed", "size", "channels"};
  base::json_only_keys(a, keys, where);
  DescribeJob job;
  job.data.task = base::json_string(a, "task", where);
  job.data.folder = base::json_string_or(a, "data", "", where);
  whole(a, "data_seed", job.data.seed, 0, kMostSeed, where);
  job.data.image = task::image_from(a, where);
  return job;
}

EvaluateJob evaluate_job_from(const base::Json& a, std::string_view where) {
  const std::vector<std::string> keys = {"model",   "task", "split", "images",   "data_seed", "batch",
                                         "threads", "data", "size",  "channels", "mean",      "deviation"};
  base::json_only_keys(a, keys, where);
  EvaluateJob job;
  job.model = base::json_string(a, "model", where);
  read_shared(a, job.options, where);
  job.options.split = task::split_named(base::json_string_or(a, "split", "test", where));
  whole(a, "images", job.options.images, 1, kMostImages, where);
  return job;
}

ImportanceJob importance_job_from(const base::Json& a, std::string_view where) {
  const std::vector<std::string> keys = {"model",   "output", "task",      "kind", "split",    "images", "batch",
                                         "threads", "data",   "data_seed", "size", "channels", "mean",   "deviation"};
  base::json_only_keys(a, keys, where);
  ImportanceJob job;
  job.model = base::json_string(a, "model", where);
  job.output = base::json_string(a, "output", where);
  ImportanceOptions& o = job.options;
  read_shared(a, o, where);
  o.kind = base::json_string_or(a, "kind", o.kind, where);
  o.split = task::split_named(base::json_string_or(a, "split", std::string(task::name_of(o.split)), where));
  whole(a, "images", o.images, 1, kMostImages, where);
  return job;
}

base::Json to_json(const Importance& importance) {
  return {{"kind", importance.kind}, {"images", importance.images}, {"scores", importance.scores}};
}

base::Json to_json(const std::vector<task::Quality>& qualities) {
  base::Json list = base::Json::array();
  for (const task::Quality& q : qualities) list.push_back(task::to_json(q));
  return list;
}

base::Json to_json(const TrainReport& report) {
  base::Json epochs = base::Json::array();
  for (const EpochReport& e : report.epochs)
    epochs.push_back({{"epoch", e.epoch}, {"loss", e.loss}, {"metric", e.metric}, {"quality", e.quality}, {"s", e.s}});
  return {{"epochs", std::move(epochs)},     {"qualities", to_json(report.qualities)},
          {"kept_epoch", report.kept_epoch}, {"resumed_after", report.resumed_after},
          {"images", report.images},         {"steps", report.steps},
          {"seconds", report.seconds},       {"data", task::to_json(report.data)}};
}

std::string progress_line(const EpochReport& e) {
  return fmt::format("epoch {} of {}  loss {:.3f}  {} {:.3f} ({} validation images)  {}", e.epoch, e.planned, e.loss,
                     e.metric, e.quality, e.images, base::format_seconds(e.s));
}

}  // namespace cradle::learn
