// The loops, slices innermost.
#include "cradle/deploy/loops.h"

#include <algorithm>
#include <cstring>

#include "cradle/base/wide.h"

namespace cradle::deploy::onednn {

Broadcast broadcast_of(const graph::Shape& result, const graph::Shape& a, const std::int64_t* a_strides,
                       const graph::Shape& b, const std::int64_t* b_strides, const std::vector<std::size_t>& axes) {
  Broadcast plan;
  for (const std::size_t axis : axes) {
    plan.extents.push_back(result[axis]);
    plan.a.push_back(a[axis] == 1 ? 0 : a_strides[axis]);
    plan.b.push_back(b[axis] == 1 ? 0 : b_strides[axis]);
  }
  return plan;
}

graph::Shape broadcast_shape(const graph::Shape& a, const graph::Shape& b) {
  graph::Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    out[out.size() - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

void run_broadcast(const Broadcast& plan, float (*function)(float, float), Pointers pointers) {
  const auto *a = reinterpret_cast<const float*>(pointers[0]), *b = reinterpret_cast<const float*>(pointers[1]);
  auto* to = reinterpret_cast<float*>(pointers[2]);
  const std::size_t rank = plan.extents.size();
  const std::int64_t row = plan.extents[rank - 1], a_step = plan.a[rank - 1], b_step = plan.b[rank - 1];
  std::vector<std::int64_t> at(rank, 0);
  for (;;) {
    for (std::int64_t i = 0; i < row; ++i) *to++ = function(a[i * a_step], b[i * b_step]);
    std::size_t axis = rank - 1;
    while (axis > 0) {
      --axis;
      a += plan.a[axis];
      b += plan.b[axis];
      if (++at[axis] < plan.extents[axis]) break;
      a -= plan.a[axis] * plan.extents[axis];
      b -= plan.b[axis] * plan.extents[axis];
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (rank == 1) return;
  }
}

void run_function(float (*function)(float), std::size_t count, Pointers pointers) {
  const auto* from = reinterpret_cast<const float*>(pointers[0]);
  auto* to = reinterpret_cast<float*>(pointers[1]);
  for (std::size_t i = 0; i < count; ++i) to[i] = function(from[i]);
}

void run_take(const Take& plan, Pointers pointers) {
  const std::byte* from = pointers[0];
  std::byte* to = pointers[1];
  for (std::size_t outer = 0; outer < plan.outer; ++outer, from += plan.from_extent * plan.inner_bytes) {
    for (std::size_t i = 0; i < plan.indices.size();) {
      const std::int64_t first = plan.indices[i];
      std::size_t run = 1;
      if (first < 0) {
        for (std::size_t byte = 0; byte < plan.inner_bytes; ++byte) to[byte] = plan.fill[byte % plan.fill.size()];
      } else {
        while (i + run < plan.indices.size() && plan.indices[i + run] == first + static_cast<std::int64_t>(run)) ++run;
        std::memcpy(to, from + static_cast<std::size_t>(first) * plan.inner_bytes, run * plan.inner_bytes);
      }
      to += run * plan.inner_bytes;
      i += run;
    }
  }
}

namespace {

CRADLE_WIDE void weigh_row(const float* from, float weight, bool first, std::size_t count, float* to) {
  if (first)
    for (std::size_t k = 0; k < count; ++k) to[k] = weight * from[k];
  else
    for (std::size_t k = 0; k < count; ++k) to[k] += weight * from[k];
}

}  // namespace

void run_weigh(const Weigh& plan, Pointers pointers) {
  const auto* from = reinterpret_cast<const float*>(pointers[0]);
  auto* to = reinterpret_cast<float*>(pointers[1]);
  for (std::size_t outer = 0; outer < plan.outer; ++outer, from += plan.from_extent * plan.inner) {
    for (const std::vector<Weigh::Tap>& taps : plan.taps) {
      if (taps.empty()) std::fill_n(to, plan.inner, 0.0F);
      for (std::size_t t = 0; t < taps.size(); ++t)
        weigh_row(from + static_cast<std::size_t>(taps[t].index) * plan.inner, taps[t].weight, t == 0, plan.inner, to);
      to += plan.inner;
    }
  }
}

}  // namespace cradle::deploy::onednn
