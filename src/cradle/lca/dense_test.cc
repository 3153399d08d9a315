#include "cradle/lca/dense.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/random.h"

namespace cradle::lca {
namespace {

TEST(Dense, TheSolutionPutBackGivesTheRightHandSide) {
  base::Stream r(1, 2);
  for (const int n : {1, 2, 5, 40}) {
    constexpr int kLanes = 3;
    const auto size = static_cast<std::size_t>(n);
    std::vector<double> matrix(size * size), right(size * kLanes);
    // Rows in units that differ by twelve orders of magnitude.
    for (std::size_t i = 0; i < size; ++i) {
      const double unit = std::pow(10.0, 12.0 * r.uniform() - 6.0);
      for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] = unit * r.normal();
      for (std::size_t k = 0; k < kLanes; ++k) right[i * kLanes + k] = unit * r.normal();
    }
    std::vector<double> m = matrix, x = right;
    ASSERT_EQ(solve_dense(m, x, n, kLanes), -1);
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = 0; k < kLanes; ++k) {
        double sum = 0, magnitude = 0;
        for (std::size_t j = 0; j < size; ++j) {
          sum += matrix[i * size + j] * x[j * kLanes + k];
          magnitude += std::abs(matrix[i * size + j] * x[j * kLanes + k]);
        }
        EXPECT_NEAR(sum, right[i * kLanes + k], 1e-12 * magnitude);
      }
  }
}

TEST(Dense, ExchangesRowsWhereTheDiagonalIsZero) {
  std::vector<double> matrix = {0, 2, 4, 0}, right = {6, 8};
  ASSERT_EQ(solve_dense(matrix, right, 2, 1), -1);
  EXPECT_EQ(right, (std::vector<double>{2, 3}));
}

TEST(Dense, NamesTheColumnAtWhichASingularMatrixBreaksDown) {
  std::vector<double> twice = {1, 2, 3, 2, 4, 7, 3, 6, 1}, right = {1, 1, 1};  // column 1 is twice column 0
  EXPECT_EQ(solve_dense(twice, right, 3, 1), 1);
  std::vector<double> empty = {1, 0, 1, 0}, one = {1, 1};
  EXPECT_EQ(solve_dense(empty, one, 2, 1), 1);
}

TEST(Dense, SingularDoesNotDependOnUnits) {
  std::vector<double> small = {1e-200, 0, 0, 1e150}, right = {1e-200, 1e150};
  ASSERT_EQ(solve_dense(small, right, 2, 1), -1);
  EXPECT_DOUBLE_EQ(right[0], 1.0);
  EXPECT_DOUBLE_EQ(right[1], 1.0);
}

}  // namespace
}  // namespace cradle::lca
