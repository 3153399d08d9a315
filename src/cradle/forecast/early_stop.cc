// Learning curves are extrapolated with their noise and played to the end, again and again.
#include "cradle/forecast/early_stop.h"

#include <algorithm>
#include <cmath>

namespace cradle::forecast {
namespace {

// Learning curves fall as a power of time (Domhan, Springenberg, Hutter 2015, pow3); evenly probable beforehand.
constexpr double kPowers[] = {0.25, 0.5, 1, 2};
constexpr std::size_t kLeastForCurve = 4;
// Assumed, while the curve is young: the last epoch is log-uniform between the first at which the run can stop and
// twice the most that it may take; so many epochs in which this is all that is believed:
constexpr double kPriorEpochs = 10;
constexpr double kPriorReach = 2;
// No curve is played further: a run that has not stopped by then goes on to the end (and a draw stays below 50 µs).
constexpr int kMostPlayed = 1000;

Curve fit(std::span<const double> metric, double power) {
  Curve curve;
  curve.power = power;
  const auto n = static_cast<double>(metric.size());
  double x_mean = 0, y_mean = 0, xx = 0, xy = 0, squares = 0;
  const auto x = [&](std::size_t i) { return std::pow(static_cast<double>(i + 1), -power); };
  for (std::size_t i = 0; i < metric.size(); ++i) {
    x_mean += x(i) / n;
    y_mean += metric[i] / n;
  }
  for (std::size_t i = 0; i < metric.size(); ++i) {
    xx += (x(i) - x_mean) * (x(i) - x_mean);
    xy += (x(i) - x_mean) * (metric[i] - y_mean);
  }
  curve.gain = std::max(0.0, xy / xx);  // a curve that gets worse has reached its floor
  curve.floor = y_mean - curve.gain * x_mean;
  for (std::size_t i = 0; i < metric.size(); ++i) {
    const double r = metric[i] - curve.floor - curve.gain * x(i);
    squares += r * r;
  }
  curve.noise = std::sqrt(squares / (n - 2));
  return curve;
}

}  // namespace

std::vector<Curve> learning_curves(std::span<const double> metric) {
  std::vector<Curve> curves;
  double least = INFINITY;
  for (const double power : kPowers) {
    curves.push_back(fit(metric, power));
    least = std::min(least, curves.back().noise);
  }
  double sum = 0;
  const auto n = static_cast<double>(metric.size());
  for (Curve& curve : curves) {  // likelihood with the noise integrated out: (sum of squares)^-(n-2)/2
    curve.weight = curve.noise > 0 ? std::pow(least / curve.noise, n - 2) : 1;
    sum += curve.weight;
  }
  for (Curve& curve : curves) curve.weight /= sum;
  return curves;
}

EarlyStop::EarlyStop(std::vector<double> metric, int patience, int most_left)
    : metric_(std::move(metric)), patience_(patience), most_left_(most_left) {
  if (metric_.empty()) return;
  const auto best = std::min_element(metric_.begin(), metric_.end());
  best_ = *best;
  since_best_ = static_cast<int>(metric_.end() - best) - 1;
  // A run that should have stopped and has not counts in a way of its own: it may stop at the next epoch.
  since_best_ = std::min(since_best_, patience_ - 1);
  if (metric_.size() >= kLeastForCurve) curves_ = learning_curves(metric_);
}

int EarlyStop::draw(base::Stream* stream) const {
  const double belief = kPriorEpochs / std::max<double>(kPriorEpochs, static_cast<double>(metric_.size()));
  const bool prior = curves_.empty() || stream->uniform() < belief;
  return std::min(most_left_, prior ? from_prior(stream) : from_curve(stream));
}

int EarlyStop::from_prior(base::Stream* stream) const {
  const auto done = static_cast<double>(metric_.size());
  const double first = done + patience_ - since_best_;
  const double last = std::max(first, kPriorReach * (done + most_left_));
  const double left = first * std::pow(last / first, stream->uniform()) - done;
  return static_cast<int>(std::lround(std::min<double>(left, most_left_)));
}

int EarlyStop::from_curve(base::Stream* stream) const {
  double u = stream->uniform();
  const Curve* curve = &curves_.front();
  for (const Curve& c : curves_) {
    curve = &c;
    if ((u -= c.weight) <= 0) break;
  }
  double best = best_;
  int since = since_best_;
  for (int left = 1; left <= std::min(most_left_, kMostPlayed); ++left) {
    const double t = static_cast<double>(metric_.size()) + left;
    const double value = curve->floor + curve->gain * std::pow(t, -curve->power) + curve->noise * stream->normal();
    since = value < best ? 0 : since + 1;
    best = std::min(best, value);
    if (since >= patience_) return left;
  }
  return most_left_;
}

}  // namespace cradle::forecast
