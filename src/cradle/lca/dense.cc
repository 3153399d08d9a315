// LU factorisation with partial pivoting, applied to the right-hand sides as it goes.
#include "cradle/lca/dense.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cradle::lca {
namespace {

/// 1 / largest |entry|; 0 for an empty row or column, which then shows as a vanishing pivot.
double inverse_of_largest(double largest) { return largest > 0.0 ? 1.0 / largest : 0.0; }

/// row_i -= factor · row_k on [begin, end).
void subtract(double* target, const double* source, double factor, int begin, int end) {
  for (int j = begin; j < end; ++j) target[j] -= factor * source[j];
}

}  // namespace

int solve_dense(std::vector<double>& matrix, std::vector<double>& right, int n, int lanes) {
  const auto row = [&](int i) { return matrix.data() + static_cast<std::ptrdiff_t>(i) * n; };
  const auto result = [&](int i) { return right.data() + static_cast<std::ptrdiff_t>(i) * lanes; };
  for (int i = 0; i < n; ++i) {
    double largest = 0.0;
    for (int j = 0; j < n; ++j) largest = std::max(largest, std::abs(row(i)[j]));
    const double scale = inverse_of_largest(largest);
    for (int j = 0; j < n; ++j) row(i)[j] *= scale;
    for (int k = 0; k < lanes; ++k) result(i)[k] *= scale;
  }
  std::vector<double> column_scale(static_cast<std::size_t>(n), 0.0);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      double& largest = column_scale[static_cast<std::size_t>(j)];
      largest = std::max(largest, std::abs(row(i)[j]));
    }
  for (double& scale : column_scale) scale = inverse_of_largest(scale);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) row(i)[j] *= column_scale[static_cast<std::size_t>(j)];

  const double least = n * std::numeric_limits<double>::epsilon();
  for (int k = 0; k < n; ++k) {
    int pivot = k;
    for (int i = k + 1; i < n; ++i)
      if (std::abs(row(i)[k]) > std::abs(row(pivot)[k])) pivot = i;
    if (!(std::abs(row(pivot)[k]) > least)) return k;
    if (pivot != k) {
      std::swap_ranges(row(k), row(k) + n, row(pivot));
      std::swap_ranges(result(k), result(k) + lanes, result(pivot));
    }
    for (int i = k + 1; i < n; ++i) {
      const double factor = row(i)[k] / row(k)[k];
      if (factor == 0.0) continue;
      subtract(row(i), row(k), factor, k + 1, n);
      subtract(result(i), result(k), factor, 0, lanes);
    }
  }
  for (int i = n - 1; i >= 0; --i) {
    for (int j = i + 1; j < n; ++j) subtract(result(i), result(j), row(i)[j], 0, lanes);
    for (int k = 0; k < lanes; ++k) result(i)[k] /= row(i)[i];
  }
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < lanes; ++k) result(i)[k] *= column_scale[static_cast<std::size_t>(i)];
  return -1;
}

}  // namespace cradle::lca
