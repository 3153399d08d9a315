// What machine this is: processors, memory, and whether a hypervisor or container stands between.
#pragma once

#include <filesystem>
#include <string>

#include "cradle/record/run_record.h"

namespace cradle::sensor {

/// Facts that discovery and models need. Absent facts are empty or zero.
struct MachineFacts {
  record::Machine record;  ///< as it goes into the run record
  int online_cpus = 1;     ///< logical CPUs of the machine, of this run or not
  int sockets = 1;
  bool virtual_machine = false;
  std::string container;  ///< "docker", "podman", … or ""
};

/// Reads `root`/proc and `root`/sys ("/" on a real machine; a test's folder otherwise). Never throws. Some 0.3 ms.
MachineFacts machine_facts(const std::filesystem::path& root);

/// How many numbers a kernel list such as "0-3,8,10-11" names (7 here); 0 if it is not such a list.
int count_in_list(std::string_view list);

}  // namespace cradle::sensor
