// Philox4x32-10, stable ids and the inverse normal distribution function.
#include "cradle/base/random.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cradle/base/philox.h"
#include "cradle/base/random_wide.h"
#include "cradle/base/wide.h"

namespace cradle::base {
namespace {

/// Two words of a Philox block as a number in (0, 1): 52 bits, centred, so never 0 and never 1.
double unit_interval(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 32 | low) >> 12;
  return (static_cast<double>(static_cast<std::int64_t>(bits)) + 0.5) * 0x1.0p-52;
}

/// Eight calls of uniform() side by side. Plain loops of constant length, which the compiler turns into vector code.
void eight_uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, double* out) {
  constexpr int kLanes = 8;
  std::uint32_t c0[kLanes], c1[kLanes], c2[kLanes], c3[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t sample = first + static_cast<std::uint64_t>(i);
    c0[i] = static_cast<std::uint32_t>(sample);
    c1[i] = static_cast<std::uint32_t>(sample >> 32) << 8;
    c2[i] = static_cast<std::uint32_t>(seed);
    c3[i] = static_cast<std::uint32_t>(seed >> 32);
  }
  std::uint32_t k0 = static_cast<std::uint32_t>(id), k1 = static_cast<std::uint32_t>(id >> 32);
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kLanes; ++i) {
      const std::uint64_t p0 = std::uint64_t{kMultiplier0} * c0[i];
      const std::uint64_t p1 = std::uint64_t{kMultiplier1} * c2[i];
      c0[i] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[i] ^ k0;
      c2[i] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[i] ^ k1;
      c1[i] = static_cast<std::uint32_t>(p1);
      c3[i] = static_cast<std::uint32_t>(p0);
    }
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  for (int i = 0; i < kLanes; ++i) out[i] = unit_interval(c0[i], c1[i]);
}

/// c[0] x^7 + … + c[7].
[[gnu::always_inline]] inline double polynomial(const double (&c)[8], double x) {
  return ((((((c[0] * x + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7];
}

// Coefficients of PPND16, highest power first: centre |p - 1/2| <= 0.425, and the tails below and above r = 5.
constexpr double kCentre = 0.425;
constexpr double kA[8] = {2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
                          4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
                          1.3314166789178437745e+2, 3.3871328727963666080e+0};
constexpr double kB[8] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
    5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1.0};
constexpr double kC[8] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                          1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
                          4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr double kD[8] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e+0, 2.05319162663775882187e+0, 1.0};
constexpr double kE[8] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                          2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
                          5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr double kF[8] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0};

[[gnu::always_inline]] inline double centre_quantile(double q) {
  const double r = kCentre * kCentre - q * q;
  return q * polynomial(kA, r) / polynomial(kB, r);
}

/// How far out in a tail, as the routine measures it: √(-ln) of the smaller probability.
double tail_depth(double p) { return std::sqrt(-std::log(p < 0.5 ? p : 1.0 - p)); }

[[gnu::always_inline]] inline double near_tail(double r) { return polynomial(kC, r - 1.6) / polynomial(kD, r - 1.6); }
double far_tail(double r) { return polynomial(kE, r - 5.0) / polynomial(kF, r - 5.0); }
constexpr double kFar = 5.0;

/// At most this many quantiles are worked out side by side.
constexpr int kSide = 64;

/// The centre's formula for each, right or not, and where it is not: returns how many and their places.
CRADLE_WIDE int centre_quantiles(const double* p, int n, double* x, int* tails) {
  double outside[kSide];
  for (int i = 0; i < kSide; ++i) {
    const double q = p[i] - 0.5;
    x[i] = centre_quantile(q);
    outside[i] = std::abs(q);
  }
  int count = 0;
  for (int i = 0; i < n; ++i) {
    tails[count] = i;
    count += outside[i] > kCentre;
  }
  return count;
}

/// x = near_tail(r), eight at a time: both hold a multiple of eight.
CRADLE_WIDE void near_tails(const double* r, int n, double* x) {
  for (int begin = 0; begin < n; begin += 8)
    for (int i = begin; i < begin + 8; ++i) x[i] = near_tail(r[i]);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{kMultiplier0} * c[0];
    const std::uint64_t p1 = std::uint64_t{kMultiplier1} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += kWeyl0;
    k[1] += kWeyl1;
  }
  return c;
}

std::uint64_t stable_id(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char ch : name) {
    hash ^= static_cast<unsigned char>(ch);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

double uniform(std::uint64_t seed, std::uint64_t id, std::uint64_t sample, std::uint8_t lane) {
  assert(sample < (std::uint64_t{1} << 56));
  // An injective placing: seed, sample and lane fill the counter, the id is the key.
  const auto block =
      philox4x32({static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32) << 8 | lane,
                  static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
                 {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)});
  return unit_interval(block[0], block[1]);
}

void uniforms(std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out) {
  assert(first + out.size() <= (std::uint64_t{1} << 56));
  std::size_t i = wide_uniforms(seed, id, first, out);
  for (; i + 8 <= out.size(); i += 8) eight_uniforms(seed, id, first + i, out.data() + i);
  for (; i < out.size(); ++i) out[i] = uniform(seed, id, first + i);
}

double Stream::uniform() { return base::uniform(seed_, id_, next_++); }
double Stream::normal() { return normal_quantile(uniform()); }
std::uint64_t Stream::below(std::uint64_t n) {
  assert(n > 0);
  return static_cast<std::uint64_t>(uniform() * static_cast<double>(n));  // bias below n / 2^52
}

double normal_quantile(double p) {
  assert(p > 0.0 && p < 1.0);
  const double q = p - 0.5;
  if (std::abs(q) <= kCentre) return centre_quantile(q);
  const double r = tail_depth(p), x = r <= kFar ? near_tail(r) : far_tail(r);
  return p < 0.5 ? -x : x;
}

void normal_quantiles(std::span<double> values) {
  double p[kSide], x[kSide], r[kSide], tail[kSide];
  int tails[kSide];
  for (std::size_t begin = 0; begin < values.size(); begin += kSide) {
    const int n = static_cast<int>(std::min<std::size_t>(kSide, values.size() - begin));
    double* out = values.data() + begin;
    std::copy(out, out + n, p);
    std::fill(p + n, p + kSide, 0.5);
    const int count = centre_quantiles(p, n, x, tails);  // the 15 % that lie in the tails are mended
    for (int t = 0; t < count; ++t) r[t] = tail_depth(p[tails[t]]);
    std::fill(r + count, r + (count + 7) / 8 * 8, 2.0);
    near_tails(r, count, tail);
    for (int t = 0; t < count; ++t) {
      const double away = r[t] <= kFar ? tail[t] : far_tail(r[t]);
      x[tails[t]] = p[tails[t]] < 0.5 ? -away : away;
    }
    std::copy(x, x + n, out);
  }
}

}  // namespace cradle::base
