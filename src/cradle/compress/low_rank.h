// A matrix as the product of two thinner ones: the truncated singular value decomposition.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cradle::compress {

/// Row-major, in double precision.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
};

/// The singular values of a matrix and the singular vectors of one of its sides.
struct Spectrum {
  std::vector<double> squares;  ///< squared singular values, descending, min(rows, columns) of them
  Matrix basis;                 ///< in each row a singular vector of that side, orthonormal, in the order of `squares`
  bool of_rows = true;          ///< whether the vectors have an entry for each row of the matrix, or for each column
  std::size_t rows = 0, columns = 0;  ///< of the matrix
};

/// From the eigenvectors of A·Aᵀ (or Aᵀ·A where the columns are fewer), which for skinny matrices is several times
/// faster than a decomposition of A; singular values below 1e-8 of the greatest are noise of the rounding.
/// Cost: min² · max + about 9·min³ multiply-accumulates, one thread.
Spectrum spectrum_of(const Matrix& a);
/// The same, always of the side of the rows.
Spectrum row_spectrum_of(const Matrix& a);

/// left (rows × rank) · right (rank × columns).
struct Factors {
  Matrix left, right;
};

/// The best approximation of rank `rank` in the Frobenius norm (Eckart and Young 1936): with U the first `rank` vectors
/// of the spectrum, A ≈ U·(Uᵀ·A). At full rank this is A to rounding, however inexact the small singular values are.
/// Both factors get the square root of each singular value, so that neither is harder to code than the other.
/// `rank` must be in [1, squares.size()].
Factors truncated(const Matrix& a, const Spectrum& spectrum, std::size_t rank);

/// The share of the sum of `squares` that lies in the first `rank`; 1 if there is nothing to keep.
double share_kept(std::span<const double> squares, std::size_t rank);
/// The least rank, from 1, that keeps at least this share.
std::size_t rank_for_share(std::span<const double> squares, double share);

/// a · b.
Matrix product(const Matrix& a, const Matrix& b);

}  // namespace cradle::compress
