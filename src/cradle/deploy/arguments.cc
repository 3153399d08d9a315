// Range checks for a job's numbers.
#include "cradle/deploy/arguments.h"

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::deploy {

double number_between(const base::Json& arguments, std::string_view key, double fallback, double low, double high,
                      std::string_view where) {
  const double number = base::json_number_or(arguments, key, fallback, where);
  if (!(number >= low && number <= high)) {
    base::fail("{}: '{}' is {}; expected a number from {} to {}", where, key, number, low, high);
  }
  return number;
}

std::size_t count_between(const base::Json& arguments, std::string_view key, std::size_t fallback, std::size_t low,
                          std::size_t high, std::string_view where) {
  const double number = number_between(arguments, key, static_cast<double>(fallback), static_cast<double>(low),
                                       static_cast<double>(high), where);
  if (number != std::floor(number)) base::fail("{}: '{}' is {}; expected a whole number", where, key, number);
  return static_cast<std::size_t>(number);
}

}  // namespace cradle::deploy
