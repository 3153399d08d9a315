// A named tensor that somebody else holds: what engines take and give, and judges and losses read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cradle::task {

/// Numbers in row-major order that somebody else owns: what goes into a model, and what comes out. Of a batch the first
/// extent counts the images.
struct TensorView {
  std::string_view name;
  std::span<const std::int64_t> shape;
  std::span<const float> values;
};

}  // namespace cradle::task
