// Plane by plane.
#include "cradle/task/normalise.h"

#include "cradle/base/error.h"

namespace cradle::task {
namespace {

std::vector<float> numbers_at(const base::Json& arguments, const char* key, std::string_view where) {
  std::vector<float> numbers;
  const auto found = arguments.find(key);
  if (found == arguments.end() || found->is_null()) return numbers;
  if (!found->is_array()) base::fail("{}: '{}': expected a list of numbers, found {}", where, key, found->type_name());
  for (const base::Json& number : *found) {
    if (!number.is_number()) base::fail("{}: '{}': expected numbers, found {}", where, key, number.dump());
    numbers.push_back(number.get<float>());
  }
  return numbers;
}

}  // namespace

Normalisation normalisation_from(const base::Json& arguments, std::string_view where) {
  Normalisation n{numbers_at(arguments, "mean", where), numbers_at(arguments, "deviation", where)};
  if (n.mean.size() != n.deviation.size())
    base::fail("{}: 'mean' has {} numbers and 'deviation' {}; expected as many", where, n.mean.size(),
               n.deviation.size());
  for (const float d : n.deviation)
    if (!(d > 0)) base::fail("{}: 'deviation': expected numbers above 0, found {}", where, d);
  return n;
}

void normalise(std::span<float> pixels, const ImageShape& image, const Normalisation& by) {
  if (by.mean.empty()) return;
  const auto channels = static_cast<std::size_t>(image.channels);
  if (by.mean.size() != 1 && by.mean.size() != channels)
    base::fail(
        "images have {} channels, and pixels are to be normalised by {} numbers; expected one, or one for each "
        "channel",
        channels, by.mean.size());
  const std::size_t plane = image.pixels();
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t c = by.mean.size() == 1 ? 0 : i / plane % channels;
    pixels[i] = (pixels[i] - by.mean[c]) / by.deviation[c];
  }
}

}  // namespace cradle::task
