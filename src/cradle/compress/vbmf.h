// How many components of a matrix are more than noise: empirical variational Bayesian matrix factorisation.
#pragma once

#include <cstddef>
#include <span>

namespace cradle::compress {

struct VbmfRank {
  std::size_t rank = 0;       ///< components whose variational posterior does not vanish; 0: all of it looks like noise
  double noise_variance = 0;  ///< σ² of one element, estimated with them
  double threshold = 0;       ///< the singular value above which a component is kept
};

/// The global solution of fully observed empirical VB matrix factorisation, which is analytic for a given σ², and the
/// σ² that minimises its free energy, by a search in one dimension over the interval that contains it: S. Nakajima, M.
/// Sugiyama, S. D. Babacan, R. Tomioka, "Global analytic solution of fully-observed variational Bayesian matrix
/// factorization", JMLR 14 (2013); in the form of S. Nakajima, R. Tomioka, M. Sugiyama, S. D. Babacan, "Condition for
/// perfect dimensionality recovery by variational Bayesian PCA", JMLR 16 (2015), theorems 2 to 4 and 8. `squares`: all
/// squared singular values, descending, min(rows, columns) of them. The data have no missing entries. Cost: a few
/// hundred times the number of values.
VbmfRank vbmf_rank(std::span<const double> squares, std::size_t rows, std::size_t columns);

}  // namespace cradle::compress
