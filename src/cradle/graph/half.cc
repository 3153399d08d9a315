// Converts sixteen-bit floats by their bits.
#include "cradle/graph/half.h"

#include <bit>
#include <cassert>
#include <cmath>

namespace cradle::graph {
namespace {

constexpr std::uint32_t kSign = 0x80000000U, kInfinity = 0x7f800000U;

}  // namespace

std::uint16_t half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits & kSign) >> 16);
  const std::uint32_t size = bits & ~kSign;
  const auto with_sign = [sign](std::uint32_t rest) { return static_cast<std::uint16_t>(sign | rest); };
  if (size > kInfinity) return with_sign(0x7e00U | (size >> 13 & 0x3ffU));
  constexpr std::uint32_t kHalfwayToInfinity = 0x477ff000U;  // 65520
  if (size >= kHalfwayToInfinity) return with_sign(0x7c00U);
  constexpr std::uint32_t kLeastNormal = 0x38800000U;  // 2⁻¹⁴
  if (size < kLeastNormal)  // a multiple of 2⁻²⁴; the product is exact, and rounding to even is the default mode
    return with_sign(static_cast<std::uint32_t>(std::nearbyint(std::abs(value) * 0x1p24F)));
  // 13 bits of fraction go; a carry out of the fraction rightly raises the exponent, whose bias falls from 127 to 15.
  const std::uint32_t rounded = size + 0xfffU + (size >> 13 & 1U);
  return with_sign((rounded - (112U << 23)) >> 13);
}

float float_of_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float magnitude = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                          : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                          : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

std::uint16_t bfloat16_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & ~kSign) > kInfinity) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

float float_of_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

Tensor widened(const Tensor& tensor) {
  assert(tensor.type == Type::kF16 || tensor.type == Type::kBf16);
  std::vector<float> values;
  values.reserve(tensor.bytes.size() / 2);
  for (std::size_t at = 0; at + 2 <= tensor.bytes.size(); at += 2) {
    const auto bits = static_cast<std::uint16_t>(tensor.bytes[at] | tensor.bytes[at + 1] << 8);
    values.push_back(tensor.type == Type::kF16 ? float_of_half(bits) : float_of_bfloat16(bits));
  }
  return tensor_f32(tensor.shape, values);
}

}  // namespace cradle::graph
