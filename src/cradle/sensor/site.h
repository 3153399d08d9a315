// Where sensors are looked for: the real machine, or one that a test made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace cradle::sensor {

/// Opens a performance event of the kernel on one CPU: its descriptor, or −errno. A test hands out its own.
using OpenEvent = std::function<int(std::uint32_t type, std::uint64_t config, int cpu)>;

/// Asks a device a question in its own bytes: its answer, or "" and the reason.
using Ask = std::function<std::string(const std::string& question, std::string& why)>;

/// Seconds on CLOCK_MONOTONIC.
double monotonic_s();

/// What discovery may look at. All members have the values of a real machine's defaults where that is possible.
struct Site {
  std::filesystem::path root = "/";                 ///< sysfs, procfs and device files lie under it
  OpenEvent open_event;                             ///< empty: no performance events
  std::string nvml_library = "libnvidia-ml.so.1";   ///< as dlopen takes it; "": do not look for NVIDIA GPUs
  std::optional<std::string> cuda_visible_devices;  ///< as the run will see it; absent: all GPUs
  bool all_gpus = false;                            ///< read every GPU, also those the run cannot see
  bool own_process_ids = true;                      ///< false in a container: drivers speak of the host's process ids
  std::string wattmeter;                            ///< file, FIFO, device or Unix socket that yields watts; "": none
  Ask ask_firmware;                                 ///< the Raspberry Pi's firmware; empty: not a Raspberry Pi
  Ask ask_bmc;                                      ///< the board's management controller (IPMI); empty: none
  bool gpus_by_bus = false;                         ///< CUDA_DEVICE_ORDER=PCI_BUS_ID: CUDA numbers GPUs as NVML does
  std::function<double()> seconds = monotonic_s;    ///< a clock that a test moves by hand
};

/// The machine that this program runs on, with CUDA_VISIBLE_DEVICES of its environment.
Site this_machine();

}  // namespace cradle::sensor
