// What work cost, and the run records that say so.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/record/run_record.h"

namespace cradle::recipe {

/// A sum over jobs.
struct Ledger {
  base::Interval joules{};  ///< billed; the meter's errors are taken to be common, so that ends add up
  double seconds = 0;
  bool modelled = false;                         ///< whether some of the joules are
  std::vector<std::filesystem::path> records{};  ///< one of each job
};

/// Adds a job.
void charge(Ledger& ledger, const record::RunRecord& record, const std::filesystem::path& file);
void charge(Ledger& ledger, const Ledger& other);
/// Of these files. Throws Error for one that is damaged.
Ledger ledger_from(const std::vector<std::filesystem::path>& records);

/// The *.json of a folder whose names begin with `stem`, sorted; none where there is no such folder.
std::vector<std::filesystem::path> records_in(const std::filesystem::path& folder, std::string_view stem = "");

}  // namespace cradle::recipe
