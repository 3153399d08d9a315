// Runs small graphs by the definitions of their operators, for this room's tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/compress/int8.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

using Values = std::vector<double>;

inline double element(const graph::Tensor& tensor, std::size_t i) {
  switch (tensor.type) {
    case graph::Type::kF32: return static_cast<double>(tensor.f32()[i]);
    case graph::Type::kU8: return tensor.bytes[i];
    case graph::Type::kI8: return static_cast<std::int8_t>(tensor.bytes[i]);
    case graph::Type::kI32: return reinterpret_cast<const std::int32_t*>(tensor.bytes.data())[i];
    default: ADD_FAILURE() << "unexpected type"; return 0;
  }
}

/// Runs the few operators of these graphs (convolutions on one place), quantised or not, by their definitions in ONNX's
/// Operators.md.
inline std::map<std::string, Values> run(const graph::Graph& g, const Values& x) {
  std::map<std::string, Values> values{{"x", x}};
  std::map<std::string, graph::Type> types;
  for (const auto& [name, tensor] : g.initializers) {
    types[name] = tensor.type;
    for (std::int64_t i = 0; i < graph::elements_of(tensor.shape); ++i)
      values[name].push_back(element(tensor, static_cast<std::size_t>(i)));
  }
  for (const graph::Node& node : g.nodes) {
    const auto in = [&](std::size_t i) -> const Values& { return values.at(node.inputs.at(i)); };
    // One scale for all, or one for each slice of axis 0.
    const auto along = [&](std::size_t k, std::size_t i) { return in(k)[i / (in(0).size() / in(k).size())]; };
    Values out;
    if (node.op == "Relu") {
      for (const double v : in(0)) out.push_back(std::max(v, 0.0));
    } else if (node.op == "Add") {
      for (std::size_t i = 0; i < in(0).size(); ++i) out.push_back(in(0)[i] + in(1)[i]);
    } else if (node.op == "Conv") {
      const std::size_t groups = static_cast<std::size_t>(graph::attribute_int(node, "group", 1));
      const std::size_t wide = in(0).size() / groups, channels = in(2).size() / groups;
      for (std::size_t o = 0; o < in(2).size(); ++o) {
        out.push_back(in(2)[o]);
        for (std::size_t i = 0; i < wide; ++i) out[o] += in(1)[o * wide + i] * in(0)[o / channels * wide + i];
      }
    } else if (node.op == "QuantizeLinear") {
      const bool is_signed = types.at(node.inputs[2]) == graph::Type::kI8;
      const double least = is_signed ? -128 : 0, greatest = is_signed ? 127 : 255;
      for (std::size_t i = 0; i < in(0).size(); ++i)
        out.push_back(std::clamp(std::nearbyint(in(0)[i] / along(1, i)) + along(2, i), least, greatest));
    } else if (node.op == "DequantizeLinear") {
      for (std::size_t i = 0; i < in(0).size(); ++i) out.push_back((in(0)[i] - along(2, i)) * along(1, i));
    }
    values[node.outputs[0]] = out;
  }
  return values;
}

inline Values random_input(std::uint64_t index) {  // of four channels
  base::Stream stream(index, base::stable_id("input"));
  Values x(4);
  for (double& v : x) v = stream.normal();
  return x;
}

inline graph::ActivationStatistics calibrate(const graph::Graph& g, int images) {
  graph::ActivationStatistics statistics;
  for (int i = 0; i < images; ++i) {
    const std::map<std::string, Values> values = run(g, random_input(static_cast<std::uint64_t>(i)));
    for (const std::string& name : values_to_calibrate(g)) {
      const std::vector<float> floats(values.at(name).begin(), values.at(name).end());
      add(statistics.values[name], floats.data(), floats.size());
    }
  }
  statistics.images = images;
  return statistics;
}

inline const graph::Node& maker_of(const graph::Graph& g, const std::string& value) {
  return g.nodes.at(links_of(g).producer.at(value));
}

/// 10·log10(signal/noise) of an output, of one graph against another, over inputs that the calibration did not see.
inline double output_sqnr(const graph::Graph& expected, const graph::Graph& found, const std::string& output) {
  double signal = 0, noise = 0;
  for (std::uint64_t i = 1000; i < 1200; ++i) {
    const Values e = run(expected, random_input(i)).at(output), f = run(found, random_input(i)).at(output);
    for (std::size_t c = 0; c < e.size(); ++c) {
      signal += e[c] * e[c];
      noise += (e[c] - f[c]) * (e[c] - f[c]);
    }
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace cradle::compress
