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

constexpr const char* kEqualised = "cradle.equalised";  // as compress/equalise.h writes it

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
  base::json_only_keys(arguments, image_arguments({"model", "values", "threads", "channel_means", "output"}), where);
  CalibrateJob job;
  static_cast<ImageSource&>(job) = image_source_from(arguments, where);
  job.model = base::json_string(arguments, "model", where);
  job.values = texts_at(arguments, "values", where);
  job.threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  if (const auto means = arguments.find("channel_means"); means != arguments.end() && !means->is_null()) {
    if (!means->is_boolean()) base::fail("{}: 'channel_means': expected true or false, found {}", where, means->dump());
    job.channel_means = means->get<bool>();
  }
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
  const WatchedValues watched = watched_values(description, job.values);
  if (progress)
    fmt::print(stderr, "cradle-deploy: watching {} values on {} images\n",
               watched.inputs.size() + watched.outputs.size(), job.images);

  graph::ActivationStatistics statistics;
  statistics.equalised = description.metadata.contains(kEqualised);
  const auto watch = [&](const std::string& name, std::span<const float> values, std::span<const std::int64_t> shape) {
    graph::ValueStatistics& of = statistics.values[name];
    add(of, values.data(), values.size());
    if (job.channel_means) add_channel_means(of, values, shape);
  };
  const task::DataInfo info = for_each_image(job, description, [&](const auto& image, const auto& pixels) {
    const std::vector<std::int64_t> shape{1, image.channels, image.height, image.width};
    for (const std::size_t input : watched.inputs) watch(description.inputs[input].name, pixels, shape);
    const std::span<const TensorView> outputs = run_images(*executor, image, pixels, 1);
    for (const std::size_t output : watched.outputs)
      watch(description.outputs[output].name, outputs[output].values, outputs[output].shape);
    ++statistics.images;
  });
  base::write_json(job.output, to_json(statistics));
  return {{"images", statistics.images},
          {"values", statistics.values.size()},
          {"output", job.output.string()},
          {"data", task::to_json(info)}};
}

}  // namespace cradle::deploy
