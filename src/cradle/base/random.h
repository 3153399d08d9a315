// Counter-based random numbers: a draw depends on (seed, id, sample index) and on nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cradle::base {

/// Philox4x32-10: ten rounds of a keyed bijection on a 128-bit counter.
/// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// 64-bit id of a name (FNV-1a, Fowler/Noll/Vo), stable across programs and platforms.
std::uint64_t stable_id(std::string_view name);

/// A uniform number in the open interval (0, 1) for the given id, sample (below 2^56) and lane (several numbers per
/// sample).
/// The same arguments give the same number in any order, on any thread and after the model has grown:
/// two studies that share an id share its draws, which makes comparisons paired.
double uniform(std::uint64_t seed, std::uint64_t id, std::uint64_t sample, std::uint8_t lane = 0);

/// out[i] = uniform(seed, id, first + i), the same numbers at less cost (about 4 ns each with AVX2, 8 ns without):
/// eight counters at a time.
void uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out);

/// A sequential stream for code that needs many numbers in a row (scenes, augmentations, bootstrap).
/// Draws are uniform(seed, id, 0), uniform(seed, id, 1), …
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t id) : seed_(seed), id_(id) {}
  double uniform();                      ///< in (0, 1)
  double normal();                       ///< standard normal
  std::uint64_t below(std::uint64_t n);  ///< integer in [0, n); n > 0
 private:
  std::uint64_t seed_;
  std::uint64_t id_;
  std::uint64_t next_ = 0;
};

/// Inverse of the standard normal distribution function, for p in (0, 1); relative error about 1e-15 in both tails.
/// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988),
/// routine PPND16.
double normal_quantile(double p);
/// values[i] = normal_quantile(values[i]), the same numbers faster.
void normal_quantiles(std::span<double> values);

}  // namespace cradle::base
