// The system call behind performance events, the environment, and the clock.
#include "cradle/sensor/site.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "cradle/sensor/ipmi.h"
#include "cradle/sensor/rpi_pmic.h"

namespace cradle::sensor {
namespace {

int open_event(std::uint32_t type, std::uint64_t config, int cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  const long fd = ::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  return fd < 0 ? -errno : static_cast<int>(fd);
}

/// The kernel gives the first PID namespace this fixed number (include/linux/proc_ns.h, PROC_PID_INIT_INO).
bool sees_own_process_ids() {
  char name[64] = {};
  const ssize_t n = ::readlink("/proc/self/ns/pid", name, sizeof name - 1);
  return n <= 0 || std::string_view(name) == "pid:[4026531836]";
}

}  // namespace

double monotonic_s() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

Site this_machine() {
  Site site;
  site.open_event = open_event;
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) site.cuda_visible_devices = visible;
  const char* order = std::getenv("CUDA_DEVICE_ORDER");
  site.gpus_by_bus = order && std::string_view(order) == "PCI_BUS_ID";
  site.own_process_ids = sees_own_process_ids();
  site.ask_bmc = ipmi_device("/dev/ipmi0");
  site.ask_firmware = rpi_firmware("/dev/vcio");
  return site;
}

}  // namespace cradle::sensor
