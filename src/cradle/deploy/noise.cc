// Extents from the model and the job, numbers from the program's own generator.
#include "cradle/deploy/noise.h"

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

constexpr std::int64_t kMostValues = std::int64_t{1} << 31;  // 8 GiB of floats

/// The list that the job gives for this input; null if none.
const base::Json* given_shape(const base::Json& arguments, const std::string& name, std::size_t inputs,
                              std::string_view where) {
  const auto given = arguments.find("input_shape");
  if (given == arguments.end() || given->is_null()) return nullptr;
  if (given->is_array()) {
    if (inputs != 1) base::fail("{}: the model has {} inputs; name the one whose shape is given", where, inputs);
    return &*given;
  }
  const auto one = given->find(name);
  return one == given->end() ? nullptr : &*one;
}

std::vector<std::int64_t> shape_for(const Description& description, const Port& port, const base::Json* given,
                                    std::int64_t batch, std::string_view where) {
  std::vector<std::int64_t> shape = port.shape;
  if (given) {
    std::vector<std::int64_t> extents;
    for (const base::Json& extent : *given) {
      if (!extent.is_number_integer() || extent.get<std::int64_t>() < 1)
        base::fail("{}: 'input_shape': expected extents of at least 1, found {}", where, extent.dump());
      extents.push_back(extent.get<std::int64_t>());
    }
    if (!fits(shape, extents))
      base::fail("{}: input '{}' is {}, which the shape {} does not fit", description.model, port.name,
                 shape_text(shape), shape_text(extents));
    shape = extents;
  }
  if (!shape.empty() && shape[0] < 0) shape[0] = batch;
  std::int64_t values = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      base::fail("{}: input '{}' is {}; say how large images are with --input-shape, such as 1,3,224,224",
                 description.model, port.name, shape_text(port.shape));
    if (__builtin_mul_overflow(values, extent, &values) || values > kMostValues)
      base::fail("{}: input '{}' of {} is too large", description.model, port.name, shape_text(shape));
  }
  return shape;
}

}  // namespace

std::vector<TensorView> Noise::views() const {
  std::vector<TensorView> views;
  for (std::size_t i = 0; i < names.size(); ++i) views.push_back({names[i], shapes[i], values[i]});
  return views;
}

Noise noise_for(const Description& description, const base::Json& arguments, std::string_view where,
                std::int64_t batch) {
  Noise noise;
  for (const Port& port : description.inputs) {
    const base::Json* given = given_shape(arguments, port.name, description.inputs.size(), where);
    noise.names.push_back(port.name);
    noise.shapes.push_back(shape_for(description, port, given, batch, where));
    std::size_t count = 1;
    for (const std::int64_t extent : noise.shapes.back()) count *= static_cast<std::size_t>(extent);
    std::vector<float> values(count);
    std::uint32_t state = 2463534242;  // xorshift (Marsaglia 2003): noise needs no better
    for (float& value : values) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      value = static_cast<float>(state >> 8) / 16777216.0F;
    }
    noise.values.push_back(std::move(values));
  }
  return noise;
}

}  // namespace cradle::deploy
