// The workers' jobs as plain functions: arguments in, checked answers out, each measured.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/measure/job.h"
#include "cradle/measure/run.h"
#include "cradle/record/run_record.h"

namespace cradle::recipe {

/// Where runs are recorded and how they are measured; handed to every step.
struct Workspace {
  std::filesystem::path folder;  ///< models and records are written here
  measure::Options measuring;    ///< of every job; its name is set for each
  int threads = 1;
  bool progress = true;  ///< lines on stderr
  std::string lost{};    ///< jobs that fail or are ended leave a record runs/LOST-N-KIND.json; "": none
};

/// A measured job: what the worker answered and what it cost.
struct Done {
  record::RunRecord record;
  base::Json answer;
};

/// Runs `worker` ("graph", "learn", "deploy") on a job of `kind`, measured under `name`. Throws Error with the worker's
/// own message if it fails, measure::Interrupted if somebody ended it.
Done run_job(const Workspace& workspace, const std::string& worker, const std::string& kind, const std::string& name,
             base::Json arguments);

/// Writes a record to folder/runs/NAME.json and returns the path.
std::filesystem::path keep(const Workspace& workspace, const record::RunRecord& record, const std::string& file);

/// What `cradle-graph inspect` says of a model file; `more` is added to its arguments.
record::Model inspect(const Workspace& workspace, const std::filesystem::path& model,
                      base::Json more = base::Json::object());

}  // namespace cradle::recipe
