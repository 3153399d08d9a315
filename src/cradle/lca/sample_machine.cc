// The interpreter of plans and its kernels.
#include "cradle/lca/sample_machine.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "cradle/base/wide.h"

namespace cradle::lca {
namespace {

constexpr int kBatch = SampleMachine::kBatch;

std::size_t at(int index) { return static_cast<std::size_t>(index); }
std::ptrdiff_t offset(int slot) { return std::ptrdiff_t{slot} * kBatch; }

/// Four doubles that the compiler keeps in one register, or in two where registers are half as wide. A row of sixteen
/// is worked on at a time, so that a sum never leaves the registers.
using Four = double __attribute__((vector_size(32), may_alias));
constexpr int kRow = 4;
constexpr int kRowWidth = 16;
static_assert(kBatch % kRowWidth == 0);

// Slots start at cache lines, so these are aligned.
const Four& four(const double* p) { return *reinterpret_cast<const Four*>(p); }
Four& four(double* p) { return *reinterpret_cast<Four*>(p); }

CRADLE_WIDE void run_sum(const Sum& sum, const Value* terms, const Pair* pairs, double* arena) {
  for (int first = 0; first < kBatch; first += kRowWidth) {
    double* const row = arena + first;
    const Four start = Four{} + sum.constant;
    Four a = start, b = start, c = start, d = start;
    for (int t = sum.terms_begin; t < sum.terms_end; ++t) {
      const double* x = row + offset(terms[t].slot);
      const double scale = terms[t].scale;
      a += scale * four(x);
      b += scale * four(x + 4);
      c += scale * four(x + 8);
      d += scale * four(x + 12);
    }
    for (int t = sum.pairs_begin; t < sum.pairs_end; ++t) {
      const double* x = row + offset(pairs[t].left);
      const double* y = row + offset(pairs[t].right);
      a += four(x) * four(y);
      b += four(x + 4) * four(y + 4);
      c += four(x + 8) * four(y + 8);
      d += four(x + 12) * four(y + 12);
    }
    if (sum.divisor.varies()) {
      const double* x = row + offset(sum.divisor.slot);
      a /= sum.divisor.scale * four(x);
      b /= sum.divisor.scale * four(x + 4);
      c /= sum.divisor.scale * four(x + 8);
      d /= sum.divisor.scale * four(x + 12);
    } else if (sum.divisor.scale != 1.0) {
      a /= Four{} + sum.divisor.scale;
      b /= Four{} + sum.divisor.scale;
      c /= Four{} + sum.divisor.scale;
      d /= Four{} + sum.divisor.scale;
    }
    double* out = row + offset(sum.slot);
    four(out) = a;
    four(out + 4) = b;
    four(out + 8) = c;
    four(out + 12) = d;
  }
}

CRADLE_WIDE void run_product(const Product& product, const int* factors, double* arena) {
  double* __restrict out = arena + offset(product.slot);
  const double* first = arena + offset(factors[product.begin]);
  for (int i = 0; i < kBatch; ++i) out[i] = product.scale * first[i];
  for (int f = product.begin + 1; f < product.end; ++f) {
    const double* x = arena + offset(factors[f]);
    for (int i = 0; i < kBatch; ++i) out[i] *= x[i];
  }
}

CRADLE_WIDE void run_inverse(const double* x, double* __restrict out) {
  for (int i = 0; i < kBatch; ++i) out[i] = 1.0 / x[i];
}

void run_power(const Power& p, int n, double* arena) {
  const double* x = arena + offset(p.of);
  double* out = arena + offset(p.slot);
  if (p.exponent == -1.0) return run_inverse(x, out);
  for (int i = 0; i < n; ++i) out[i] = power(x[i], p.exponent);
}

}  // namespace

SampleMachine::SampleMachine(const SamplePlan& plan, const SolveOptions& options) : plan_(plan), options_(options) {
  constexpr std::size_t kLine = 8;  // doubles in a cache line
  memory_.resize(at(plan.slots) * kBatch + kLine);
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(memory_.data()) / sizeof(double) % kLine;
  arena_ = memory_.data() + (kLine - beyond) % kLine;
  is_dense_.resize(kBatch);
}

void SampleMachine::run(std::uint64_t seed, std::uint64_t first, int n) {
  run(seed, first, n, 0, static_cast<int>(plan_.program.size()));
}

void SampleMachine::run(std::uint64_t seed, std::uint64_t first, int n, int begin, int end) {
  assert(n <= kBatch);
  std::fill(is_dense_.begin(), is_dense_.end(), 0);
  for (int i = begin; i < end; ++i) {
    const Instruction& instruction = plan_.program[at(i)];
    const std::size_t index = at(instruction.index);
    switch (instruction.kind) {
      case Kind::kDraw: {
        const Draw& d = plan_.draws[index];
        base::draws(*d.distribution, seed, d.key, first, slot(d.slot).first(at(n)));
        break;
      }
      case Kind::kPower: run_power(plan_.powers[index], n, arena_); break;
      case Kind::kProduct: run_product(plan_.products[index], plan_.factors.data(), arena_); break;
      case Kind::kSum: run_sum(plan_.sums[index], plan_.terms.data(), plan_.pairs.data(), arena_); break;
      case Kind::kLoop: solve_loop(plan_.loops[index], n); break;
    }
  }
  dense_ += static_cast<int>(std::count(is_dense_.begin(), is_dense_.begin() + n, 1));
}

void SampleMachine::read(const Value& value, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = value.varies() ? value.scale * slot(value.slot)[i] : value.scale;
}

int SampleMachine::first_failure(int n) {
  int failure = n;
  for (const Value& value : plan_.scores) {
    if (!value.varies()) continue;
    const double* x = arena_ + offset(value.slot);
    double poison = 0.0;  // stays 0 until something is infinite or not a number
    for (int i = 0; i < n; ++i) poison += 0.0 * x[i];
    if (poison == 0.0) continue;
    for (int i = 0; i < failure; ++i)
      if (!std::isfinite(x[i])) failure = i;
  }
  return failure < n ? failure : -1;
}

void SampleMachine::solve_loop(const Loop& loop, int n) {
  // Turned round first, from samples side by side to sample after sample: the sweeps want a sample's numbers together.
  const auto turn = [&](const std::vector<Value>& values, std::vector<double>& out) {
    out.resize(values.size() * kBatch);
    for (std::size_t v = 0; v < values.size(); ++v) {
      const double* x = values[v].varies() ? arena_ + offset(values[v].slot) : nullptr;
      for (int b = 0; b < n; ++b) out[at(b) * values.size() + v] = x ? values[v].scale * x[b] : values[v].scale;
    }
  };
  turn(loop.diagonal, diagonal_);
  turn(loop.amounts, amounts_);
  turn(loop.right, right_);
  const auto part = [](const std::vector<double>& all, std::size_t size, int b) {
    return std::span(all).subspan(at(b) * size, size);
  };
  for (int b = 0; b < n; ++b) {
    // Always from the central solution, never from the sample before: a result must not depend on its neighbours.
    y_ = loop.start;
    const Outcome outcome =
        solve_ordered(loop.equations, part(diagonal_, loop.diagonal.size(), b), part(amounts_, loop.amounts.size(), b),
                      loop.lanes, part(right_, loop.right.size(), b), y_, options_);
    if (outcome.dense_blocks > 0) is_dense_[at(b)] = 1;
    const bool failed = outcome.failed_block >= 0;
    for (std::size_t i = 0; i < loop.slots.size(); ++i)
      slot(loop.slots[i])[at(b)] = failed ? std::numeric_limits<double>::quiet_NaN() : y_[i];
  }
}

}  // namespace cradle::lca
