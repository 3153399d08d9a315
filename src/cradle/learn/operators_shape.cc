// Operators that move elements without changing them, and the small arithmetic of shapes that exports bring along.
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/learn/operators.h"

namespace cradle::learn {

namespace {

using Inputs = std::span<const at::Tensor>;
using Ints = std::vector<std::int64_t>;

std::int64_t counted(std::int64_t axis, std::int64_t rank) { return axis < 0 ? axis + rank : axis; }

/// Axes and the like: an attribute in old opsets, an input in newer ones; empty if neither is there.
Ints listed(Inputs in, std::size_t input, const Ints& attribute) {
  return given(in, input) ? ints_in(in[input]) : attribute;
}

Operation build_flatten(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 1);
  return [=](Inputs in, bool) {
    const std::int64_t at = counted(axis, in[0].dim());
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < at; ++i) rows *= in[0].size(i);
    return in[0].reshape({rows, rows == 0 ? 0 : in[0].numel() / rows});
  };
}

Operation build_reshape(const Site& site) {
  const bool zero_is_zero = graph::attribute_int(site.node, "allowzero", 0) != 0;
  return [=](Inputs in, bool) {
    Ints to = ints_in(in[1]);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (to[i] == 0 && !zero_is_zero) to[i] = in[0].size(static_cast<std::int64_t>(i));
    return in[0].reshape(to);
  };
}

Operation build_transpose(const Site& site) {
  const Ints order = graph::attribute_ints(site.node, "perm", {});
  return [=](Inputs in, bool) {
    Ints axes = order;
    if (axes.empty()) {
      axes.resize(static_cast<std::size_t>(in[0].dim()));
      std::iota(axes.rbegin(), axes.rend(), 0);
    }
    return in[0].permute(axes);
  };
}

Operation build_concat(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 0);
  return [=](Inputs in, bool) { return at::cat(at::TensorList(in.data(), in.size()), axis); };
}

Operation build_squeeze(const Site& site) {
  const Ints attribute = graph::attribute_ints(site.node, "axes", {});
  return [=](Inputs in, bool) {
    Ints axes = listed(in, 1, attribute);
    if (axes.empty()) return in[0].squeeze();
    for (auto& axis : axes) axis = counted(axis, in[0].dim());
    std::sort(axes.rbegin(), axes.rend());
    at::Tensor y = in[0];
    for (const auto axis : axes) y = y.squeeze(axis);
    return y;
  };
}

Operation build_unsqueeze(const Site& site) {
  const Ints attribute = graph::attribute_ints(site.node, "axes", {});
  return [=](Inputs in, bool) {
    Ints axes = listed(in, 1, attribute);
    const std::int64_t rank = in[0].dim() + static_cast<std::int64_t>(axes.size());
    for (auto& axis : axes) axis = counted(axis, rank);
    std::sort(axes.begin(), axes.end());
    at::Tensor y = in[0];
    for (const auto axis : axes) y = y.unsqueeze(axis);
    return y;
  };
}

Operation build_reduce_mean(const Site& site) {
  const Ints attribute = graph::attribute_ints(site.node, "axes", {});
  const bool keep = graph::attribute_int(site.node, "keepdims", 1) != 0;
  return [=](Inputs in, bool) {
    Ints axes = listed(in, 1, attribute);
    if (axes.empty()) {
      axes.resize(static_cast<std::size_t>(in[0].dim()));
      std::iota(axes.begin(), axes.end(), 0);
    }
    return in[0].mean(axes, keep);
  };
}

Operation build_reduce_sum(const Site& site) {
  const Ints attribute = graph::attribute_ints(site.node, "axes", {});
  const bool keep = graph::attribute_int(site.node, "keepdims", 1) != 0;
  const bool nothing = graph::attribute_int(site.node, "noop_with_empty_axes", 0) != 0;
  return [=](Inputs in, bool) {
    Ints axes = listed(in, 1, attribute);
    if (axes.empty() && nothing) return in[0];
    if (axes.empty()) {
      axes.resize(static_cast<std::size_t>(in[0].dim()));
      std::iota(axes.begin(), axes.end(), 0);
    }
    return in[0].sum(axes, keep);
  };
}

/// The part that one of its outputs is: by the listed extents, else equal parts, the last one smaller.
Operation build_split(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 0);
  const Ints attribute = graph::attribute_ints(site.node, "split", {});
  const auto parts = static_cast<std::int64_t>(site.node.outputs.size());
  return [=, output = site.output, where = site.where](Inputs in, bool) {
    const std::int64_t at = counted(axis, in[0].dim()), extent = in[0].size(at);
    Ints extents = listed(in, 1, attribute);
    if (extents.empty()) {
      const std::int64_t each = (extent + parts - 1) / parts;
      for (std::int64_t i = 0; i < parts; ++i) extents.push_back(std::clamp<std::int64_t>(extent - i * each, 0, each));
    }
    if (static_cast<std::int64_t>(extents.size()) != parts)
      base::fail("{}: {} extents for {} outputs", where, extents.size(), parts);
    const std::int64_t begin =
        std::accumulate(extents.begin(), extents.begin() + static_cast<long>(output), std::int64_t{0});
    return in[0].narrow(at, begin, extents[output]);
  };
}

/// numpy's broadcasting both ways: an extent of 1 in the new shape keeps the input's.
Operation build_expand(const Site&) {
  return [](Inputs in, bool) {
    Ints to = ints_in(in[1]);
    const Ints from(in[0].sizes().begin(), in[0].sizes().end());
    while (to.size() < from.size()) to.insert(to.begin(), 1);
    for (std::size_t i = 0; i < from.size(); ++i) {
      std::int64_t& extent = to[to.size() - from.size() + i];
      if (extent == 1) extent = from[i];
    }
    return in[0].expand(to);
  };
}

Operation build_pad(const Site& site) {
  const std::string mode = graph::attribute_string(site.node, "mode", "constant");
  if (mode != "constant") base::fail("{}: mode {} cannot be trained; known is constant", site.where, mode);
  const Ints attribute = graph::attribute_ints(site.node, "pads", {});
  const double old_value = graph::attribute_float(site.node, "value", 0);
  return [=](Inputs in, bool) {
    const Ints pads = listed(in, 1, attribute);
    const std::size_t rank = pads.size() / 2;
    if (pads.size() != 2 * static_cast<std::size_t>(in[0].dim()) || given(in, 3))
      base::fail("{}: expected two pads for each of {} dimensions and no axes, found {} pads", site.where, in[0].dim(),
                 pads.size());
    Ints reversed;  // libtorch: last dimension first, begin and end side by side
    for (std::size_t i = rank; i-- > 0;) reversed.insert(reversed.end(), {pads[i], pads[i + rank]});
    return at::constant_pad_nd(in[0], reversed, given(in, 2) ? in[2].item() : at::Scalar(old_value));
  };
}

/// Starts, ends, axes, steps: attributes before opset 10, inputs since.
Operation build_slice(const Site& site) {
  const Ints old_starts = graph::attribute_ints(site.node, "starts", {});
  const Ints old_ends = graph::attribute_ints(site.node, "ends", {});
  const Ints old_axes = graph::attribute_ints(site.node, "axes", {});
  return [=](Inputs in, bool) {
    const Ints starts = listed(in, 1, old_starts), ends = listed(in, 2, old_ends), steps = listed(in, 4, {});
    Ints axes = listed(in, 3, old_axes);
    if (axes.empty()) {
      axes.resize(starts.size());
      std::iota(axes.begin(), axes.end(), 0);
    }
    at::Tensor y = in[0];
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::int64_t step = steps.empty() ? 1 : steps[i];
      if (step < 1) base::fail("{}: step {} cannot be trained; expected 1 or more", site.where, step);
      y = y.slice(axes[i], starts[i], ends[i], step);
    }
    return y;
  };
}

Operation build_shape(const Site& site) {
  const std::int64_t start = graph::attribute_int(site.node, "start", 0);
  const std::int64_t end = graph::attribute_int(site.node, "end", std::numeric_limits<std::int64_t>::max());
  return [=](Inputs in, bool) { return at::tensor(in[0].sizes(), at::kLong).slice(0, start, end); };
}

Operation build_gather(const Site& site) {
  const std::int64_t axis = graph::attribute_int(site.node, "axis", 0);
  return [=](Inputs in, bool) {
    const std::int64_t at = counted(axis, in[0].dim());
    at::Tensor index = in[1].to(at::kLong).reshape(-1);
    index = index.remainder(in[0].size(at));  // ONNX counts negative indices from the end
    Ints shape(in[0].sizes().begin(), in[0].sizes().begin() + at);
    shape.insert(shape.end(), in[1].sizes().begin(), in[1].sizes().end());
    shape.insert(shape.end(), in[0].sizes().begin() + at + 1, in[0].sizes().end());
    return in[0].index_select(at, index).reshape(shape);
  };
}

Operation build_cast(const Site& site) {
  const auto to = static_cast<graph::Type>(graph::attribute_int(site.node, "to", 0));
  at::ScalarType type{};
  switch (to) {
    case graph::Type::kF32:
    case graph::Type::kF16: type = at::kFloat; break;  // as constants: see tensor_of
    case graph::Type::kI64: type = at::kLong; break;
    case graph::Type::kI32: type = at::kInt; break;
    case graph::Type::kBool: type = at::kBool; break;
    default: base::fail("{}: a cast to {} cannot be trained", site.where, graph::name_of(to));
  }
  return [=](Inputs in, bool) { return in[0].to(type); };
}

Operation build_constant(const Site& site) {
  const auto it = site.node.attributes.find("value");
  const auto* value = it == site.node.attributes.end() ? nullptr : std::get_if<graph::Tensor>(&it->second);
  if (!value) base::fail("{}: expected the attribute 'value' with a tensor", site.where);
  return [constant = tensor_of(*value, site.where)](Inputs, bool) { return constant; };
}

constexpr OperatorEntry kOperators[] = {
    {"Flatten", build_flatten},   {"Reshape", build_reshape},        {"Transpose", build_transpose},
    {"Concat", build_concat},     {"Squeeze", build_squeeze},        {"Unsqueeze", build_unsqueeze},
    {"Pad", build_pad},           {"ReduceMean", build_reduce_mean}, {"Slice", build_slice},
    {"Shape", build_shape},       {"Gather", build_gather},          {"Cast", build_cast},
    {"Constant", build_constant}, {"ReduceSum", build_reduce_sum},   {"Split", build_split},
    {"Expand", build_expand},
};

}  // namespace

std::span<const OperatorEntry> shape_operators() { return kOperators; }

}  // namespace cradle::learn
