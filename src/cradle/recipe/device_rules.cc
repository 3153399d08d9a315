// Looks the device up and goes through the last step.
#include "cradle/recipe/device_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/catalog/precision.h"

namespace cradle::recipe {
namespace {

using catalog::DeviceClass;
using catalog::Support;

const catalog::PrecisionSupport& support_of(const DeviceClass& device, std::string_view precision) {
  const auto at = std::find(catalog::kPrecisions.begin(), catalog::kPrecisions.end(), precision);
  return device.precisions[static_cast<std::size_t>(at - catalog::kPrecisions.begin())];
}

std::string text_of(const catalog::PrecisionSupport& support) {
  return support.how.empty() ? std::string(name_of(support.support))
                             : fmt::format("{}: {}", name_of(support.support), support.how);
}

std::string native_ones(const DeviceClass& device) {
  std::vector<std::string> names;
  for (const auto precision : catalog::kPrecisions)
    if (support_of(device, precision).support == Support::kNative) names.emplace_back(precision);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// By the kind of the device; of x86 by whether it has VNNI, which its rows tell by their names.
std::string dialect_of(const DeviceClass& device) {
  if (device.name.starts_with("nvidia")) return "tensorrt";
  if (device.name.starts_with("arm") || device.name.starts_with("raspberry")) return "onnxruntime-arm";
  const bool before_vnni = device.name == "x86-sse" || device.name == "x86-avx2" || device.name == "x86-avx512bw";
  return before_vnni ? "onnxruntime-x86-avx2" : "onnxruntime-x86";
}

}  // namespace

ForDevice for_device(std::vector<Step> steps, std::string_view device) {
  const bool here = device == "here";
  const DeviceClass found =
      here ? catalog::class_of_processor(base::read_file("/proc/cpuinfo")) : catalog::device_class_named(device);
  ForDevice result{std::move(steps), here ? "auto" : dialect_of(found), {}};
  for (Step& step : result.steps) {
    if (step.kind == "int8" || step.kind == "qat" || step.kind == "w4") {
      const catalog::PrecisionSupport& eight = support_of(found, "int8");
      // Processors are quick at eight bits by a few wider instructions too; NVIDIA's engines have no kernels without
      // dp4a.
      const bool emulated = eight.support == Support::kEmulated && !found.name.starts_with("nvidia");
      if (eight.support != Support::kNative && eight.support != Support::kSlow && !emulated)
        base::fail_usage("{} has no instructions for int8 ({}): '{}' makes no sense there; it computes in {}",
                         found.what, text_of(eight), step.kind, native_ones(found));
      result.notes.push_back(
          fmt::format("int8 on {}: {}; the file follows the rules of {}", found.what, text_of(eight), result.dialect));
    } else if (step.kind == "fp16") {
      const bool native = support_of(found, "fp16").support == Support::kNative;
      if (!step.options.contains("compute")) step.options["compute"] = native ? "yes" : "no";
      if (!native && step.options["compute"] == "yes")
        base::fail_usage("{} does not compute in fp16 faster than in fp32 ({}): leave out compute=yes, to store only",
                         found.what, text_of(support_of(found, "fp16")));
      result.notes.push_back(fmt::format("fp16 on {}: {}{}", found.what, text_of(support_of(found, "fp16")),
                                         native ? "" : "; weights are stored in it, nothing becomes faster"));
    } else if (step.kind == "bf16") {
      result.notes.push_back(
          fmt::format("bf16 on {}: {}; weights are stored in it", found.what, text_of(support_of(found, "bf16"))));
    }
  }
  return result;
}

}  // namespace cradle::recipe
