// Reads targets.
#include "cradle/recipe/target.h"

#include <charconv>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

struct Unit {
  const char* name;
  double scale;
};

/// "5ms" → 0.005 by the units that fit.
std::optional<double> amount_in(std::string_view text, std::initializer_list<Unit> units) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return {};
  const std::string_view rest = base::trim(text.substr(static_cast<std::size_t>(end - text.data())));
  for (const Unit& unit : units)
    if (rest == unit.name) return value * unit.scale;
  return {};
}

}  // namespace

Target target_named(std::string_view text) {
  Target target;
  target.text = std::string(text);
  for (const std::string& part : base::split(text, ',')) {
    const std::string_view one = base::trim(part);
    const std::size_t sign = one.find_first_of("<>");
    const auto amount = [&](std::string_view what, std::initializer_list<Unit> units) -> std::optional<double> {
      if (sign == one.npos || base::trim(one.substr(0, sign)) != what.substr(0, what.size() - 1)) return {};
      return one[sign] == what.back() ? amount_in(base::trim(one.substr(sign + 1)), units) : std::nullopt;
    };
    if (const auto ms = amount("latency<", {{"ms", 1}, {"us", 1e-3}, {"µs", 1e-3}, {"s", 1e3}}); ms && *ms > 0)
      target.most_ms = ms;
    else if (const auto j = amount("energy<", {{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"µJ", 1e-6}}); j && *j > 0)
      target.most_j = j;
    else if (const auto change = amount("accuracy>", {{"pp", 0.01}}); change && *change > -1 && *change < 1)
      target.least_change = change;
    else
      base::fail_usage(
          "--target: expected latency<5ms, energy<2mJ or accuracy>-0.5pp (several with commas), found '{}'",
          std::string(one));
  }
  return target;
}

}  // namespace cradle::recipe
