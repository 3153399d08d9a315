// Hands a job to a worker beside the program and measures it as any foreign command.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/measure/run.h"
#include "cradle/record/job.h"

namespace cradle::measure {

/// The worker program "cradle-<name>": in the folder that CRADLE_LIBEXEC names, else in libexec/cradle beside the
/// program or beside the program's folder. Throws Error with the folders that were searched.
std::filesystem::path worker_program(std::string_view name);

/// Thrown when a worker did not do its job; it holds what that cost all the same.
class JobFailed : public base::Error {
 public:
  JobFailed(const std::string& message, record::RunRecord record)
      : base::Error(message), record_(std::make_shared<const record::RunRecord>(std::move(record))) {}
  const record::RunRecord& record() const { return *record_; }

 private:
  std::shared_ptr<const record::RunRecord> record_;  // an exception must be copied without fail
};

/// Thrown when a worker was ended by SIGINT or SIGTERM: somebody wants an end, and nothing else shall be tried instead.
class Interrupted : public JobFailed {
 public:
  using JobFailed::JobFailed;
};

struct JobDone {
  record::RunRecord record;
  base::Json answer;
  std::filesystem::path file;  ///< of the record; "" if it is not kept
};

/// Writes the job file into a temporary folder (removed afterwards), runs the worker under the meter and reads its
/// answer. `job.answer` may be empty: then the answer stays in that folder and only its JSON is returned. What the
/// worker writes to stderr passes through. Throws JobFailed with the worker's own sentence if it fails, Error if it
/// could not be started.
JobDone run_job(std::string_view worker, record::Job job, Options options);

}  // namespace cradle::measure
