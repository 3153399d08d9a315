// What a device that the model is meant for means for a recipe: which dialect, and which steps make no sense there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/recipe/steps.h"

namespace cradle::recipe {

/// A recipe for a device, and what was decided.
struct ForDevice {
  std::vector<Step> steps;
  std::string dialect;             ///< of int8: as RecipeRequest takes it
  std::vector<std::string> notes;  ///< sentences
};

/// By the table of devices and precisions (data/precisions.csv): int8, qat and w4 are refused where the device has no
/// instructions for eight bits (a processor's few wider ones do); fp16 is computed in where that is native and else
/// only stored, which is said; bf16 is stored. `device` as catalog::device_class_named knows it, or "here". Throws
/// Error (usage) for an unknown device (with the nearest), and for a step without support, naming what the device has.
ForDevice for_device(std::vector<Step> steps, std::string_view device);

}  // namespace cradle::recipe
