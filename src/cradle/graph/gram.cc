// Sums, writes and reads matrices of products.
#include "cradle/graph/gram.h"

#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"

namespace cradle::graph {
namespace {

constexpr std::string_view kSchema = "cradle.gram/1";
constexpr double kMostInputs = 65536;  // beyond it a file is damaged

std::filesystem::path numbers_of(const std::filesystem::path& path) { return path.string() + ".f32"; }

std::size_t size_at(const base::Json& json, std::string_view key, std::string_view where) {
  const double value = base::json_number(json, key, where);
  if (!(value >= 1 && value <= kMostInputs && value == static_cast<double>(static_cast<std::size_t>(value))))
    base::fail("{}: '{}': expected a whole number from 1 to {}, found {}", where, key, kMostInputs, value);
  return static_cast<std::size_t>(value);
}

}  // namespace

void add_rows(LayerGram& gram, std::size_t group, const float* rows, std::size_t count) {
  const std::size_t n = gram.inputs;
  float* sums = gram.sums.data() + group * n * n;
  for (std::size_t r = 0; r < count; ++r) {
    const float* x = rows + r * n;
    for (std::size_t i = 0; i < n; ++i) {
      if (x[i] == 0) continue;  // half of what ReLU leaves
      for (std::size_t k = 0; k < n; ++k) sums[i * n + k] += x[i] * x[k];
    }
  }
}

void write_grams(const std::filesystem::path& path, const Grams& grams) {
  base::Json layers = base::Json::array(), left = base::Json::array();
  std::string numbers;
  for (const auto& [name, gram] : grams.layers) {
    layers.push_back({{"name", name}, {"groups", gram.groups}, {"inputs", gram.inputs}, {"rows", gram.rows}});
    numbers.append(reinterpret_cast<const char*>(gram.sums.data()), gram.sums.size() * sizeof(float));
  }
  for (const auto& [name, reason] : grams.left) left.push_back({{"name", name}, {"reason", reason}});
  base::write_file(numbers_of(path), numbers);
  base::Json json{{"schema", kSchema}, {"images", grams.images}, {"layers", layers}, {"left", left}};
  if (grams.equalised) json["equalised"] = true;
  base::write_json(path, json);
}

Grams read_grams(const std::filesystem::path& path) {
  const std::string where = path.string();
  const base::Json json = base::read_json(path);
  const std::string schema = base::json_string(json, "schema", where);
  if (schema != kSchema) base::fail("{}: expected schema '{}', found '{}'", where, kSchema, schema);
  const std::string numbers = base::read_file(numbers_of(path));
  Grams grams;
  grams.images = static_cast<int>(base::json_number(json, "images", where));
  grams.equalised = json.contains("equalised") && json.at("equalised") == true;
  std::size_t at = 0;
  for (const base::Json& layer : base::json_member(json, "layers", where)) {
    LayerGram gram{
        size_at(layer, "groups", where), size_at(layer, "inputs", where), base::json_number(layer, "rows", where), {}};
    const std::size_t count = gram.groups * gram.inputs * gram.inputs;
    if (count > (numbers.size() - at) / sizeof(float))
      base::fail("{}: it ends before the numbers of layer '{}'", numbers_of(path).string(),
                 base::json_string(layer, "name", where));
    gram.sums.resize(count);
    std::memcpy(gram.sums.data(), numbers.data() + at, count * sizeof(float));
    at += count * sizeof(float);
    grams.layers.emplace(base::json_string(layer, "name", where), std::move(gram));
  }
  if (at != numbers.size())
    base::fail("{}: expected {} bytes for the layers of {}, found {}", numbers_of(path).string(), at, where,
               numbers.size());
  return grams;
}

}  // namespace cradle::graph
