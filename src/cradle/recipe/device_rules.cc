// Looks the device up and goes through the last step.
#include "cradle/recipe/device_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

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

/// From compute capability 7.2 on; a class is called "nvidia-sm75".
bool has_tensor_cores_in_eight_bits(const DeviceClass& device) {
  constexpr std::string_view kStem = "nvidia-sm";
  return device.name.starts_with(kStem) && std::stoi(device.name.substr(kStem.size())) >= 72;
}

/// Tensor cores want channels in multiples of 16 in eight bits, of 8 in sixteen, which is the usual (NVIDIA, "Matrix
/// Multiplication Background", requirements to use tensor cores).
void align_for_tensor_cores(ForDevice& fit) {
  constexpr const char* kAlign = "16";
  const auto eight_bits = [](const Step& s) { return s.kind == "int8" || s.kind == "qat" || s.kind == "w4"; };
  if (std::none_of(fit.steps.begin(), fit.steps.end(), eight_bits)) return;
  for (Step& step : fit.steps) {
    const bool aligns = step.kind == "prune" || step.kind == "slim" || step.kind == "scratch" || step.kind == "lowrank";
    if (!aligns || !step.options.emplace("align", kAlign).second) continue;
    fit.notes.push_back(fmt::format("{}: channels in multiples of {}, as tensor cores want them", step.kind, kAlign));
  }
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
  if (has_tensor_cores_in_eight_bits(found)) align_for_tensor_cores(result);
  return result;
}

}  // namespace cradle::recipe
