// The machine from procfs, sysfs and, on x86, the hypervisor's CPUID leaf.
#include "cradle/sensor/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

constexpr int kMostCpus = 1 << 16;  // beyond any kernel (NR_CPUS is 8192 at most): a list that says more is broken

/// The value of the first "key : value" line of a text such as /proc/cpuinfo.
std::string value_of(std::string_view text, std::string_view key) {
  for (const std::string& line : base::split(text, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && base::trim(std::string_view(line).substr(0, colon)) == key)
      return std::string(base::trim(std::string_view(line).substr(colon + 1)));
  }
  return "";
}

int sockets_of(const fs::path& root, int cpus) {
  std::set<std::string> ids;
  for (int cpu = 0; cpu < cpus; ++cpu) {
    const auto id =
        attribute_text(root / fmt::format("sys/devices/system/cpu/cpu{}/topology/physical_package_id", cpu));
    if (id) ids.insert(*id);
  }
  return std::max<int>(1, static_cast<int>(ids.size()));
}

int usable_cpus(const fs::path& root, int online) {
  cpu_set_t set;
  if (root != "/" || sched_getaffinity(0, sizeof set, &set) != 0) return online;
  return CPU_COUNT(&set);
}

/// "kvm", "vmware", …: the signature that a hypervisor gives in CPUID leaf 0x40000000.
std::string hypervisor_signature() {
#if defined(__x86_64__) || defined(__i386__)
  constexpr std::array<std::pair<const char*, const char*>, 6> kSignatures = {{{"KVMKVMKVM", "kvm"},
                                                                               {"Microsoft Hv", "hyper-v"},
                                                                               {"VMwareVMware", "vmware"},
                                                                               {"XenVMMXenVMM", "xen"},
                                                                               {"bhyve bhyve ", "bhyve"},
                                                                               {"TCGTCGTCGTCG", "qemu"}}};
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid(0x40000000, a, b, c, d);
  char signature[13] = {};
  std::memcpy(signature, &b, 4);
  std::memcpy(signature + 4, &c, 4);
  std::memcpy(signature + 8, &d, 4);
  for (const auto& [text, name] : kSignatures)
    if (std::strcmp(signature, text) == 0) return name;
#endif
  return "virtual machine";
}

std::string container_kind(const fs::path& root) {
  std::error_code ignored;
  if (fs::exists(root / "run/.containerenv", ignored)) return "podman";
  if (fs::exists(root / ".dockerenv", ignored)) return "docker";
  if (fs::exists(root / "run/systemd/container", ignored))
    return attribute_text(root / "run/systemd/container").value_or("container");
  if (fs::exists(root / "var/run/secrets/kubernetes.io", ignored)) return "kubernetes";
  return "";
}

}  // namespace

std::vector<int> numbers_in_list(std::string_view list) {
  std::vector<int> numbers;
  for (const std::string& piece : base::split(base::trim(list), ',')) {
    int first = 0, last = 0;
    char rest = 0;
    const int read = std::sscanf(piece.c_str(), "%d-%d%c", &first, &last, &rest);
    const bool one = read == 1 && piece.find_first_not_of("0123456789") == std::string::npos;
    if (!one && (read != 2 || last < first || last - first > kMostCpus)) return {};
    for (int n = first; n <= (one ? first : last); ++n) numbers.push_back(n);
  }
  return numbers;
}

MachineFacts machine_facts(const fs::path& root) {
  MachineFacts facts;
  const std::string cpuinfo = attribute_text(root / "proc/cpuinfo").value_or("");  // 4 KiB: the first processors
  facts.record.cpu = value_of(cpuinfo, "model name");
  if (facts.record.cpu.empty())  // ARM boards name themselves in the device tree
    facts.record.cpu = attribute_text(root / "proc/device-tree/model").value_or("");
  while (!facts.record.cpu.empty() && facts.record.cpu.back() == '\0') facts.record.cpu.pop_back();

  facts.online_cpus = std::max<int>(
      1, static_cast<int>(numbers_in_list(attribute_text(root / "sys/devices/system/cpu/online").value_or("")).size()));
  facts.sockets = sockets_of(root, facts.online_cpus);
  facts.record.logical_cpus = usable_cpus(root, facts.online_cpus);

  const std::string memory = value_of(attribute_text(root / "proc/meminfo").value_or(""), "MemTotal");
  facts.record.memory_gb = std::atof(memory.c_str()) * 1024 / 1e9;  // "24643584 kB", of 1024 bytes

  const std::string flags = " " + value_of(cpuinfo, "flags") + " ";
  facts.virtual_machine = flags.find(" hypervisor ") != std::string::npos || fs::exists(root / "sys/hypervisor/type");
  facts.container = container_kind(root);
  if (facts.virtual_machine) facts.record.virtualised = root == "/" ? hypervisor_signature() : "virtual machine";
  if (!facts.container.empty())
    facts.record.virtualised += (facts.record.virtualised.empty() ? "" : " + ") + facts.container;

  facts.limits = limits_of(root);
  facts.usable_memory_gb = facts.record.memory_gb;
  if (!facts.container.empty()) {
    facts.cpu_share = std::min(1.0, facts.limits.cpus.value_or(facts.online_cpus) / facts.online_cpus);
    facts.usable_memory_gb = std::min(facts.record.memory_gb, facts.limits.memory_gb.value_or(facts.record.memory_gb));
  }

  const std::string id = attribute_text(root / "etc/machine-id").value_or("");
  if (!id.empty()) facts.record.host_id = base::sha256_of("cradle " + id).substr(0, 16);
  utsname system{};
  if (uname(&system) == 0) facts.record.kernel = system.release;
  return facts;
}

}  // namespace cradle::sensor
