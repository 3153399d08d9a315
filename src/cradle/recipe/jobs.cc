// The workers' jobs as plain functions.
#include "cradle/recipe/jobs.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/record/job.h"

namespace cradle::recipe {

namespace {

/// What was spent is spent, whatever came of it.
void keep_lost(const Workspace& workspace, record::RunRecord record, const std::string& kind, const char* why) {
  record.events.push_back({record.duration_s, "note", "", fmt::format("the job failed: {}", why)});
  for (int n = 1;; ++n) {
    const std::string file = fmt::format("{}-{}-{}", workspace.lost, n, kind);
    if (std::filesystem::exists(workspace.folder / "runs" / (file + ".json"))) continue;
    keep(workspace, record, file);
    return;
  }
}

}  // namespace

Done run_job(const Workspace& workspace, const std::string& worker, const std::string& kind, const std::string& name,
             base::Json arguments) {
  record::Job job;
  job.kind = kind;
  job.arguments = std::move(arguments);
  job.progress = workspace.progress;
  measure::Options options = workspace.measuring;
  options.name = name;
  try {
    auto done = measure::run_job(worker, std::move(job), std::move(options));
    return {std::move(done.record), std::move(done.answer)};
  } catch (const measure::JobFailed& failed) {
    if (!workspace.lost.empty()) keep_lost(workspace, failed.record(), kind, failed.what());
    throw;
  }
}

std::filesystem::path keep(const Workspace& workspace, const record::RunRecord& record, const std::string& file) {
  const auto folder = workspace.folder / "runs";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) base::fail("cannot create {}: {}", folder.string(), error.message());
  const auto path = folder / (file + ".json");
  record::write_record(path, record);
  return path;
}

record::Model inspect(const Workspace& workspace, const std::filesystem::path& model, base::Json more) {
  more["model"] = model.string();
  const Done done = run_job(workspace, "graph", "inspect", "inspect", std::move(more));
  const std::string where = "answer of cradle-graph";
  record::Model m;
  m.file = model.filename().string();
  m.sha256 = base::json_string(done.answer, "sha256", where);
  m.size_bytes = base::json_number(done.answer, "size_bytes", where);
  m.parameters = base::json_number(done.answer, "parameters", where);
  m.macs = base::json_number(done.answer, "macs", where);
  m.precision = base::json_string(done.answer, "precision", where);
  return m;
}

}  // namespace cradle::recipe
