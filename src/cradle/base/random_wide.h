// Uniform numbers by AVX2, four Philox counters in one register. For random.cc only; callers use base/random.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cradle::base {

/// Fills a multiple of eight numbers from the front with uniform(seed, id, first + i) and returns how many: 0 where the
/// processor has no AVX2, so the caller does the rest in any case. About 4 ns each.
std::size_t wide_uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out);

}  // namespace cradle::base
