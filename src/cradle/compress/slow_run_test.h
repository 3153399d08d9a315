// Runs convolutions and matrix products by their definitions in ONNX's Operators.md, in double precision, one loop
// each.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

struct Dense {
  graph::Shape shape;
  std::vector<double> values;
};

inline Dense random_dense(const graph::Shape& shape, std::uint64_t seed) {
  base::Stream stream(seed, base::stable_id("input"));
  Dense x{shape, std::vector<double>(static_cast<std::size_t>(graph::elements_of(shape)))};
  for (double& v : x.values) v = stream.normal();
  return x;
}

/// The next index of a block of these extents; false after the last one.
inline bool advance(std::vector<std::int64_t>& index, const std::vector<std::int64_t>& extents) {
  for (std::size_t a = extents.size(); a-- > 0;) {
    if (++index[a] < extents[a]) return true;
    index[a] = 0;
  }
  return false;
}

/// Group 1, any number of axes; auto_pad NOTSET or SAME_UPPER.
inline Dense slow_conv(const graph::Node& node, const Dense& x, const Dense& w, const Dense* bias) {
  const std::size_t axes = x.shape.size() - 2;
  const std::vector<std::int64_t> ones(axes, 1), kernel(w.shape.begin() + 2, w.shape.end());
  const auto strides = attribute_ints(node, "strides", ones), dilations = attribute_ints(node, "dilations", ones);
  auto pads = attribute_ints(node, "pads", std::vector<std::int64_t>(2 * axes, 0));
  const std::vector<std::int64_t> in(x.shape.begin() + 2, x.shape.end());
  std::vector<std::int64_t> out;
  for (std::size_t a = 0; a < axes; ++a) {
    const std::int64_t reach = (kernel[a] - 1) * dilations[a] + 1;
    if (attribute_string(node, "auto_pad", "NOTSET") == "SAME_UPPER") {
      out.push_back((in[a] + strides[a] - 1) / strides[a]);
      const std::int64_t pad = std::max<std::int64_t>((out[a] - 1) * strides[a] + reach - in[a], 0);
      pads[a] = pad / 2;
      pads[axes + a] = pad - pad / 2;
    } else {
      out.push_back((in[a] + pads[a] + pads[axes + a] - reach) / strides[a] + 1);
    }
  }
  Dense y{{x.shape[0], w.shape[0]}, {}};
  y.shape.insert(y.shape.end(), out.begin(), out.end());
  for (std::int64_t n = 0; n < x.shape[0]; ++n)
    for (std::int64_t o = 0; o < w.shape[0]; ++o) {
      std::vector<std::int64_t> at(axes, 0);
      do {
        double sum = bias == nullptr ? 0 : bias->values[static_cast<std::size_t>(o)];
        for (std::int64_t i = 0; i < w.shape[1]; ++i) {
          std::vector<std::int64_t> tap(axes, 0);
          do {
            std::int64_t from = n * x.shape[1] + i, weight = o * w.shape[1] + i;
            bool inside = true;
            for (std::size_t a = 0; a < axes; ++a) {
              const std::int64_t place = at[a] * strides[a] - pads[a] + tap[a] * dilations[a];
              inside = inside && place >= 0 && place < in[a];
              from = from * in[a] + place;
              weight = weight * kernel[a] + tap[a];
            }
            if (inside) sum += x.values[static_cast<std::size_t>(from)] * w.values[static_cast<std::size_t>(weight)];
          } while (advance(tap, kernel));
        }
        y.values.push_back(sum);
      } while (advance(at, out));
    }
  return y;
}

/// alpha·x·w + beta·bias, x flattened to rows; w transposed if `turned`.
inline Dense slow_product(const Dense& x, const Dense& w, const Dense* bias, bool turned, double alpha, double beta) {
  const std::int64_t inner = x.shape.back(), columns = w.shape[turned ? 0 : 1];
  Dense y{x.shape, {}};
  y.shape.back() = columns;
  for (std::size_t row = 0; row < x.values.size() / static_cast<std::size_t>(inner); ++row)
    for (std::int64_t c = 0; c < columns; ++c) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k)
        sum += x.values[row * static_cast<std::size_t>(inner) + static_cast<std::size_t>(k)] *
               w.values[static_cast<std::size_t>(turned ? c * inner + k : k * columns + c)];
      y.values.push_back(alpha * sum + (bias == nullptr ? 0 : beta * bias->values[static_cast<std::size_t>(c)]));
    }
  return y;
}

/// All values of a graph of Conv, Gemm, MatMul and Relu, by name.
inline std::map<std::string, Dense> slow_run(const graph::Graph& g, const Dense& x) {
  std::map<std::string, Dense> values{{g.inputs.at(0).name, x}};
  for (const auto& [name, tensor] : g.initializers)
    values[name] = {tensor.shape, {tensor.f32().begin(), tensor.f32().end()}};
  for (const graph::Node& node : g.nodes) {
    const Dense& input = values.at(node.inputs[0]);
    const Dense* bias = node.inputs.size() > 2 && !node.inputs[2].empty() ? &values.at(node.inputs[2]) : nullptr;
    if (node.op == "Conv") {
      values[node.outputs[0]] = slow_conv(node, input, values.at(node.inputs[1]), bias);
    } else if (node.op == "Gemm" || node.op == "MatMul") {
      values[node.outputs[0]] =
          slow_product(input, values.at(node.inputs[1]), bias, attribute_int(node, "transB", 0) != 0,
                       static_cast<double>(attribute_float(node, "alpha", 1)),
                       static_cast<double>(attribute_float(node, "beta", 1)));
    } else if (node.op == "Relu") {
      Dense y = input;
      for (double& v : y.values) v = std::max(v, 0.0);
      values[node.outputs[0]] = y;
    } else {
      ADD_FAILURE() << "no rule for " << node.op;
    }
  }
  return values;
}

}  // namespace cradle::compress
