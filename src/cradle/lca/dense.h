// A dense linear solve, for the loops on which sweeps do not converge.
#pragma once

#include <vector>

namespace cradle::lca {

/// Solves M X = R in place: `matrix` (n × n, by row) is destroyed, `right` (n × lanes, by row) becomes X. LU with
/// partial pivoting of the matrix scaled by rows and columns to a largest entry of 1, so units do not matter (Golub and
/// Van Loan, Matrix Computations, 4th ed., sections 3.4 and 3.5.2). Returns -1, or the column at which no pivot above
/// n·2^-52 was left: the matrix is singular to working precision. Cost 2/3·n³.
int solve_dense(std::vector<double>& matrix, std::vector<double>& right, int n, int lanes);

}  // namespace cradle::lca
