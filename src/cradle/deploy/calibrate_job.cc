// Streams training images through an instrumented model into activation statistics.
#include "cradle/deploy/calibrate_job.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/deploy/sample_pool.h"

namespace cradle::deploy {
namespace {

std::vector<std::string> texts_at(const base::Json& arguments, std::string_view key, std::string_view where) {
  std::vector<std::string> texts;
  const auto found = arguments.find(key);
  if (found == arguments.end() || found->is_null()) return texts;
  if (!found->is_array()) base::fail("{}: '{}': expected a list of names, found {}", where, key, found->type_name());
  for (const base::Json& text : *found) {
    if (!text.is_string()) base::fail("{}: '{}': expected names, found {}", where, key, text.type_name());
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

}  // namespace

CalibrateJob calibrate_job_from(const base::Json& arguments, std::string_view where) {
  static const std::vector<std::string> known = {"model",    "values", "threads",   "task",   "data",
                                                 "split",    "images", "data_seed", "output", "size",
                                                 "channels", "mean",   "deviation"};
  base::json_only_keys(arguments, known, where);
  CalibrateJob job;
  job.model = base::json_string(arguments, "model", where);
  job.values = texts_at(arguments, "values", where);
  job.threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  job.split = task::split_named(base::json_string_or(arguments, "split", "train", where));
  job.images = count_between(arguments, "images", job.images, 1, 1'000'000, where);
  job.task = base::json_string_or(arguments, "task", job.task, where);
  task::check_task(job.task);
  job.data = base::json_string_or(arguments, "data", "", where);
  job.image = task::image_from(arguments, where);
  job.normalisation = task::normalisation_from(arguments, where);
  job.data_seed = count_between(arguments, "data_seed", job.data_seed, 0, std::size_t{1} << 53, where);
  job.output = base::json_string(arguments, "output", where);
  return job;
}

WatchedValues watched_values(const Description& description, const std::vector<std::string>& values) {
  WatchedValues watched;
  if (values.empty()) {
    for (std::size_t i = 0; i < description.inputs.size(); ++i) watched.inputs.push_back(i);
    for (std::size_t i = 0; i < description.outputs.size(); ++i) watched.outputs.push_back(i);
    return watched;
  }
  for (const std::string& value : values) {
    const bool is_input = std::ranges::find(description.inputs, value, &Port::name) != description.inputs.end();
    if (is_input) {
      watched.inputs.push_back(port_named(description, value, "input"));
    } else {
      watched.outputs.push_back(port_named(description, value, "output"));
    }
  }
  return watched;
}

base::Json calibrate(const CalibrateJob& job, bool progress) {
  const auto executor = open_onnxruntime(job.model, {.threads = job.threads});
  const Description& description = executor->describe();
  const auto data = task::open_data_set(request_for(description, job.task, job.data, job.data_seed, job.image));
  check_takes(description, data->info().image, 1);
  const WatchedValues watched = watched_values(description, job.values);
  if (progress)
    fmt::print(stderr, "cradle-deploy: watching {} values on {} images\n",
               watched.inputs.size() + watched.outputs.size(), job.images);

  const auto images = static_cast<std::size_t>(data->info().at_most(static_cast<std::int64_t>(job.images), job.split));
  graph::ActivationStatistics statistics;
  for (std::size_t i = 0; i < images; ++i) {
    task::Sample sample = data->sample(job.split, i);
    task::normalise(sample.pixels, data->info().image, job.normalisation);
    for (const std::size_t input : watched.inputs) {
      add(statistics.values[description.inputs[input].name], sample.pixels.data(), sample.pixels.size());
    }
    const std::span<const TensorView> outputs = run_images(*executor, data->info().image, sample.pixels, 1);
    for (const std::size_t output : watched.outputs) {
      const std::span<const float> values = outputs[output].values;
      add(statistics.values[description.outputs[output].name], values.data(), values.size());
    }
    ++statistics.images;
  }
  base::write_json(job.output, to_json(statistics));
  return {{"images", statistics.images},
          {"values", statistics.values.size()},
          {"output", job.output.string()},
          {"data", task::to_json(data->info())}};
}

}  // namespace cradle::deploy
