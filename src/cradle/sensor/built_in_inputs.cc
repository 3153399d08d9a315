// The figures that prepare_inputs.cc wrote when the program was built.
#include "cradle/base/embedded.h"
#include "cradle/sensor/inputs.h"

namespace cradle::sensor {

namespace prepared {
const std::vector<base::EmbeddedFile>& embedded_files();  // power_figures.tsv
}

PowerModelInputs built_in_power_inputs(const MachineFacts& facts) {
  return power_inputs(figures_in(prepared::embedded_files().at(0).bytes, facts.record.cpu), facts);
}

}  // namespace cradle::sensor
