// NVIDIA's management library, opened at run time: the program runs the same where there is none.
#pragma once

#include <string>

namespace cradle::sensor::nvml {

// The C interface as NVIDIA documents it (NVML API Reference Guide); declared here since no Debian package has its
// header.
using Return = int;
inline constexpr Return kSuccess = 0;
inline constexpr Return kNotSupported = 3;
inline constexpr Return kNotFound = 6;
inline constexpr Return kInsufficientSize = 7;

struct DeviceHandle;
using Device = DeviceHandle*;

/// nvmlFieldValue_t
struct FieldValue {
  unsigned field = 0, scope = 0;
  long long timestamp_us = 0, latency_us = 0;
  int value_type = 0;
  Return status = 0;
  union {
    double d;
    unsigned u;
    unsigned long long ull;
    long long sll;
  } value{};
};
inline constexpr unsigned kPowerAverage = 185, kPowerInstant = 186;  // NVML_FI_DEV_POWER_*: milliwatts

/// nvmlProcessUtilizationSample_t
struct ProcessSample {
  unsigned pid = 0;
  unsigned long long timestamp_us = 0;
  unsigned sm = 0, memory = 0, encoder = 0, decoder = 0;  // percent
};

/// nvmlProcessInfo_t
struct ProcessInfo {
  unsigned pid = 0;
  unsigned long long used_bytes = 0;
  unsigned gpu_instance = 0, compute_instance = 0;
};

/// nvmlDeviceAttributes_t
struct Attributes {
  unsigned multiprocessors = 0, copy_engines = 0, decoders = 0, encoders = 0, jpegs = 0, ofas = 0;
  unsigned gpu_slices = 0, compute_slices = 0;
  unsigned long long memory_mb = 0;
};

/// The functions that cradle calls; those that an old driver lacks are null.
struct Library {
  Return (*init)();
  Return (*shutdown)();
  const char* (*error_string)(Return);
  Return (*count)(unsigned*);
  Return (*by_index)(unsigned, Device*);
  Return (*uuid)(Device, char*, unsigned);
  Return (*name)(Device, char*, unsigned);
  Return (*total_energy)(Device, unsigned long long*);
  Return (*power)(Device, unsigned*);
  Return (*fields)(Device, int, FieldValue*);
  Return (*power_limits)(Device, unsigned*, unsigned*);
  Return (*processes)(Device, unsigned*, ProcessInfo*);
  Return (*process_samples)(Device, ProcessSample*, unsigned*, unsigned long long);
  Return (*mig_mode)(Device, unsigned*, unsigned*);
  Return (*mig_count)(Device, unsigned*);
  Return (*mig_by_index)(Device, unsigned, Device*);
  Return (*attributes)(Device, Attributes*);
  bool is_open = false;
};

/// Loads the library once per process, and keeps it until the process ends: closing and opening again costs up to a
/// second. nullptr and the reason if there is none ("" if the file does not exist). Costs half a millisecond. Not
/// thread-safe.
Library* load(const std::string& file, std::string& why);

/// Opens the driver, once; false and the reason if it does not answer. Costs 10 ms and more, most of them waiting. By
/// one thread at a time.
bool open(Library& library, std::string& why);

/// "GPU is lost (15)"
std::string text_of(const Library& library, Return code);

}  // namespace cradle::sensor::nvml
