// cradle-learn: trains and judges models with libtorch. Reads a job file, does the job, writes its answer.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/learn/jobs.h"
#include "cradle/onnx/model_file.h"
#include "cradle/record/job.h"

namespace {

using namespace cradle;

base::Json train(const record::Job& job, std::string_view where) {
  learn::TrainJob wanted = learn::train_job_from(job.arguments, where);
  graph::Graph model = onnx::read_onnx(wanted.model);
  if (job.progress)
    wanted.options.on_epoch = [](const learn::EpochReport& epoch) {
      fmt::print(stderr, "{}\n", learn::progress_line(epoch));
    };
  if (!wanted.saved.empty())
    wanted.options.save = [&](const graph::Graph& now) { onnx::write_onnx(wanted.saved, now); };
  const learn::TrainReport report =
      base::about(wanted.model.string(), [&] { return learn::train(model, wanted.options); });
  if (!wanted.saved.empty() && !std::filesystem::exists(wanted.saved))
    base::fail(
        "{}: the training resumed from a later step than {}, and the file of that step is no longer there; begin "
        "the training anew",
        wanted.saved.string(), wanted.options.save_at_step);
  onnx::write_onnx(wanted.output, model);
  std::error_code ignored;
  std::filesystem::remove(wanted.options.checkpoint, ignored);  // its training is done
  base::Json answer = learn::to_json(report);
  answer["output"] = wanted.output.string();
  if (!wanted.saved.empty()) answer["saved"] = wanted.saved.string();
  return answer;
}

base::Json importance(const record::Job& job, std::string_view where) {
  const learn::ImportanceJob wanted = learn::importance_job_from(job.arguments, where);
  const graph::Graph model = onnx::read_onnx(wanted.model);
  const auto ranked = base::about(wanted.model.string(), [&] { return learn::importance_of(model, wanted.options); });
  base::write_json(wanted.output, learn::to_json(ranked));
  return {{"output", wanted.output.string()}, {"kind", ranked.kind}, {"images", ranked.images}};
}

base::Json evaluate(const record::Job& job, std::string_view where) {
  const learn::EvaluateJob wanted = learn::evaluate_job_from(job.arguments, where);
  const graph::Graph model = onnx::read_onnx(wanted.model);
  const auto report = base::about(wanted.model.string(), [&] { return learn::evaluate(model, wanted.options); });
  return {{"qualities", learn::to_json(report)}, {"split", task::name_of(wanted.options.split)}};
}

base::Json describe(const record::Job& job, std::string_view where) {
  return task::to_json(task::open_data_set(learn::describe_job_from(job.arguments, where).data)->info());
}

base::Json answer_to(const record::Job& job, std::string_view where) {
  if (job.kind == "train") return train(job, where);
  if (job.kind == "evaluate") return evaluate(job, where);
  if (job.kind == "describe") return describe(job, where);
  if (job.kind == "importance") return importance(job, where);
  const std::vector<std::string> kinds = {"describe", "evaluate", "importance", "train"};
  base::fail("{}: cradle-learn does not know the job '{}'; it knows {}{}", where, job.kind, fmt::join(kinds, ", "),
             base::suggestion(job.kind, kinds));
}

/// Keeps the megabytes of activations that every step frees and asks for again, instead of handing them back to the
/// kernel and having each page cleared anew: a sixth of the processor time of a small training (measured).
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
}

/// A waiting OpenMP thread shall sleep and not spin: on a busy machine, spinning threads make a training of two threads
/// more than ten times slower (measured). OpenMP reads the setting when it is loaded, so the program begins anew.
void make_threads_wait_asleep(const record::Job& job, char** argv) {
  if (base::json_number_or(job.arguments, "threads", 1, argv[1]) < 2 || std::getenv("OMP_WAIT_POLICY")) return;
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  ::execv("/proc/self/exe", argv);  // returns only if it fails; then threads spin, and all else is the same
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: cradle-learn JOB.json (called by cradle; the job file is described in FORMATS.md)\n");
    return 2;
  }
  keep_freed_memory();
  try {
    const record::Job job = record::read_job(argv[1]);
    make_threads_wait_asleep(job, argv);
    base::write_json(job.answer, answer_to(job, argv[1]));
    return 0;
  } catch (const base::Error& error) {
    fmt::print(stderr, "cradle-learn: error: {}\n", error.what());
    return error.fault() == base::Fault::kUsage ? 2 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cradle-learn: error: {}\n", error.what());
    return 1;
  }
}
