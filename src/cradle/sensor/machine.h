// What machine this is: processors, memory, and whether a hypervisor or container stands between.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/record/run_record.h"
#include "cradle/sensor/limits.h"

namespace cradle::sensor {

/// Facts that discovery and models need. Absent facts are empty or zero.
struct MachineFacts {
  record::Machine record;  ///< as it goes into the run record
  int online_cpus = 1;     ///< logical CPUs of the machine, of this run or not
  int sockets = 1;
  bool virtual_machine = false;
  std::string container;  ///< "docker", "podman", … or ""
  Limits limits;          ///< of the control groups around this process
  double cpu_share = 1;   ///< of the machine's CPUs that a model counts: all, in a container what its limit allows
  double usable_memory_gb = 0;  ///< likewise
};

/// Reads `root`/proc and `root`/sys ("/" on a real machine; a test's folder otherwise). Never throws. Some 0.3 ms.
MachineFacts machine_facts(const std::filesystem::path& root);

/// The numbers that a kernel list such as "0-3,8,10-11" names (7 here); empty if it is not such a list.
std::vector<int> numbers_in_list(std::string_view list);

}  // namespace cradle::sensor
