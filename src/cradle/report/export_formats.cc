// To add a format: its file, and one line here.
#include "cradle/report/export_formats.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/codecarbon_export.h"

namespace cradle::report {
namespace {

constexpr std::array kFormats = {
    ExportFormat{"codecarbon", "emissions.csv with the 38 columns of CodeCarbon 3.3.0", codecarbon_csv},
};

}  // namespace

std::span<const ExportFormat> export_formats() { return kFormats; }

const ExportFormat& export_format(std::string_view name) {
  std::vector<std::string> names;
  for (const ExportFormat& format : kFormats) {
    if (format.name == name) return format;
    names.emplace_back(format.name);
  }
  base::fail_usage("'{}' is not a format; expected {}{}", name, fmt::join(names, ", "), base::suggestion(name, names));
}

}  // namespace cradle::report
