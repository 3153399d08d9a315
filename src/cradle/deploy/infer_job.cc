// Warm-up, the measured window, latency of single images, and the quality on the held-out split.
#include "cradle/deploy/infer_job.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/latency.h"
#include "cradle/deploy/onnxruntime_executor.h"  // kMostThreads
#include "cradle/deploy/peak_memory.h"
#include "cradle/deploy/sample_pool.h"
#include "cradle/record/marks.h"
#include "cradle/task/judge.h"

namespace cradle::deploy {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWindowImages = 256;
constexpr std::size_t kMostSingleImages = 1000;  // for latency beside a window of larger batches
constexpr std::uint64_t kBootstrapSeed = 1;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Deals out the pool's batches, round and round.
class Feeder {
 public:
  Feeder(Executor& executor, const SamplePool& pool, std::size_t batch)
      : executor_(executor), pool_(pool), batch_(batch) {}
  /// Seconds of one inference.
  double run_next() {
    const std::span<const float> pixels = pool_.batch(next_, batch_);
    next_ = next_ + 2 * batch_ > pool_.count() ? 0 : next_ + batch_;
    const Clock::time_point begin = Clock::now();
    run_images(executor_, pool_.image, pixels, batch_);
    return seconds_between(begin, Clock::now());
  }

 private:
  Executor& executor_;
  const SamplePool& pool_;
  std::size_t batch_;
  std::size_t next_ = 0;
};

void warm_up(Feeder& feeder, double seconds) {
  double spent = 0;
  for (int runs = 0; runs < 3 || spent < seconds; ++runs) spent += feeder.run_next();
}

struct Window {
  std::size_t images = 0;
  double seconds = 0;
  LatencyLog log;
};

/// The stretch whose energy counts: nothing in it but inference, a clock and a counter.
Window measure_window(Feeder& feeder, const InferJob& job) {
  Window window;
  record::mark("window-begin");
  const Clock::time_point begin = Clock::now();
  do {
    window.log.add(feeder.run_next());
    window.images += job.batch;
    window.seconds = seconds_between(begin, Clock::now());
  } while (window.seconds < job.seconds || window.images < job.images);
  record::mark("window-end");
  return window;
}

base::Json to_json(const LatencySummary& latency) {
  return {{"min", latency.min_ms}, {"median", latency.median_ms}, {"p95", latency.p95_ms}};
}

/// Latency is that of one image alone: the window's own if its batch is 1, else of single runs after it.
void answer_latency(base::Json& answer, const Window& window, Executor& executor, const SamplePool& pool,
                    const InferJob& job) {
  if (job.batch == 1) {
    answer["latency_ms"] = to_json(window.log.summary());
    return;
  }
  const std::int64_t takes = executor.describe().inputs[0].shape[0];
  if (takes > 1) {
    answer["latency_ms"] = nullptr;
    answer["latency_missing"] = fmt::format("the model's batch is fixed at {}, so no image runs alone", takes);
    return;
  }
  Feeder feeder(executor, pool, 1);
  warm_up(feeder, job.warm_up_s);
  LatencyLog log;
  for (std::size_t i = 0; i < std::min(kMostSingleImages, pool.count()); ++i) log.add(feeder.run_next());
  answer["latency_ms"] = to_json(log.summary());
}

std::unique_ptr<task::Judge> judge_of(const Executor& executor, const task::DataSet& data) {
  const Description& model = executor.describe();
  return base::about(model.model, [&] { return task::judge_for(data.info(), task::anchors_in(model.metadata)); });
}

/// What the task's judge says of the split: the qualities, and of classification which images were right.
void answer_quality(base::Json& answer, Executor& executor, const task::DataSet& data, const InferJob& job) {
  answer["qualities"] = base::Json::array();
  answer["right"] = nullptr;
  answer["split"] = std::string(task::name_of(job.split));
  if (job.quality_images == 0) return;
  const std::size_t images = whole_batches(data, job.split, job.quality_images, job.batch);
  const auto judge = judge_of(executor, data);
  for (std::size_t first = 0; first < images; first += job.batch) {  // no more than a batch lies in memory
    const SamplePool one = make_sample_pool(data, job.split, first, job.batch, job.normalisation);
    judge->see(run_images(executor, one.image, one.pixels, job.batch), one.truth);
  }
  const std::vector<task::Quality> qualities = judge->qualities(job.resamples, kBootstrapSeed);
  for (const task::Quality& q : qualities) answer["qualities"].push_back(task::to_json(q));
  if (!qualities.empty()) answer["draws"] = qualities.front().draws;
  std::string right;
  for (const std::uint8_t one : judge->right()) right += one ? '1' : '0';
  answer["right"] = right.empty() ? base::Json(nullptr) : base::Json(right);
}

/// Outputs that do not fit the task shall cost nobody the window.
void check_outputs(Executor& executor, const task::DataSet& data, const SamplePool& pool, std::size_t batch) {
  judge_of(executor, data)
      ->see(run_images(executor, pool.image, pool.batch(0, batch), batch), std::span(pool.truth).first(batch));
}

base::Json kernels_json(const InferJob& job, const SamplePool& pool, const Description& description) {
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(job.batch), pool.image.channels, pool.image.height,
                                           pool.image.width};
  const TensorView input{description.inputs[0].name, shape, pool.batch(0, job.batch)};
  return engine_kernels(job.model, job.engine, job.threads, {&input, 1});
}

/// Images of the data set, or noise: batches that together hold kWindowImages, of large images fewer.
SamplePool pool_for(const Description& takes, const task::DataSet* data, const InferJob& job) {
  if (data) {
    const task::ImageShape& image = data->info().image;
    check_takes(takes, image, job.batch);
    const std::size_t wanted = images_within(kMostPoolBytes, kWindowImages, job.batch, image);
    return make_sample_pool(*data, job.split, 0, whole_batches(*data, job.split, wanted, job.batch), job.normalisation);
  }
  constexpr std::size_t kNoiseBatches = 4;
  const task::ImageShape image = request_for(takes, job.task, {}, 0, job.image).image;
  return noise_pool(takes, job.image, images_within(kMostPoolBytes, kNoiseBatches * job.batch, job.batch, image));
}

void say(bool progress, std::string_view what) {
  if (progress) fmt::print(stderr, "cradle-deploy: {}\n", what);
}

}  // namespace

InferJob infer_job_from(const base::Json& arguments, std::string_view where) {
  static const std::vector<std::string> known = {
      "model",     "threads",        "batch",     "warm_up_s", "seconds",   "images", "task",     "data", "split",
      "data_seed", "quality_images", "resamples", "engine",    "precision", "size",   "channels", "mean", "deviation"};
  base::json_only_keys(arguments, known, where);
  InferJob job;
  job.model = base::json_string(arguments, "model", where);
  job.engine = engine_from(arguments, where);
  job.threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  job.batch = count_between(arguments, "batch", 1, 1, 4096, where);
  job.warm_up_s = number_between(arguments, "warm_up_s", job.warm_up_s, 0, 3600, where);
  job.images = count_between(arguments, "images", 0, 0, 1'000'000'000, where);
  job.seconds = number_between(arguments, "seconds", job.images > 0 ? 0.0 : job.seconds, 0, 86400, where);
  job.task = base::json_string_or(arguments, "task", job.task, where);
  if (job.task != kNoTask) task::check_task(job.task);
  job.data = base::json_string_or(arguments, "data", "", where);
  job.image = task::image_from(arguments, where);
  job.normalisation = task::normalisation_from(arguments, where);
  job.split = task::split_named(base::json_string_or(arguments, "split", "test", where));
  job.data_seed = count_between(arguments, "data_seed", job.data_seed, 0, std::size_t{1} << 53, where);
  job.quality_images = count_between(arguments, "quality_images", job.quality_images, 0, 1'000'000, where);
  job.resamples = static_cast<int>(count_between(arguments, "resamples", 1000, 1, 100'000, where));
  return job;
}

base::Json infer(const InferJob& job, bool progress) {
  const Description takes = open_engine(job.model, job.engine, job.threads)->describe();
  const std::unique_ptr<task::DataSet> data =
      job.task == kNoTask ? nullptr
                          : task::open_data_set(request_for(takes, job.task, job.data, job.data_seed, job.image));
  const SamplePool pool = pool_for(takes, data.get(), job);
  check_takes(takes, pool.image, job.batch);
  if (data)
    base::about(job.model.string(),
                [&] { check_outputs(*open_engine(job.model, job.engine, job.threads), *data, pool, job.batch); });
  // The model is opened anew, so that memory is that of loading, warm-up and window alone.
  const bool peak_is_of_window = restart_peak_memory();
  const auto executor = open_engine(job.model, job.engine, job.threads);

  say(progress, fmt::format("warming up {} for {} s, then measuring", job.model.string(), job.warm_up_s));
  Feeder feeder(*executor, pool, job.batch);
  warm_up(feeder, job.warm_up_s);
  const Window window = measure_window(feeder, job);
  const auto peak = peak_memory_bytes();

  say(progress, fmt::format("{} images in {:.2f} s{}", window.images, window.seconds,
                            job.quality_images > 0 ? fmt::format("; now the quality on {} images of the split '{}'",
                                                                 job.quality_images, task::name_of(job.split))
                                                   : ""));
  base::Json answer = {{"images", window.images},
                       {"window_s", window.seconds},
                       {"batch", job.batch},
                       {"threads", job.threads},
                       {"throughput_per_s", static_cast<double>(window.images) / window.seconds}};
  answer_latency(answer, window, *executor, pool, job);
  answer["qualities"] = base::Json::array();
  if (data) answer_quality(answer, *executor, *data, job);
  answer["peak_rss_bytes"] = peak ? base::Json(*peak) : base::Json(nullptr);
  answer["peak_rss_of"] = peak_is_of_window ? "loading, warm-up and window" : "the whole process";
  answer["engine"] = {{"name", executor->describe().engine},
                      {"version", executor->describe().engine_version},
                      {"precision", job.engine.precision}};
  if (const std::string note = engine_note(job.engine); !note.empty()) answer["engine"]["note"] = note;
  answer["data"] = data ? task::to_json(data->info()) : base::Json(nullptr);
  answer["kernels"] = kernels_json(job, pool, executor->describe());
  const std::string bytes = base::read_file(job.model);
  answer["model"] = {{"file", job.model.string()}, {"sha256", base::sha256_of(bytes)}, {"size_bytes", bytes.size()}};
  return answer;
}

}  // namespace cradle::deploy
