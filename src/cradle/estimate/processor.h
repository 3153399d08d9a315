// Which microarchitecture a processor is of, from what Linux says of it: it decides the operations per cycle.
#pragma once

#include <string>
#include <string_view>

namespace cradle::estimate {

struct Processor {
  std::string model;  ///< as /proc/cpuinfo has it: "AMD EPYC 9654 96-Core Processor"
  std::string kind;   ///< row of cpu.ops_per_cycle_*: "zen4", else its widest instruction set: "avx2"; "": not known
  std::string instructions = {};  ///< the row of its widest instruction set, for what is not known of its kind
  bool vnni = false;              ///< sums products of eight bits in 32 bits at once (AVX-512 VNNI, AVX-VNNI)
};

/// From the text of /proc/cpuinfo: the kind by vendor, family and model number, else by its flags.
Processor processor_in(std::string_view cpuinfo);

/// From a model name alone ("AMD EPYC 7763", "Intel Xeon Gold 6248R"): the kind where the name tells the generation.
Processor processor_named(std::string_view model);

}  // namespace cradle::estimate
