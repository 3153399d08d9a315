// The formats that records can be exported to, one line each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cradle/record/run_record.h"

namespace cradle::report {

struct ExportFormat {
  std::string_view name;  ///< as it is typed: "codecarbon"
  std::string_view what;  ///< for the help
  /// The whole file; `program` is "cradle 0.1.0".
  std::string (*write)(std::span<const record::RunRecord> runs, std::string_view program);
};

/// All of them.
std::span<const ExportFormat> export_formats();
/// Throws a usage Error with the nearest name if there is none.
const ExportFormat& export_format(std::string_view name);

}  // namespace cradle::report
