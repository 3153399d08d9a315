// The job file: what a worker is asked to do, and where it puts its answer (cradle.job/1).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cradle/base/json.h"

namespace cradle::record {

inline constexpr std::string_view kJobSchema = "cradle.job/1";

/// A worker is called as `cradle-<worker> JOB.json`. It reads the job, does it, writes its answer atomically to
/// `answer` and exits 0; on failure it prints one line "cradle-<worker>: error: …" to stderr, writes no answer and
/// exits 1. Marks go to CRADLE_MARKS (record/marks.h). Progress goes to stderr if `progress`.
struct Job {
  std::string kind;              ///< "train", "inspect", "instrument", "calibrate", "quantise", "infer"
  base::Json arguments;          ///< the kind's own keys, documented in docs/FORMATS.md
  std::filesystem::path answer;  ///< JSON file to write
  bool progress = false;
};

Job read_job(const std::filesystem::path& path);
void write_job(const std::filesystem::path& path, const Job& job);

}  // namespace cradle::record
