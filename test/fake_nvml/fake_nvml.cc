// A stand-in for NVIDIA's management library, whose GPUs stand in the text file that FAKE_NVML names.
//
// The file is read at every call, so that a test may change it between two readings. One word and its value per line;
// "gpu" begins a GPU, and what follows is of it:
//
//   init 9                    nvmlInit_v2 answers 9
//   count 999                 nvmlDeviceGetCount_v2 answers 999
//   gpu NVIDIA H100 PCIe      the next GPU and its name
//   uuid GPU-aaaa
//   energy_mj 12000           total energy
//   energy_w 300              total energy: so many watts since the machine started
//   power_mw 300000           power; of the field "instant power" if instant_mw is not given: not supported
//   instant_mw 310000
//   limit_mw 700000           most of the power limits
//   process 4711              a process that computes; with a second number, in that slice
//   sample 4711 60 1000       SM utilisation in percent, at a time in microseconds
//   mig MIG-aaaa 14           a slice and its multiprocessors
//   fails energy 3            this function answers 3: handle, uuid, name, energy, power, field, limits, processes,
//                             samples, mig; "all" stands for each
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kSuccess = 0, kInvalid = 2, kNotSupported = 3, kNotFound = 6, kTooSmall = 7;
constexpr unsigned kInstant = 186;  // NVML_FI_DEV_POWER_INSTANT
constexpr std::size_t kMostGpus = 64, kMostSlices = 8;

struct Process {
  unsigned pid = 0;
  int slice = -1;
};
struct Sample {
  unsigned pid = 0, sm = 0;
  unsigned long long at_us = 0;
};
struct Slice {
  std::string uuid;
  unsigned multiprocessors = 0;
};
struct Gpu {
  std::string name, uuid;
  double energy_mj = 0, energy_w = 0;
  unsigned power_mw = 0, instant_mw = 0, limit_mw = 0;
  std::vector<Process> processes;
  std::vector<Sample> samples;
  std::vector<Slice> slices;
  std::map<std::string, int> fails;
};
struct State {
  int init = 0, count = 0;
  std::vector<Gpu> gpus;
};

void take(const std::string& word, std::istringstream& rest, Gpu& gpu) {
  if (word == "uuid") rest >> gpu.uuid;
  if (word == "energy_mj") rest >> gpu.energy_mj;
  if (word == "energy_w") rest >> gpu.energy_w;
  if (word == "power_mw") rest >> gpu.power_mw;
  if (word == "instant_mw") rest >> gpu.instant_mw;
  if (word == "limit_mw") rest >> gpu.limit_mw;
  if (word == "process") {
    Process process;
    rest >> process.pid;
    if (int slice = 0; rest >> slice) process.slice = slice;
    gpu.processes.push_back(process);
  }
  if (word == "sample") {
    Sample sample;
    rest >> sample.pid >> sample.sm >> sample.at_us;
    gpu.samples.push_back(sample);
  }
  if (word == "mig") {
    Slice slice;
    rest >> slice.uuid >> slice.multiprocessors;
    gpu.slices.push_back(slice);
  }
  if (word == "fails") {
    std::string function;
    rest >> function;
    rest >> gpu.fails[function];
  }
}

State state_now() {
  State state;
  const char* path = std::getenv("FAKE_NVML");
  std::ifstream file(path ? path : "");
  for (std::string line; std::getline(file, line);) {
    std::istringstream rest(line);
    std::string word;
    rest >> word;
    if (word == "init") rest >> state.init;
    if (word == "count") rest >> state.count;
    if (word == "gpu") {
      state.gpus.emplace_back();
      std::getline(rest >> std::ws, state.gpus.back().name);
    } else if (!state.gpus.empty()) {
      take(word, rest, state.gpus.back());
    }
  }
  return state;
}

// A handle is a place in here: of the GPU, or of one of its slices.
char handles[kMostGpus][1 + kMostSlices];

struct Chosen {
  Gpu gpu;
  int slice = -1;
  int code = kInvalid;
};

/// The GPU of a handle, and what the function named answers on it.
[[maybe_unused]] Chosen chosen(void* handle, const char* function) {
  Chosen c;
  const auto offset = static_cast<char*>(handle) - &handles[0][0];
  if (offset < 0 || offset >= static_cast<std::ptrdiff_t>(sizeof handles)) return c;
  const State state = state_now();
  const auto index = static_cast<std::size_t>(offset) / (1 + kMostSlices);
  if (index >= state.gpus.size()) return c;
  c.gpu = state.gpus[index];
  c.slice = static_cast<int>(static_cast<std::size_t>(offset) % (1 + kMostSlices)) - 1;
  c.code = kSuccess;
  for (const char* name : {function, "all"})
    if (const auto at = c.gpu.fails.find(name); at != c.gpu.fails.end()) c.code = at->second;
  return c;
}

[[maybe_unused]] int copied(const std::string& text, char* to, unsigned size) {
  if (text.size() + 1 > size) return kTooSmall;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return kSuccess;
}

struct FieldValue {
  unsigned field, scope;
  long long timestamp_us, latency_us;
  int value_type, status;
  unsigned long long value;
};
struct UtilizationSample {
  unsigned pid;
  unsigned long long timestamp_us;
  unsigned sm, memory, encoder, decoder;
};
struct ProcessInfo {
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};
struct Attributes {
  unsigned multiprocessors, others[7];
  unsigned long long memory_mb;
};

}  // namespace

extern "C" {

int nvmlInit_v2() { return state_now().init; }
int nvmlShutdown() { return kSuccess; }

#ifndef FAKE_NVML_BARE
const char* nvmlErrorString(int code) {
  switch (code) {
    case kSuccess: return "Success";
    case kNotSupported: return "Not Supported";
    case kNotFound: return "Not Found";
    case 9: return "Driver Not Loaded";
    case 15: return "GPU is lost";
    default: return "Unknown Error";
  }
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  const State state = state_now();
  *count = static_cast<unsigned>(state.gpus.size());
  return state.count;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= kMostGpus) return kInvalid;
  *device = &handles[index][0];
  return chosen(*device, "handle").code;
}

int nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  const Chosen c = chosen(device, "uuid");
  if (c.code != kSuccess) return c.code;
  return copied(c.slice < 0 ? c.gpu.uuid : c.gpu.slices.at(static_cast<std::size_t>(c.slice)).uuid, text, size);
}

int nvmlDeviceGetName(void* device, char* text, unsigned size) {
  const Chosen c = chosen(device, "name");
  return c.code != kSuccess ? c.code : copied(c.gpu.name, text, size);
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* mw) {
  const Chosen c = chosen(device, "power");
  *mw = c.gpu.power_mw;
  return c.code;
}

#ifndef FAKE_NVML_OLD
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* mj) {
  const Chosen c = chosen(device, "energy");
  if (c.slice >= 0) return kNotSupported;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const double seconds = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  *mj = static_cast<unsigned long long>(c.gpu.energy_w > 0 ? c.gpu.energy_w * seconds * 1e3 : c.gpu.energy_mj);
  return c.code;
}

int nvmlDeviceGetFieldValues(void* device, int count, FieldValue* values) {
  const Chosen c = chosen(device, "field");
  if (c.code != kSuccess) return c.code;
  for (int i = 0; i < count; ++i) {
    const bool has = values[i].field == kInstant && c.gpu.instant_mw > 0;
    values[i].status = has ? kSuccess : kNotSupported;
    if (has) std::memcpy(&values[i].value, &c.gpu.instant_mw, sizeof c.gpu.instant_mw);
  }
  return kSuccess;
}

int nvmlDeviceGetPowerManagementLimitConstraints(void* device, unsigned* least_mw, unsigned* most_mw) {
  const Chosen c = chosen(device, "limits");
  *least_mw = 0;
  *most_mw = c.gpu.limit_mw;
  return c.gpu.limit_mw > 0 ? c.code : kNotSupported;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, ProcessInfo* infos) {
  const Chosen c = chosen(device, "processes");
  if (c.code != kSuccess) return c.code;
  std::vector<Process> of;
  for (const Process& process : c.gpu.processes)
    if (c.slice < 0 || process.slice == c.slice) of.push_back(process);
  const unsigned room = *count;
  *count = static_cast<unsigned>(of.size());
  if (of.size() > room) return kTooSmall;
  for (std::size_t i = 0; i < of.size(); ++i)
    infos[i] = {of[i].pid, 0, of[i].slice < 0 ? ~0u : static_cast<unsigned>(of[i].slice), 0};
  return kSuccess;
}

int nvmlDeviceGetProcessUtilization(void* device, UtilizationSample* samples, unsigned* count,
                                    unsigned long long since_us) {
  const Chosen c = chosen(device, "samples");
  if (c.code != kSuccess) return c.code;
  const unsigned room = *count;
  *count = 0;
  for (const Sample& sample : c.gpu.samples)
    if (sample.at_us > since_us && *count < room) samples[(*count)++] = {sample.pid, sample.at_us, sample.sm, 0, 0, 0};
  return *count > 0 ? kSuccess : kNotFound;
}

int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  const Chosen c = chosen(device, "mig");
  *current = *pending = c.gpu.slices.empty() ? 0 : 1;
  return c.code;
}

int nvmlDeviceGetMaxMigDeviceCount(void* device, unsigned* count) {
  *count = kMostSlices;
  return chosen(device, "mig").code;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned index, void** slice) {
  const Chosen c = chosen(device, "mig");
  if (c.code != kSuccess) return c.code;
  if (index >= c.gpu.slices.size()) return kNotFound;
  *slice = static_cast<char*>(device) + 1 + index;
  return kSuccess;
}

int nvmlDeviceGetAttributes_v2(void* device, Attributes* attributes) {
  const Chosen c = chosen(device, "attributes");
  if (c.slice < 0) return kNotSupported;
  *attributes = {};
  attributes->multiprocessors = c.gpu.slices.at(static_cast<std::size_t>(c.slice)).multiprocessors;
  return c.code;
}
#endif
#endif
}
