// One entry after the other, as CUDA does.
#include "cradle/sensor/gpu_selection.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cradle/base/text.h"

namespace cradle::sensor {
namespace {

struct Found {
  int gpu = 0;
  std::optional<int> slice;
};

std::optional<Found> by_number(std::string_view name, const std::vector<GpuName>& gpus) {
  int index = -1;
  if (name.starts_with('+')) name.remove_prefix(1);
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || index < 0 || index >= static_cast<int>(gpus.size())) return std::nullopt;
  return Found{index, std::nullopt};
}

/// The one GPU whose UUID begins so.
std::optional<Found> by_uuid(std::string_view name, const std::vector<GpuName>& gpus) {
  std::optional<Found> found;
  for (std::size_t i = 0; i < gpus.size(); ++i)
    if (gpus[i].uuid.starts_with(name)) {
      if (found) return std::nullopt;
      found = Found{static_cast<int>(i), std::nullopt};
    }
  return found;
}

std::optional<Found> by_mig_uuid(std::string_view name, const std::vector<GpuName>& gpus) {
  std::optional<Found> found;
  for (std::size_t i = 0; i < gpus.size(); ++i)
    for (std::size_t k = 0; k < gpus[i].mig_uuids.size(); ++k)
      if (gpus[i].mig_uuids[k].starts_with(name)) {
        if (found) return std::nullopt;
        found = Found{static_cast<int>(i), static_cast<int>(k)};
      }
  return found;
}

}  // namespace

bool selects_by_number(std::string_view visible) {
  const std::string_view first = base::trim(visible);
  return !first.empty() && !first.starts_with("GPU-") && !first.starts_with("MIG-");
}

std::vector<Selected> select_gpus(std::string_view visible, const std::vector<GpuName>& gpus) {
  const std::string_view all = base::trim(visible);
  const std::string_view prefix = all.starts_with("GPU-") ? "GPU-" : all.starts_with("MIG-") ? "MIG-" : "";
  std::vector<Selected> selected;
  for (const std::string& piece : base::split(all, ',')) {
    const std::string_view name = base::trim(piece);
    if (!name.starts_with(prefix)) break;
    const auto found = prefix.empty()     ? by_number(name, gpus)
                       : prefix == "GPU-" ? by_uuid(name, gpus)
                                          : by_mig_uuid(name, gpus);
    if (!found) break;
    const auto same =
        std::find_if(selected.begin(), selected.end(), [&](const Selected& s) { return s.gpu == found->gpu; });
    if (same == selected.end()) {
      selected.push_back({found->gpu, {}});
      if (found->slice) selected.back().slices.push_back(*found->slice);
      continue;
    }
    auto& slices = same->slices;
    if (!found->slice || std::find(slices.begin(), slices.end(), *found->slice) != slices.end()) return {};
    slices.push_back(*found->slice);
  }
  return selected;
}

}  // namespace cradle::sensor
