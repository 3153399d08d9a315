// Errors of products, by their logarithms.
#include "cradle/base/interval_math.h"

#include <cmath>

namespace cradle::base {

Interval product_of(const Interval& a, const Interval& b) {
  const double value = a.value * b.value;
  if (value <= 0) return {value, a.low * b.low, a.high * b.high};
  const auto spread = [](double x, double y) { return std::exp(std::hypot(std::log(x), std::log(y))); };
  return {value, a.low > 0 && b.low > 0 ? value / spread(a.value / a.low, b.value / b.low) : 0,
          value * spread(a.high / a.value, b.high / b.value)};
}

}  // namespace cradle::base
