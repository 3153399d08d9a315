// The analytic solution of empirical variational Bayesian matrix factorisation.
#include "cradle/compress/vbmf.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cradle::compress {
namespace {

/// L ≤ M, α = L/M. x = γ²/(Mσ²) measures a singular value γ against the noise.
struct Problem {
  std::span<const double> squares;
  double shorter = 0, longer = 0, alpha = 0;
  double least_x = 0;  ///< x̲: below it a component's posterior vanishes
};

/// τ(x; α): how strongly a component stands out of the noise.
double tau_of(double x, double alpha) {
  const double y = x - (1 + alpha);
  return (y + std::sqrt(std::max(y * y - 4 * alpha, 0.0))) / 2;
}

/// ψ₁ in terms of τ: what the free energy of a component that is kept has beyond that of one that is not.
double gain_of(double tau, double alpha) { return std::log1p(tau) + alpha * std::log1p(tau / alpha) - tau; }

/// x̲ = (1 + τ̲)(1 + α/τ̲), where τ̲ is the zero of ψ₁ above √α.
double least_x_of(double alpha) {
  // ψ₁ rises up to τ = √α (its derivative is (α − τ²)/((1+τ)(α+τ))) from 0 and falls from there for ever.
  double low = std::sqrt(alpha), high = 4 * low + 4;
  while (gain_of(high, alpha) > 0) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (gain_of(middle, alpha) > 0 ? low : high) = middle;
  }
  return (1 + low) * (1 + alpha / low);
}

/// Ω(σ²): the free energy, up to a factor and a constant.
double free_energy(const Problem& p, double variance) {
  double sum = 0;
  for (const double square : p.squares) {
    const double x = square / (p.longer * variance);
    // ψ₀(x) = x − log x; the part log γ² of it does not depend on σ² and would be infinite for vanishing values.
    sum += x + std::log(variance);
    if (x > p.least_x) sum += gain_of(tau_of(x, p.alpha), p.alpha);
  }
  return sum;
}

/// Where σ² can lie: [low, high].
std::pair<double, double> bounds_of(const Problem& p) {
  const double all = std::accumulate(p.squares.begin(), p.squares.end(), 0.0);
  // At most this many components can be kept (theorem 4).
  const double most = std::ceil(p.shorter / (1 + p.alpha)) - 1;
  const auto kept = static_cast<std::size_t>(std::clamp(most, 0.0, p.shorter - 1));
  const double rest = std::accumulate(p.squares.begin() + static_cast<std::ptrdiff_t>(kept), p.squares.end(), 0.0);
  const double low =
      std::max(p.squares[kept] / (p.longer * p.least_x), rest / (p.longer * (p.shorter - static_cast<double>(kept))));
  return {low, all / (p.longer * p.shorter)};
}

/// The least of the free energy between the bounds. It can have several local minima, so a grid in log σ² comes first.
double best_variance(const Problem& p, double low, double high) {
  constexpr int kGrid = 200;
  const double first = std::log(low), step = (std::log(high) - first) / kGrid;
  const auto at = [&](double position) { return free_energy(p, std::exp(first + position * step)); };
  int best = 0;
  double least = at(0);
  for (int i = 1; i <= kGrid; ++i)
    if (const double value = at(i); value < least) {
      least = value;
      best = i;
    }
  double a = std::max(best - 1, 0), b = std::min(best + 1, kGrid);
  for (int i = 0; i < 60; ++i) {  // thirds: each round keeps two of them
    const double c = a + (b - a) / 3, d = b - (b - a) / 3;
    if (at(c) < at(d))
      b = d;
    else
      a = c;
  }
  return std::exp(first + (a + b) / 2 * step);
}

}  // namespace

VbmfRank vbmf_rank(std::span<const double> squares, std::size_t rows, std::size_t columns) {
  Problem p{squares, static_cast<double>(std::min(rows, columns)), static_cast<double>(std::max(rows, columns)), 0, 0};
  p.alpha = p.shorter / p.longer;
  p.least_x = least_x_of(p.alpha);
  VbmfRank result;
  const auto count = [&](double least) {
    return static_cast<std::size_t>(std::ranges::count_if(squares, [&](double square) { return square > least; }));
  };
  const auto [low, high] = bounds_of(p);
  // Without noise, to the rounding of a spectrum (low_rank.h): what is not zero is kept.
  const double rounding = squares[0] * 1e-14;
  if (p.longer * low <= rounding) {
    result.rank = count(rounding);
    return result;
  }
  result.noise_variance = low < high ? best_variance(p, low, high) : high;
  const double least_square = p.longer * result.noise_variance * p.least_x;
  result.threshold = std::sqrt(least_square);
  result.rank = count(least_square);
  return result;
}

}  // namespace cradle::compress
