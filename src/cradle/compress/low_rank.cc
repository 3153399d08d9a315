// Truncated singular value decompositions by the eigenvectors of the smaller Gram matrix.
#include "cradle/compress/low_rank.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace cradle::compress {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const RowMajor>;

View view(const Matrix& a) {
  return {a.values.data(), static_cast<Eigen::Index>(a.rows), static_cast<Eigen::Index>(a.columns)};
}

Matrix matrix_of(const RowMajor& a) {
  Matrix out{static_cast<std::size_t>(a.rows()), static_cast<std::size_t>(a.cols()), {}};
  out.values.assign(a.data(), a.data() + a.size());
  return out;
}

Spectrum spectrum_of_side(const Matrix& a, bool rows) {
  const View matrix = view(a);
  const RowMajor gram = rows ? RowMajor(matrix * matrix.transpose()) : RowMajor(matrix.transpose() * matrix);
  const Eigen::SelfAdjointEigenSolver<RowMajor> solver(gram);  // eigenvalues ascend
  Spectrum spectrum;
  spectrum.of_rows = rows;
  spectrum.rows = a.rows;
  spectrum.columns = a.columns;
  const auto count = static_cast<Eigen::Index>(std::min(a.rows, a.columns));
  RowMajor basis(count, gram.rows());
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::Index from = gram.rows() - 1 - i;
    spectrum.squares.push_back(std::max(solver.eigenvalues()[from], 0.0));
    basis.row(i) = solver.eigenvectors().col(from).transpose();
  }
  spectrum.basis = matrix_of(basis);
  return spectrum;
}

}  // namespace

Spectrum spectrum_of(const Matrix& a) { return spectrum_of_side(a, a.rows <= a.columns); }
Spectrum row_spectrum_of(const Matrix& a) { return spectrum_of_side(a, true); }

Factors truncated(const Matrix& a, const Spectrum& spectrum, std::size_t rank) {
  assert(rank >= 1 && rank <= spectrum.squares.size());
  const auto kept = static_cast<Eigen::Index>(rank);
  RowMajor basis = view(spectrum.basis).topRows(kept);
  RowMajor other = spectrum.of_rows ? RowMajor(basis * view(a)) : RowMajor(view(a) * basis.transpose());
  for (Eigen::Index i = 0; i < kept; ++i) {
    // The norm of what belongs to this vector is its singular value; a vanishing one has nothing to share.
    const double value = spectrum.of_rows ? other.row(i).norm() : other.col(i).norm();
    const double root = value > 1e-150 ? std::sqrt(value) : 1.0;
    basis.row(i) *= root;
    if (spectrum.of_rows)
      other.row(i) /= root;
    else
      other.col(i) /= root;
  }
  if (spectrum.of_rows) return {matrix_of(basis.transpose()), matrix_of(other)};
  return {matrix_of(other), matrix_of(basis)};
}

double share_kept(std::span<const double> squares, std::size_t rank) {
  const double all = std::accumulate(squares.begin(), squares.end(), 0.0);
  if (!(all > 0)) return 1;
  const auto first = squares.first(std::min(rank, squares.size()));
  return std::accumulate(first.begin(), first.end(), 0.0) / all;
}

std::size_t rank_for_share(std::span<const double> squares, double share) {
  const double wanted = share * std::accumulate(squares.begin(), squares.end(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < squares.size(); ++i)
    if ((sum += squares[i]) >= wanted) return i + 1;
  return squares.size();
}

Matrix product(const Matrix& a, const Matrix& b) {
  assert(a.columns == b.rows);
  return matrix_of(view(a) * view(b));
}

}  // namespace cradle::compress
