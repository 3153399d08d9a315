#include "cradle/compress/low_rank.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/random.h"
#include "cradle/compress/vbmf.h"

namespace cradle::compress {
namespace {

Matrix noise(std::size_t rows, std::size_t columns, double deviation, std::uint64_t seed) {
  base::Stream stream(seed, base::stable_id("noise"));
  Matrix m{rows, columns, std::vector<double>(rows * columns)};
  for (double& v : m.values) v = stream.normal() * deviation;
  return m;
}

/// A matrix of this rank, whose singular values are about √(rows·columns), plus noise.
Matrix planted(std::size_t rows, std::size_t columns, std::size_t rank, double deviation, std::uint64_t seed) {
  Matrix m = product(noise(rows, rank, 1, seed), noise(rank, columns, 1, seed + 100));
  const Matrix n = noise(rows, columns, deviation, seed + 200);
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] += n.values[i];
  return m;
}

double squared_distance(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += (a.values[i] - b.values[i]) * (a.values[i] - b.values[i]);
  return sum;
}

TEST(LowRank, KnowsTheSingularValuesOfASmallMatrix) {
  // [[3, 0], [4, 5]]: singular values √45 and √5 (G. Strang, Introduction to Linear Algebra, section 7.2).
  const Spectrum s = spectrum_of({2, 2, {3, 0, 4, 5}});
  ASSERT_EQ(s.squares.size(), 2u);
  EXPECT_NEAR(s.squares[0], 45, 1e-12);
  EXPECT_NEAR(s.squares[1], 5, 1e-12);
}

TEST(LowRank, IsTheMatrixAtFullRankWhateverItsShape) {
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{5, 40}, {40, 5}, {7, 7}, {1, 9}, {9, 1}}) {
    const Matrix a = noise(rows, columns, 1, rows);
    const Factors f = truncated(a, spectrum_of(a), std::min(rows, columns));
    EXPECT_LT(squared_distance(a, product(f.left, f.right)), 1e-24) << rows << "×" << columns;
  }
  // With vanishing singular values too.
  const Matrix thin = planted(20, 30, 3, 0, 7);
  const Factors f = truncated(thin, spectrum_of(thin), 20);
  EXPECT_LT(squared_distance(thin, product(f.left, f.right)), 1e-22);
  for (const double v : f.right.values) EXPECT_TRUE(std::isfinite(v));
}

TEST(LowRank, LosesTheSquaresOfTheSingularValuesItDrops) {  // Eckart and Young
  for (const bool tall : {false, true}) {
    const Matrix a = tall ? noise(25, 9, 1, 3) : noise(9, 25, 1, 3);
    const Spectrum s = spectrum_of(a);
    for (std::size_t rank = 1; rank <= 9; ++rank) {
      const Factors f = truncated(a, s, rank);
      double dropped = 0;
      for (std::size_t i = rank; i < 9; ++i) dropped += s.squares[i];
      EXPECT_NEAR(squared_distance(a, product(f.left, f.right)), dropped, 1e-10);
    }
  }
}

TEST(LowRank, GivesBothFactorsTheSameNorm) {
  const Matrix a = noise(12, 50, 10, 4);
  const Factors f = truncated(a, spectrum_of(a), 4);
  double left = 0, right = 0;
  for (const double v : f.left.values) left += v * v;
  for (const double v : f.right.values) right += v * v;
  EXPECT_NEAR(left, right, 1e-9 * left);
}

TEST(LowRank, TheSideOfTheRowsHasAVectorForEachRowOfATallMatrixToo) {
  const Spectrum s = row_spectrum_of(noise(9, 4, 1, 5));
  EXPECT_EQ(s.squares.size(), 4u);
  EXPECT_EQ(s.basis.rows, 4u);
  EXPECT_EQ(s.basis.columns, 9u);
  EXPECT_NEAR(s.squares[0], spectrum_of(noise(9, 4, 1, 5)).squares[0], 1e-10);
}

TEST(LowRank, KeepsTheLeastRankForAShare) {
  const std::vector<double> squares{6, 3, 1};
  EXPECT_EQ(rank_for_share(squares, 0), 1u);
  EXPECT_EQ(rank_for_share(squares, 0.6), 1u);
  EXPECT_EQ(rank_for_share(squares, 0.61), 2u);
  EXPECT_EQ(rank_for_share(squares, 1), 3u);
  EXPECT_DOUBLE_EQ(share_kept(squares, 2), 0.9);
}

VbmfRank vbmf_of(const Matrix& a) { return vbmf_rank(spectrum_of(a).squares, a.rows, a.columns); }

TEST(Vbmf, FindsThePlantedRankAndTheNoise) {
  for (const std::size_t rank : {1u, 3u, 10u})
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{40, 200}, {200, 40}, {80, 80}}) {
      const VbmfRank found = vbmf_of(planted(rows, columns, rank, 0.5, rank + rows));
      EXPECT_EQ(found.rank, rank) << rows << "×" << columns;
      EXPECT_NEAR(found.noise_variance, 0.25, 0.03) << rows << "×" << columns << ", rank " << rank;
    }
}

TEST(Vbmf, FindsNothingInNoise) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) EXPECT_EQ(vbmf_of(noise(60, 150, 2, seed)).rank, 0u) << seed;
}

TEST(Vbmf, DoesNotCareForTheScale) {
  Matrix a = planted(50, 120, 5, 1, 9);
  const VbmfRank one = vbmf_of(a);
  for (double& v : a.values) v *= 1e-3;
  const VbmfRank small = vbmf_of(a);
  EXPECT_EQ(small.rank, one.rank);
  EXPECT_NEAR(small.noise_variance, one.noise_variance * 1e-6, one.noise_variance * 1e-9);
}

TEST(Vbmf, KeepsWhatThereIsWithoutNoise) {
  EXPECT_EQ(vbmf_of(planted(20, 30, 4, 0, 2)).rank, 4u);
  EXPECT_EQ(vbmf_rank(std::vector<double>{0, 0}, 2, 3).rank, 0u);
}

/// The threshold in a second way: a component is kept where its own free energy with the analytic posterior is below 0,
/// found by walking along γ. Nakajima et al. 2013, theorem 2, with σ² = 1.
TEST(Vbmf, ItsThresholdIsWhereAComponentsFreeEnergyTurnsNegative) {
  const std::size_t rows = 30, columns = 90;
  const VbmfRank found = vbmf_of(planted(rows, columns, 2, 1, 11));
  const double shorter = rows, longer = columns, variance = found.noise_variance;
  const auto gain = [&](double gamma) {
    const double square = gamma * gamma, sum = (shorter + longer) * variance;
    const double root = std::sqrt((square - sum) * (square - sum) - 4 * shorter * longer * variance * variance);
    const double tau = (square - sum + root) / (2 * longer * variance);  // γ·γ̂/(Mσ²)
    return longer * std::log(tau + 1) + shorter * std::log(tau * longer / shorter + 1) - longer * tau;
  };
  EXPECT_GT(gain(found.threshold * 0.999), 0);
  EXPECT_LT(gain(found.threshold * 1.001), 0);
}

}  // namespace
}  // namespace cradle::compress
