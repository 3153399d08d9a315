// The records in the folder of runs, and one of them by its id.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/record/run_record.h"

namespace cradle::cli {

/// Files of the folder with an extension (".json", ".journal"), oldest first (ids begin with their time).
std::vector<std::filesystem::path> kept_files(std::string_view extension);

/// The record with this id, or the only one whose id begins so; a journal is recovered in memory. A path ("run.json",
/// "./x") is read as it stands. Throws Error with the nearest id if there is none.
record::RunRecord kept_run(const std::string& id_or_path);

/// What a list of runs says of one of them, as JSON.
base::Json listed(const record::RunRecord& run);
/// "20260102-…  train  1.2 kJ in 3.0 s": one run that a command has made.
std::string line_of(const record::RunRecord& run);

}  // namespace cradle::cli
