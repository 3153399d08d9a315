// Sums over jobs.
#include "cradle/recipe/ledger.h"

#include <algorithm>
#include <string>

namespace cradle::recipe {

namespace fs = std::filesystem;

void charge(Ledger& ledger, const record::RunRecord& record, const fs::path& file) {
  charge(ledger, Ledger{record.billed.j, record.duration_s, record::is_modelled(record), {file}});
}

void charge(Ledger& ledger, const Ledger& other) {
  ledger.joules.value += other.joules.value;
  ledger.joules.low += other.joules.low;
  ledger.joules.high += other.joules.high;
  ledger.seconds += other.seconds;
  ledger.modelled = ledger.modelled || other.modelled;
  ledger.records.insert(ledger.records.end(), other.records.begin(), other.records.end());
}

Ledger ledger_from(const std::vector<fs::path>& records) {
  Ledger ledger;
  for (const fs::path& file : records) charge(ledger, record::read_record(file), file);
  return ledger;
}

std::vector<fs::path> records_in(const fs::path& folder, std::string_view stem) {
  std::vector<fs::path> records;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".json" && entry.path().filename().string().starts_with(stem))
      records.push_back(entry.path());
  std::sort(records.begin(), records.end());
  return records;
}

}  // namespace cradle::recipe
