// Block by block: one division, sweeps, or a dense solve.
#include "cradle/lca/ordered.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cradle/lca/dense.h"

namespace cradle::lca {
namespace {

/// A loop whose residual has not halved within this many sweeps is taken not to contract.
constexpr int kPatience = 10;
constexpr double kWorthwhile = 0.5;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The equations with their numbers, for a number of lanes known at compile time (0: not known).
template <int Lanes>
struct Kernel {
  const Ordered& equations;
  std::span<const double> diagonal, amounts;
  int lane_count;
  std::span<const double> right;
  std::span<double> x;
  double* scratch;  // 2 · lanes

  static constexpr int kLocal = std::max(Lanes, 1);
  int lanes() const { return Lanes > 0 ? Lanes : lane_count; }
  const double* right_of(int i) const { return right.data() + static_cast<std::ptrdiff_t>(i) * lanes(); }
  double* x_of(int i) const { return x.data() + static_cast<std::ptrdiff_t>(i) * lanes(); }

  /// x_i from the others.
  void solve_single(int i) const {
    double local[kLocal];
    double* sum = accumulators(local);
    gather(i, sum);
    const double d = diagonal[at(i)];
    double* xi = x_of(i);
    for (int k = 0; k < lanes(); ++k) xi[k] = sum[k] / d;
  }

  /// Where a sum is built: on the stack when its length is known, so that the compiler keeps it in registers.
  double* accumulators(double* local) const { return Lanes > 0 ? local : scratch; }

  /// sum = b_i + Σ a x.
  void gather(int i, double* sum) const {
    const double* b = right_of(i);
    for (int k = 0; k < lanes(); ++k) sum[k] = b[k];
    for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
      const double a = amounts[at(t)];
      const double* other = x_of(equations.other[at(t)]);
      for (int k = 0; k < lanes(); ++k) sum[k] += a * other[k];
    }
  }

  /// One Gauss-Seidel sweep; returns the largest relative residual met on the way (infinity if a number is not finite).
  /// Each is taken before its unknown changes and relative to the sum alone, which costs half of what residual() does
  /// and is the same wherever nothing cancels.
  double sweep(int begin, int end) const {
    double worst = 0.0;
    double poison = 0.0;  // stays 0 until something is infinite or not a number
    for (int i = begin; i < end; ++i) {
      double local[kLocal];
      double* sum = accumulators(local);
      gather(i, sum);
      const double d = diagonal[at(i)];
      double* xi = x_of(i);
      for (int k = 0; k < lanes(); ++k) {
        const double old = d * xi[k];
        const double change = std::abs(sum[k] - old), scale = std::abs(sum[k]) + std::abs(old);
        poison += 0.0 * change;
        if (change > worst * scale) worst = change / scale;  // the division is rare
        xi[k] = sum[k] / d;
      }
    }
    return poison == 0.0 ? worst : std::numeric_limits<double>::infinity();
  }

  /// Largest componentwise residual of the present x in a block (Oettli and Prager).
  double residual(int begin, int end) const {
    double* sum = scratch;
    double* size = scratch + lanes();
    double worst = 0.0;
    for (int i = begin; i < end; ++i) {
      for (int k = 0; k < lanes(); ++k) {
        const double own = diagonal[at(i)] * x_of(i)[k];
        sum[k] = right_of(i)[k] - own;
        size[k] = std::abs(right_of(i)[k]) + std::abs(own);
      }
      for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
        const double* other = x_of(equations.other[at(t)]);
        for (int k = 0; k < lanes(); ++k) {
          const double part = amounts[at(t)] * other[k];
          sum[k] += part;
          size[k] += std::abs(part);
        }
      }
      for (int k = 0; k < lanes(); ++k)
        if (std::abs(sum[k]) > worst * size[k]) worst = std::abs(sum[k]) / size[k];
    }
    return worst;
  }

  /// Gauss-Seidel; true when the residual has reached the tolerance.
  bool iterate(int begin, int end, const SolveOptions& options, Outcome& outcome) const {
    const bool dense_is_possible = end - begin <= options.dense_limit;
    double checkpoint = std::numeric_limits<double>::infinity();
    for (int count = 1; count <= options.max_sweeps; ++count) {
      const double worst = sweep(begin, end);
      if (!std::isfinite(worst)) return false;
      const bool pause = count % kPatience == 0;
      if (worst > options.tolerance && !pause) continue;
      const double now = residual(begin, end);
      if (now <= options.tolerance) {
        outcome.sweeps = std::max(outcome.sweeps, count);
        outcome.residual = std::max(outcome.residual, now);
        return true;
      }
      if (!pause) continue;
      if (now > kWorthwhile * checkpoint && dense_is_possible) return false;
      checkpoint = now;
    }
    return false;
  }

  /// LU of one block; returns -1 or the unknown at which it broke down.
  int solve_block_densely(int begin, int end, Outcome& outcome) const {
    const int n = end - begin;
    std::vector<double> matrix(at(n) * at(n), 0.0), rhs(at(n) * at(lanes()));
    for (int i = begin; i < end; ++i) {
      double* row = matrix.data() + static_cast<std::ptrdiff_t>(i - begin) * n;
      double* r = rhs.data() + static_cast<std::ptrdiff_t>(i - begin) * lanes();
      row[i - begin] += diagonal[at(i)];
      for (int k = 0; k < lanes(); ++k) r[k] = right_of(i)[k];
      for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
        const int other = equations.other[at(t)];
        if (other >= begin)
          row[other - begin] -= amounts[at(t)];
        else
          for (int k = 0; k < lanes(); ++k) r[k] += amounts[at(t)] * x_of(other)[k];
      }
    }
    const int broken = solve_dense(matrix, rhs, n, lanes());
    if (broken >= 0) return begin + broken;
    std::copy(rhs.begin(), rhs.end(), x_of(begin));
    outcome.residual = std::max(outcome.residual, residual(begin, end));
    return -1;
  }

  Outcome solve(const SolveOptions& options) const {
    Outcome outcome;
    const auto blocks = static_cast<int>(equations.block.size()) - 1;
    for (int block = 0; block < blocks; ++block) {
      const int begin = equations.block[at(block)], end = equations.block[at(block) + 1];
      if (end - begin == 1) {
        if (diagonal[at(begin)] == 0.0) {
          outcome.failed_block = block;
          outcome.failed_unknown = begin;
          return outcome;
        }
        solve_single(begin);
        continue;
      }
      const bool positive =
          std::all_of(diagonal.begin() + begin, diagonal.begin() + end, [](double d) { return d > 0; });
      if (positive && iterate(begin, end, options, outcome)) continue;
      ++outcome.dense_blocks;
      const int broken = end - begin > options.dense_limit ? -2 : solve_block_densely(begin, end, outcome);
      if (broken != -1) {
        outcome.failed_block = block;
        outcome.failed_unknown = std::max(broken, -1);
        return outcome;
      }
    }
    return outcome;
  }
};

}  // namespace

Outcome solve_ordered(const Ordered& equations, std::span<const double> diagonal, std::span<const double> amounts,
                      int lanes, std::span<const double> right, std::span<double> x, const SolveOptions& options) {
  std::vector<double> scratch(2 * at(lanes));
  switch (lanes) {
    case 0: return {};
    case 1: return Kernel<1>{equations, diagonal, amounts, lanes, right, x, scratch.data()}.solve(options);
    case 2: return Kernel<2>{equations, diagonal, amounts, lanes, right, x, scratch.data()}.solve(options);
    case 5: return Kernel<5>{equations, diagonal, amounts, lanes, right, x, scratch.data()}.solve(options);
    case 16: return Kernel<16>{equations, diagonal, amounts, lanes, right, x, scratch.data()}.solve(options);
    default: return Kernel<0>{equations, diagonal, amounts, lanes, right, x, scratch.data()}.solve(options);
  }
}

}  // namespace cradle::lca
