// Philox4x32-10 by AVX2 intrinsics: no compiler here finds the 32-bit multiplication of 64-bit lanes by itself.
#include "cradle/base/random_wide.h"

#include "cradle/base/philox.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

namespace cradle::base {
namespace {

[[gnu::target("avx2")]] inline __m256i all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }

// Each 64-bit lane holds one 32-bit word of a counter in its lower half; what stands in the upper half is ignored by
// the multiplication and shifted or masked away elsewhere.
[[gnu::target("avx2")]] void eights_of_uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, double* out,
                                                std::size_t count) {
  constexpr int kRegisters = 2;  // two independent chains hide the latency of the multiplication
  const __m256i multiplier0 = all(kMultiplier0), multiplier1 = all(kMultiplier1), low_half = all(0xFFFFFFFF);
  for (std::size_t i = 0; i < count; i += 4 * kRegisters) {
    __m256i c0[kRegisters], c1[kRegisters], c2[kRegisters], c3[kRegisters];
#pragma GCC unroll 2
    for (int r = 0; r < kRegisters; ++r) {
      const std::uint64_t sample = first + i + 4 * static_cast<std::uint64_t>(r);
      c0[r] = _mm256_add_epi64(all(sample), _mm256_set_epi64x(3, 2, 1, 0));
      c1[r] = _mm256_slli_epi64(_mm256_srli_epi64(c0[r], 32), 8);
      c2[r] = all(seed);
      c3[r] = all(seed >> 32);
    }
    std::uint32_t k0 = static_cast<std::uint32_t>(id), k1 = static_cast<std::uint32_t>(id >> 32);
    for (int round = 0; round < kRounds; ++round) {
      const __m256i key0 = all(k0), key1 = all(k1);
#pragma GCC unroll 2
      for (int r = 0; r < kRegisters; ++r) {
        const __m256i p0 = _mm256_mul_epu32(c0[r], multiplier0), p1 = _mm256_mul_epu32(c2[r], multiplier1);
        c0[r] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[r]), key0);
        c2[r] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[r]), key1);
        c1[r] = p1;
        c3[r] = p0;
      }
      k0 += kWeyl0;
      k1 += kWeyl1;
    }
#pragma GCC unroll 2
    for (int r = 0; r < kRegisters; ++r) {
      const __m256i words = _mm256_or_si256(_mm256_slli_epi64(c0[r], 32), _mm256_and_si256(c1[r], low_half));
      // 52 bits under the exponent of 2^52 are 2^52 + bits, exactly.
      const __m256i bits = _mm256_or_si256(_mm256_srli_epi64(words, 12), all(0x4330000000000000));
      const __m256d number = _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(0x1.0p52));
      const __m256d centred = _mm256_add_pd(number, _mm256_set1_pd(0.5));
      _mm256_storeu_pd(out + i + 4 * static_cast<std::size_t>(r), _mm256_mul_pd(centred, _mm256_set1_pd(0x1.0p-52)));
    }
  }
}

}  // namespace

std::size_t wide_uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out) {
  static const bool able = __builtin_cpu_supports("avx2");
  const std::size_t count = able ? out.size() / 8 * 8 : 0;
  eights_of_uniforms(seed, id, first, out.data(), count);
  return count;
}

}  // namespace cradle::base

#else

namespace cradle::base {
std::size_t wide_uniforms(std::uint64_t, std::uint64_t, std::uint64_t, std::span<double>) { return 0; }
}  // namespace cradle::base

#endif
