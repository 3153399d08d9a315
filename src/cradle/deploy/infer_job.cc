// Warm-up, the measured window, latency of single images, and the quality on the held-out split.
#include "cradle/deploy/infer_job.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/detector.h"
#include "cradle/deploy/latency.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/deploy/peak_memory.h"
#include "cradle/deploy/scene_pool.h"
#include "cradle/record/marks.h"

namespace cradle::deploy {
namespace {

using Clock = std::chrono::steady_clock;

// 4 MiB of pixels: more than a core's own cache holds, so that a scene comes from further away, as in use.
constexpr std::size_t kWindowScenes = 256;
constexpr double kQualityThreshold = 0.5;        // intersection over union of mAP50
constexpr std::size_t kMostSingleImages = 1000;  // for latency beside a window of larger batches

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Deals out the pool's batches, round and round.
class Feeder {
 public:
  Feeder(Executor& executor, const ScenePool& pool, std::size_t batch)
      : executor_(executor), pool_(pool), batch_(batch) {}
  /// Seconds of one inference.
  double run_next() {
    const std::span<const float> pixels = pool_.batch(next_, batch_);
    next_ = next_ + 2 * batch_ > pool_.count() ? 0 : next_ + batch_;
    const Clock::time_point begin = Clock::now();
    run_scenes(executor_, pixels, batch_);
    return seconds_between(begin, Clock::now());
  }

 private:
  Executor& executor_;
  const ScenePool& pool_;
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
void answer_latency(base::Json& answer, const Window& window, Executor& executor, const ScenePool& pool,
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

std::size_t whole_batches(std::size_t scenes, std::size_t batch) { return (scenes + batch - 1) / batch * batch; }

base::Json quality_of(Executor& executor, const DetectorOutputs& outputs, const InferJob& job) {
  const ScenePool pool = make_scene_pool(job.seed, job.split, whole_batches(job.scenes, job.batch));
  const auto found = detect(executor, outputs, pool, job.batch);
  const base::Interval value = task::mean_average_precision_interval(found, pool.truth, outputs.classes,
                                                                     kQualityThreshold, job.resamples, job.seed);
  return {{"metric", "mAP50"},
          {"value", value.value},
          {"low", value.low},
          {"high", value.high},
          {"split", std::string(task::name_of(job.split))},
          {"images", pool.count()}};
}

base::Json kernels_json(const InferJob& job, const ScenePool& pool, const Description& description) {
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(job.batch), 1, task::kSceneSize, task::kSceneSize};
  const TensorView input{description.inputs[0].name, shape, pool.batch(0, job.batch)};
  base::Json kernels = base::Json::object();
  for (const auto& [op, use] : kernels_of(job.model, {.threads = job.threads}, {&input, 1})) {
    kernels[op] = {{"nodes", use.nodes}, {"microseconds", use.microseconds}};
  }
  return kernels;
}

void say(bool progress, std::string_view what) {
  if (progress) fmt::print(stderr, "cradle-deploy: {}\n", what);
}

}  // namespace

InferJob infer_job_from(const base::Json& arguments, std::string_view where) {
  static const std::vector<std::string> known = {"model",  "threads", "batch", "warm_up_s", "seconds",
                                                 "images", "split",   "seed",  "scenes",    "resamples"};
  base::json_only_keys(arguments, known, where);
  InferJob job;
  job.model = base::json_string(arguments, "model", where);
  job.threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  job.batch = count_between(arguments, "batch", 1, 1, 4096, where);
  job.warm_up_s = number_between(arguments, "warm_up_s", job.warm_up_s, 0, 3600, where);
  job.images = count_between(arguments, "images", 0, 0, 1'000'000'000, where);
  job.seconds = number_between(arguments, "seconds", job.images > 0 ? 0.0 : job.seconds, 0, 86400, where);
  job.split = task::split_named(base::json_string_or(arguments, "split", "test", where));
  job.seed = count_between(arguments, "seed", job.seed, 0, std::size_t{1} << 53, where);
  job.scenes = count_between(arguments, "scenes", job.scenes, 0, 100'000, where);
  job.resamples = static_cast<int>(count_between(arguments, "resamples", 1000, 1, 100'000, where));
  return job;
}

base::Json infer(const InferJob& job, bool progress) {
  // The model first: a file that cannot be run should cost nobody the making of the scenes. It is let go again, so
  // that memory is that of the window alone.
  check_takes_scenes(open_onnxruntime(job.model, {.threads = job.threads})->describe(), job.batch);
  const ScenePool pool = make_scene_pool(job.seed, job.split, whole_batches(kWindowScenes, job.batch));
  const bool peak_is_of_window = restart_peak_memory();
  const auto executor = open_onnxruntime(job.model, {.threads = job.threads});
  const DetectorOutputs outputs =
      detector_outputs(executor->describe(), run_scenes(*executor, pool.batch(0, job.batch), job.batch));

  say(progress, fmt::format("warming up {} for {} s, then measuring", job.model.string(), job.warm_up_s));
  Feeder feeder(*executor, pool, job.batch);
  warm_up(feeder, job.warm_up_s);
  const Window window = measure_window(feeder, job);
  const auto peak = peak_memory_bytes();

  say(progress, fmt::format("{} images in {:.2f} s{}", window.images, window.seconds,
                            job.scenes > 0 ? fmt::format("; now the quality on {} scenes of the split '{}'", job.scenes,
                                                         task::name_of(job.split))
                                           : ""));
  base::Json answer = {{"images", window.images},
                       {"window_s", window.seconds},
                       {"batch", job.batch},
                       {"threads", job.threads},
                       {"throughput_per_s", static_cast<double>(window.images) / window.seconds}};
  answer_latency(answer, window, *executor, pool, job);
  answer["quality"] = job.scenes > 0 ? quality_of(*executor, outputs, job) : base::Json(nullptr);
  answer["peak_rss_bytes"] = peak ? base::Json(*peak) : base::Json(nullptr);
  answer["peak_rss_of"] = peak_is_of_window ? "loading, warm-up and window" : "the whole process";
  answer["engine"] = {{"name", executor->describe().engine}, {"version", executor->describe().engine_version}};
  answer["kernels"] = kernels_json(job, pool, executor->describe());
  const std::string bytes = base::read_file(job.model);
  answer["model"] = {{"file", job.model.string()}, {"sha256", base::sha256_of(bytes)}, {"size_bytes", bytes.size()}};
  return answer;
}

}  // namespace cradle::deploy
