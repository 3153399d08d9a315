// Ranges and histograms gathered batch by batch; the histogram's range doubles when a value falls outside.
#include "cradle/graph/activation_statistics.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::graph {
namespace {

constexpr std::size_t kBins = 2048;  // what ONNX Runtime's calibration settled on (its pull request 9342)
constexpr std::string_view kSchema = "cradle.activations/1";

/// Doubles the range upwards: two bins become one in the lower half, the upper half is empty.
void grow_up(ValueStatistics& s) {
  for (std::size_t i = 0; i < kBins / 2; ++i) s.histogram[i] = s.histogram[2 * i] + s.histogram[2 * i + 1];
  std::fill(s.histogram.begin() + kBins / 2, s.histogram.end(), 0.0);
  s.high += s.high - s.low;
}

/// Doubles the range downwards: two bins become one in the upper half, the lower half is empty.
void grow_down(ValueStatistics& s) {
  for (std::size_t i = kBins; i-- > kBins / 2;) {
    const std::size_t from = 2 * (i - kBins / 2);
    s.histogram[i] = s.histogram[from] + s.histogram[from + 1];
  }
  std::fill(s.histogram.begin(), s.histogram.begin() + kBins / 2, 0.0);
  s.low -= s.high - s.low;
}

/// The first range: that of the first batch, or some width around a constant.
void begin(ValueStatistics& s, double least, double greatest) {
  s.least = s.low = least;
  s.greatest = s.high = greatest;
  if (s.high <= s.low) s.high = s.low + std::max(1.0, std::abs(s.low)) * 1e-6;
  s.histogram.assign(kBins, 0.0);
}

}  // namespace

void add(ValueStatistics& s, const float* data, std::size_t n) {
  if (n == 0) return;
  float least = data[0], greatest = data[0];
  bool finite = true;
  for (std::size_t i = 0; i < n; ++i) {
    finite = finite && std::isfinite(data[i]);
    least = std::min(least, data[i]);
    greatest = std::max(greatest, data[i]);
  }
  if (!finite)
    base::fail(
        "an activation is not a finite number; the model overflows or holds damaged weights, and cannot be calibrated");
  if (s.histogram.empty()) begin(s, static_cast<double>(least), static_cast<double>(greatest));
  while (static_cast<double>(least) < s.low) grow_down(s);
  while (static_cast<double>(greatest) > s.high) grow_up(s);
  s.least = std::min(s.least, static_cast<double>(least));
  s.greatest = std::max(s.greatest, static_cast<double>(greatest));
  s.count += static_cast<double>(n);
  const double bins_per_unit = static_cast<double>(kBins) / (s.high - s.low);
  for (std::size_t i = 0; i < n; ++i) {
    const auto bin = static_cast<std::size_t>((static_cast<double>(data[i]) - s.low) * bins_per_unit);
    s.histogram[std::min(bin, kBins - 1)] += 1.0;
  }
}

void add_channel_means(ValueStatistics& s, std::span<const float> values, std::span<const std::int64_t> shape) {
  if (shape.size() < 2 || shape[1] < 1 || values.empty()) return;
  const auto channels = static_cast<std::size_t>(shape[1]);
  std::size_t inner = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) inner *= static_cast<std::size_t>(shape[axis]);
  s.channel_means.resize(channels, 0.0);
  std::vector<double> sums(channels, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i / inner % channels] += static_cast<double>(values[i]);
  const double added = static_cast<double>(values.size() / channels);
  const double all = s.count / static_cast<double>(channels);  // with this batch
  for (std::size_t c = 0; c < channels; ++c) s.channel_means[c] += (sums[c] - added * s.channel_means[c]) / all;
}

base::Json to_json(const ActivationStatistics& statistics) {
  base::Json values = base::Json::object();
  for (const auto& [name, s] : statistics.values) {
    values[name] = {{"least", s.least}, {"greatest", s.greatest}, {"count", s.count},
                    {"low", s.low},     {"high", s.high},         {"histogram", s.histogram}};
    if (!s.channel_means.empty()) values[name]["channel_means"] = s.channel_means;
  }
  base::Json json{{"schema", kSchema}, {"images", statistics.images}, {"values", values}};
  if (statistics.equalised) json["equalised"] = true;
  return json;
}

ActivationStatistics statistics_from_json(const base::Json& json, std::string_view where) {
  const std::string schema = base::json_string(json, "schema", where);
  if (schema != kSchema) base::fail("{}: expected schema '{}', found '{}'", where, kSchema, schema);
  ActivationStatistics statistics;
  statistics.images = static_cast<int>(base::json_number(json, "images", where));
  statistics.equalised = json.contains("equalised") && json.at("equalised") == true;
  const base::Json& values = base::json_member(json, "values", where);
  if (!values.is_object()) base::fail("{}: 'values': expected an object, found {}", where, values.type_name());
  for (const auto& [name, value] : values.items()) {
    const std::string at = fmt::format("{}: values '{}'", where, name);
    ValueStatistics s{base::json_number(value, "least", at),
                      base::json_number(value, "greatest", at),
                      base::json_number(value, "count", at),
                      base::json_number(value, "low", at),
                      base::json_number(value, "high", at),
                      {},
                      {}};
    const base::Json& histogram = base::json_member(value, "histogram", at);
    const auto countable = [](const base::Json& bin) { return bin.is_number() && bin.get<double>() >= 0; };
    if (!histogram.is_array() || histogram.size() != kBins || !std::ranges::all_of(histogram, countable))
      base::fail("{}: 'histogram': expected {} counts, none negative", at, kBins);
    for (const base::Json& bin : histogram) s.histogram.push_back(bin.get<double>());
    if (const auto means = value.find("channel_means"); means != value.end()) {
      const auto is_number = [](const base::Json& mean) { return mean.is_number(); };
      if (!means->is_array() || !std::ranges::all_of(*means, is_number))
        base::fail("{}: 'channel_means': expected numbers", at);
      for (const base::Json& mean : *means) s.channel_means.push_back(mean.get<double>());
    }
    if (!(s.low < s.high) || !(s.least <= s.greatest) || s.least < s.low || s.greatest > s.high || s.count <= 0)
      base::fail("{}: the range {} to {} does not hold the values {} to {}", at, s.low, s.high, s.least, s.greatest);
    statistics.values.emplace(name, std::move(s));
  }
  return statistics;
}

}  // namespace cradle::graph
