// Feeds and compares.
#include "interpreted.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"

namespace cradle::test {

learn::Array noise_for(const graph::Graph& graph, std::int64_t batch, std::uint64_t seed) {
  learn::Array input{graph.inputs.at(0).shape, {}};
  input.shape.at(0) = batch;
  base::Stream stream(seed, 0);
  for (std::int64_t i = 0; i < graph::elements_of(input.shape); ++i) input.values.push_back(stream.normal());
  return input;
}

learn::Arrays outputs_of(const graph::Graph& graph, const learn::Array& input) {
  return learn::run(graph, {{graph.inputs.at(0).name, input}});
}

learn::Arrays values_of(graph::Graph graph, const std::vector<std::string>& values, const learn::Array& input) {
  const std::string& given = graph.inputs.at(0).name;
  for (const std::string& value : values)
    if (value != given && !is_output(graph, value)) graph.outputs.push_back({value, graph::Type::kF32, {}, false});
  learn::Arrays all = outputs_of(graph, input);
  all[given] = input;
  return all;
}

double difference(const learn::Arrays& a, const learn::Arrays& b) {
  double most = 0, of = 0;
  for (const auto& [name, x] : a) {
    const learn::Array& y = b.at(name);
    if (x.shape != y.shape) return HUGE_VAL;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      most = std::max(most, std::abs(x.values[i] - y.values[i]));
      of = std::max(of, std::abs(x.values[i]));
    }
  }
  return of > 0 ? most / of : HUGE_VAL;
}

double sqnr(const learn::Arrays& a, const learn::Arrays& b) {
  double signal = 0, noise = 0;
  for (const auto& [name, x] : a)
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const double error = x.values[i] - b.at(name).values.at(i);
      signal += x.values[i] * x.values[i];
      noise += error * error;
    }
  return 10 * std::log10(signal / noise);
}

}  // namespace cradle::test
