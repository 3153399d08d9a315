#include "cradle/graph/half.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "cradle/base/random.h"

namespace cradle::graph {
namespace {

/// A sixteen-bit float by the definition: sign, `exponent_bits`, the rest fraction. Finite ones only.
double slow_value(std::uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  const double fraction = (bits & ((1 << fraction_bits) - 1)) / std::pow(2.0, fraction_bits);
  const double size =
      exponent == 0 ? fraction * std::pow(2.0, 1 - bias) : (1 + fraction) * std::pow(2.0, exponent - bias);
  return bits & 0x8000 ? -size : size;
}

/// The nearest of all finite non-negative numbers of a format, ties to even, or infinity beyond half a step.
std::uint16_t slow_nearest(double value, const std::vector<double>& table) {
  const double size = std::abs(value);
  const auto above = static_cast<std::size_t>(std::ranges::lower_bound(table, size) - table.begin());
  std::size_t best = above;
  if (above == table.size()) {
    const double next = table.back() + (table.back() - table[table.size() - 2]);
    best = size - table.back() < next - size ? above - 1 : above;  // the last is odd, so that a tie goes to infinity
  } else if (above > 0) {
    const double down = size - table[above - 1], up = table[above] - size;
    if (down < up || (down == up && (above - 1) % 2 == 0)) best = above - 1;
  }
  return static_cast<std::uint16_t>(best | (std::signbit(value) ? 0x8000U : 0U));
}

std::vector<double> table_of(int exponent_bits) {
  std::vector<double> table;
  const int infinity = ((1 << exponent_bits) - 1) << (15 - exponent_bits);
  for (int bits = 0; bits < infinity; ++bits)
    table.push_back(slow_value(static_cast<std::uint16_t>(bits), exponent_bits));
  return table;
}

TEST(Half, AllBitsSurviveTheWayToFloatAndBack) {
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    if ((i & 0x7fff) <= 0x7c00) {
      EXPECT_EQ(half_of(float_of_half(bits)), bits);
    }
    if ((i & 0x7fff) < 0x7c00) {
      EXPECT_EQ(static_cast<double>(float_of_half(bits)), slow_value(bits, 5));
    }
    if ((i & 0x7fff) <= 0x7f80) {
      EXPECT_EQ(bfloat16_of(float_of_bfloat16(bits)), bits);
    }
  }
  EXPECT_TRUE(std::isnan(float_of_half(half_of(NAN))));
  EXPECT_TRUE(std::isnan(float_of_bfloat16(bfloat16_of(NAN))));
  EXPECT_TRUE(std::isnan(float_of_bfloat16(bfloat16_of(std::bit_cast<float>(0x7f800001U))))) << "no infinity of it";
  EXPECT_TRUE(std::isnan(float_of_half(half_of(std::bit_cast<float>(0x7f800001U)))));
}

TEST(Half, RoundsToTheNearestTiesToEven) {
  EXPECT_EQ(half_of(1.0F + 0x1p-11F), 0x3c00) << "halfway, down to even";
  EXPECT_EQ(half_of(1.0F + 0x1.8p-10F), 0x3c02) << "halfway, up to even";
  EXPECT_EQ(half_of(65519.99F), 0x7bff);
  EXPECT_EQ(half_of(65520.0F), 0x7c00);
  EXPECT_EQ(half_of(0x1p-25F), 0x0000) << "half of the least subnormal, down to even";
  EXPECT_EQ(half_of(0x1.000002p-25F), 0x0001);
  EXPECT_EQ(half_of(-0.0F), 0x8000);
  EXPECT_EQ(half_of(0x1.ffcp-15F), 0x0400) << "the rounding of a subnormal carries into the least normal";
  EXPECT_EQ(bfloat16_of(1.0F + 0x1p-8F), 0x3f80);
  EXPECT_EQ(bfloat16_of(1.0F + 0x1.8p-7F), 0x3f82);
  EXPECT_EQ(bfloat16_of(3.4e38F), 0x7f80) << "infinity";
}

TEST(Half, IsTheNearestOfAllNumbersOfTheFormat) {
  const std::vector<double> halves = table_of(5), bfloats = table_of(8);
  base::Stream stream(1, base::stable_id("halves"));
  for (int i = 0; i < 20000; ++i) {
    const auto bits = static_cast<std::uint32_t>(stream.below(1ULL << 32));
    const auto any = std::bit_cast<float>(bits);
    if (!std::isfinite(any)) continue;
    EXPECT_EQ(bfloat16_of(any), slow_nearest(static_cast<double>(any), bfloats)) << any;
    // Exponents where halves live, with a fraction often on or beside a tie.
    const auto near =
        std::bit_cast<float>((bits & 0x807fe001U) | static_cast<std::uint32_t>(98 + stream.below(48)) << 23 |
                             (stream.below(2) == 0 ? 0x1000U : 0U));
    EXPECT_EQ(half_of(near), slow_nearest(static_cast<double>(near), halves)) << near;
  }
}

}  // namespace
}  // namespace cradle::graph
