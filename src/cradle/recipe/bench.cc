// Measuring models against each other.
#include "cradle/recipe/bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/answers.h"
#include "cradle/recipe/bench_commands.h"

namespace cradle::recipe {
namespace {

Done infer(const Workspace& workspace, const BenchRequest& request, int images, const Benched& b) {
  prepare(workspace, request.plan.prepare);
  base::Json arguments = {{"model", b.model.string()},
                          {"threads", workspace.threads},
                          {"seconds", request.seconds},
                          {"split", "test"},
                          {"task", b.task},
                          {"engine", request.engine},
                          {"precision", request.precision},
                          {"quality_images", images}};
  add_to(arguments, request.own, b.task);
  arguments["batch"] = request.batch;
  return run_job(workspace, "deploy", "infer", "bench " + b.name, std::move(arguments));
}

/// Which engine ran it, and what must be known beside its figures on this processor.
void read_engine(const base::Json& answer, const std::string& where, Benched& b) {
  const base::Json& engine = base::json_member(answer, "engine", where);
  b.engine =
      fmt::format("{} {}", base::json_string(engine, "name", where), base::json_string(engine, "version", where));
  b.note = base::json_string_or(engine, "note", "", where);
}

Sample run_once(const Workspace& workspace, const BenchRequest& request, int repeat, const std::string& file,
                Benched& b) {
  const std::string where = "answer of cradle-deploy";
  Done done = infer(workspace, request, repeat == 0 ? request.images : 0, b);
  record::RunRecord& r = done.record;
  r.work = record::Work{"image", base::json_number(done.answer, "images", where)};
  r.latency = latency_from(base::json_member(done.answer, "latency_ms", where), where);
  if (const base::Json peak = done.answer.value("peak_rss_bytes", base::Json()); peak.is_number())
    b.peak_rss_bytes = std::max(b.peak_rss_bytes.value_or(0), peak.get<double>());
  if (repeat == 0) {
    read_engine(done.answer, where, b);
    if (b.task != kNoTask) b.qualities = qualities_from(done.answer, where);
    if (!b.qualities.empty()) b.quality = b.qualities.front();
    b.right = base::json_string_or(done.answer, "right", "", where);
    b.draws = draws_from(done.answer, where);
  }
  if (!b.qualities.empty()) r.quality = b.quality;
  if (b.task != kNoTask) r.data = data_from(done.answer, where);
  r.model = b.info;
  BenchRun run;
  run.cpu = note_cpu(r);
  const record::Window w = record::between(r, "window-begin", "window-end");
  run.sample = {w.s / r.work->amount, w.j / r.work->amount};
  if (workspace.measuring.scope == meter::Scope::kMachine) run.machine_j = run.sample.j;
  run.file = keep(workspace, r, fmt::format("bench-{}-{}", file, repeat + 1));
  run.record = std::move(r);
  b.runs.push_back(std::move(run));
  return b.runs.back().sample;
}

/// Names of the models and of their files: "fp32", or, where two files have one name, told apart.
struct Names {
  std::vector<std::string> shown, files;
};
Names names_of(const std::vector<std::filesystem::path>& models) {
  Names names;
  for (const auto& model : models) {
    const bool alone = std::count_if(models.begin(), models.end(),
                                     [&](const auto& other) { return other.stem() == model.stem(); }) == 1;
    names.shown.push_back(alone ? model.stem().string() : model.string());
    names.files.push_back(alone ? model.stem().string()
                                : fmt::format("{}-{}", names.files.size() + 1, model.stem().string()));
  }
  names.shown = told_apart(std::move(names.shown));
  return names;
}

}  // namespace

Bench bench(const Workspace& workspace, const BenchRequest& request) {
  if (request.models.empty()) base::fail_usage("bench needs at least one model");
  check_plan(request.plan);
  Bench result;
  result.unit = "image";
  auto& all = result.results;
  const Names names = names_of(request.models);
  for (const auto& model : request.models) {
    Benched b;
    b.model = model;
    b.name = names.shown[all.size()];
    base::Json extents = base::Json::object();
    add_input_shape(extents, request.own);
    b.info = inspect(workspace, model, std::move(extents));
    if (request.precision != "as-model") b.info.precision = request.precision;
    b.task = task_to_bench(workspace, model, request.task, request.own);
    if (!all.empty() && all.front().task != b.task)
      base::fail_usage(
          "{} is a model of {}, {} one of {}: they are not measured against each other (--task none: speed "
          "and energy alone)",
          all.front().model.string(), all.front().task, model.string(), b.task);
    all.push_back(std::move(b));
  }
  fill(result, workspace, request.plan,
       {names.shown,
        [&](std::size_t c, int round) { return run_once(workspace, request, round, names.files[c], all[c]); },
        [&](std::size_t c) { infer(workspace, request, 0, all[c]); }, steady_seconds, request.tell});
  return result;
}

}  // namespace cradle::recipe
