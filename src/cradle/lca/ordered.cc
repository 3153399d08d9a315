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

  int lanes() const { return Lanes > 0 ? Lanes : lane_count; }
  const double* right_of(int i) const { return right.data() + static_cast<std::ptrdiff_t>(i) * lanes(); }
  double* x_of(int i) const { return x.data() + static_cast<std::ptrdiff_t>(i) * lanes(); }

  void solve_single(int i) const {
    double* xi = x_of(i);
    const double* b = right_of(i);
    for (int k = 0; k < lanes(); ++k) xi[k] = b[k];
    for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
      const double a = amounts[at(t)];
      const double* other = x_of(equations.other[at(t)]);
      for (int k = 0; k < lanes(); ++k) xi[k] += a * other[k];
    }
    const double d = diagonal[at(i)];
    for (int k = 0; k < lanes(); ++k) xi[k] /= d;
  }

  /// Right-hand side of equation i with the present x into sum, its magnitude (Oettli and Prager) into size.
  void gather(int i, double* sum, double* size) const {
    const double* b = right_of(i);
    for (int k = 0; k < lanes(); ++k) {
      sum[k] = b[k];
      size[k] = std::abs(b[k]);
    }
    for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
      const double a = amounts[at(t)];
      const double* other = x_of(equations.other[at(t)]);
      for (int k = 0; k < lanes(); ++k) {
        const double part = a * other[k];
        sum[k] += part;
        size[k] += std::abs(part);
      }
    }
  }

  /// Goes once through a block and returns the largest residual met (infinity if a number is not finite); writes the
  /// new x if asked to.
  double pass(int begin, int end, bool write, double* scratch) const {
    double* sum = scratch;
    double* size = scratch + lanes();
    double worst = 0.0;
    double poison = 0.0;  // stays 0 until something is infinite or not a number
    for (int i = begin; i < end; ++i) {
      gather(i, sum, size);
      double* xi = x_of(i);
      const double d = diagonal[at(i)];
      for (int k = 0; k < lanes(); ++k) {
        const double residual = std::abs(sum[k] - d * xi[k]);
        const double scale = size[k] + std::abs(d * xi[k]);
        poison += 0.0 * residual;
        if (residual > worst * scale) worst = residual / scale;  // the division is rare
        if (write) xi[k] = sum[k] / d;
      }
    }
    return poison == 0.0 ? worst : std::numeric_limits<double>::infinity();
  }

  /// Gauss-Seidel; true when the residual has reached the tolerance.
  bool sweep(int begin, int end, const SolveOptions& options, double* scratch, Outcome& outcome) const {
    const bool dense_is_possible = end - begin <= options.dense_limit;
    double checkpoint = std::numeric_limits<double>::infinity();
    for (int count = 1; count <= options.max_sweeps; ++count) {
      const double worst = pass(begin, end, true, scratch);
      if (!std::isfinite(worst)) return false;
      if (worst <= options.tolerance) {
        // `worst` mixed old and new values; accept on the residual of the result itself.
        const double residual = pass(begin, end, false, scratch);
        if (residual <= options.tolerance) {
          outcome.sweeps = std::max(outcome.sweeps, count);
          outcome.residual = std::max(outcome.residual, residual);
          return true;
        }
      }
      if (count % kPatience == 0) {
        if (worst > kWorthwhile * checkpoint && dense_is_possible) return false;
        checkpoint = worst;
      }
    }
    return false;
  }

  /// LU of one block; returns -1 or the unknown at which it broke down.
  int solve_block_densely(int begin, int end, double* scratch, Outcome& outcome) const {
    const int n = end - begin;
    std::vector<double> matrix(at(n) * at(n), 0.0), rhs(at(n) * at(lanes()));
    for (int i = begin; i < end; ++i) {
      double* row = matrix.data() + static_cast<std::ptrdiff_t>(i - begin) * n;
      double* r = rhs.data() + static_cast<std::ptrdiff_t>(i - begin) * lanes();
      row[i - begin] += diagonal[at(i)];
      for (int k = 0; k < lanes(); ++k) r[k] = right_of(i)[k];
      for (int t = equations.start[at(i)]; t < equations.start[at(i) + 1]; ++t) {
        const int other = equations.other[at(t)];
        if (other >= begin) row[other - begin] -= amounts[at(t)];
        else
          for (int k = 0; k < lanes(); ++k) r[k] += amounts[at(t)] * x_of(other)[k];
      }
    }
    const int broken = solve_dense(matrix, rhs, n, lanes());
    if (broken >= 0) return begin + broken;
    std::copy(rhs.begin(), rhs.end(), x_of(begin));
    outcome.residual = std::max(outcome.residual, pass(begin, end, false, scratch));
    return -1;
  }

  Outcome solve(const SolveOptions& options) const {
    Outcome outcome;
    std::vector<double> scratch(2 * at(lanes()));
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
      const bool positive = std::all_of(diagonal.begin() + begin, diagonal.begin() + end, [](double d) { return d > 0; });
      if (positive && sweep(begin, end, options, scratch.data(), outcome)) continue;
      ++outcome.dense_blocks;
      const int broken =
          end - begin > options.dense_limit ? -2 : solve_block_densely(begin, end, scratch.data(), outcome);
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
  switch (lanes) {
    case 0: return {};
    case 1: return Kernel<1>{equations, diagonal, amounts, lanes, right, x}.solve(options);
    case 2: return Kernel<2>{equations, diagonal, amounts, lanes, right, x}.solve(options);
    case 5: return Kernel<5>{equations, diagonal, amounts, lanes, right, x}.solve(options);
    case 16: return Kernel<16>{equations, diagonal, amounts, lanes, right, x}.solve(options);
    default: return Kernel<0>{equations, diagonal, amounts, lanes, right, x}.solve(options);
  }
}

}  // namespace cradle::lca
