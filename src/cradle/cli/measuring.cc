// From settings and the catalogue to how a command is measured.
#include "cradle/cli/measuring.h"

#include "cradle/catalog/catalog.h"
#include "cradle/sensor/inputs.h"

namespace cradle::cli {

measure::Options measuring(const std::string& place, const std::string& folder) {
  measure::Options options;
  options.inputs = sensor::built_in_power_inputs;
  if (!place.empty()) {
    options.factor = sensor::grid_factor(catalog::built_in(), place);
    options.place = options.factor->place;
  }
  if (!folder.empty()) options.folder = folder;
  return options;
}

}  // namespace cradle::cli
