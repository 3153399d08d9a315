// dlopen and one dlsym per function.
#include "cradle/sensor/nvml_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <map>
#include <memory>

namespace cradle::sensor::nvml {
namespace {

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(handle, name));
  return function != nullptr;
}

/// Fills in every function; false if one is missing without which nothing can be read.
bool find_all(void* handle, Library& l) {
  const bool needed = find(handle, "nvmlInit_v2", l.init) && find(handle, "nvmlErrorString", l.error_string) &&
                      find(handle, "nvmlDeviceGetCount_v2", l.count) &&
                      find(handle, "nvmlDeviceGetHandleByIndex_v2", l.by_index) &&
                      find(handle, "nvmlDeviceGetUUID", l.uuid) && find(handle, "nvmlDeviceGetName", l.name) &&
                      find(handle, "nvmlDeviceGetPowerUsage", l.power);
  find(handle, "nvmlShutdown", l.shutdown);
  find(handle, "nvmlDeviceGetTotalEnergyConsumption", l.total_energy);
  find(handle, "nvmlDeviceGetFieldValues", l.fields);
  find(handle, "nvmlDeviceGetPowerManagementLimitConstraints", l.power_limits);
  // Before driver 470 the structure had no instance members: then nobody is named.
  find(handle, "nvmlDeviceGetComputeRunningProcesses_v3", l.processes) ||
      find(handle, "nvmlDeviceGetComputeRunningProcesses_v2", l.processes);
  find(handle, "nvmlDeviceGetProcessUtilization", l.process_samples);
  find(handle, "nvmlDeviceGetMigMode", l.mig_mode);
  find(handle, "nvmlDeviceGetMaxMigDeviceCount", l.mig_count);
  find(handle, "nvmlDeviceGetMigDeviceHandleByIndex", l.mig_by_index);
  find(handle, "nvmlDeviceGetAttributes_v2", l.attributes);
  return needed;
}

}  // namespace

Library* load(const std::string& file, std::string& why) {
  static std::map<std::string, std::unique_ptr<Library>> loaded;
  if (const auto at = loaded.find(file); at != loaded.end()) return at->second.get();
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* error = ::dlerror();
    const std::string text = error ? error : "";
    // Of a library that is there, one that it needs may be absent: that is worth saying.
    why = text.starts_with(file + ":") && text.find("No such file") != std::string::npos ? "" : text;
    return nullptr;
  }
  auto library = std::make_unique<Library>();
  if (!find_all(handle, *library)) {
    why = fmt::format("{} lacks functions that every driver since 2013 has", file);
    ::dlclose(handle);
    return nullptr;
  }
  return (loaded[file] = std::move(library)).get();
}

bool open(Library& library, std::string& why) {
  if (library.is_open) return true;
  const Return code = library.init();
  library.is_open = code == kSuccess;
  if (!library.is_open) why = text_of(library, code);
  return library.is_open;
}

std::string text_of(const Library& library, Return code) {
  const char* text = library.error_string(code);
  return fmt::format("{} ({})", text ? text : "unknown error", code);
}

}  // namespace cradle::sensor::nvml
