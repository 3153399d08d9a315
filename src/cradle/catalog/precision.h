// Which precisions a kind of device computes in, from data/precisions.csv.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/catalog/factor.h"

namespace cradle::catalog {

/// From best to worst.
enum class Support {
  kNative,    ///< instructions that multiply and add it, at least as fast as FP32
  kSlow,      ///< such instructions below the rate of FP32: worth storing in, not computing in
  kEmulated,  ///< several instructions of a wider type
  kStorage,   ///< converted when it is loaded; computed in a wider type
  kNone,      ///< no instruction knows it
};
std::string_view name_of(Support support);

inline constexpr std::array<std::string_view, 6> kPrecisions{"fp32", "fp16", "bf16", "tf32", "int8", "int4"};

struct PrecisionSupport {
  Support support = Support::kNone;
  std::string how;  ///< instruction or unit; empty for kNone
};

/// One row of the table.
struct DeviceClass {
  std::string name;                  ///< "nvidia-sm75"
  std::string what;                  ///< for people: "NVIDIA Turing (sm_75): T4, RTX 20"
  std::vector<std::string> aliases;  ///< "t4", "turing"
  std::string flag;                  ///< word among the flags of /proc/cpuinfo; empty if it is no processor's extension
  std::array<PrecisionSupport, kPrecisions.size()> precisions;  ///< in the order of kPrecisions
  std::string source;
  Grade grade = Grade::kD;
  std::string note;
};

/// Reads a table (columns: FORMATS.md). Throws Error with file and line: columns, a word that is no Support, a support
/// without its means, no source, a name or alias that stands twice.
std::vector<DeviceClass> read_device_classes(std::string_view text, std::string_view name);

/// The built-in table; read at the first call.
const std::vector<DeviceClass>& device_classes();

/// The class of this name or alias, without regard to case, with "-" for spaces and with or without "nvidia" before it:
/// "Jetson Orin", "T4". Throws Error with the nearest name.
const DeviceClass& device_class_named(std::string_view name);

/// How a device computes in a precision. Throws Error with the nearest name for an unknown device or precision.
const PrecisionSupport& precision_support(std::string_view device_class, std::string_view precision);

/// The processor of this text of /proc/cpuinfo: for each precision the best of the classes whose flag it has (of equals
/// the last in the table, which is the newest). Throws Error if it has none of them.
DeviceClass class_of_processor(std::string_view cpuinfo);

}  // namespace cradle::catalog
