// Finding ports by name and checking inputs before an engine sees them.
#include "cradle/deploy/executor.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::deploy {
namespace {

std::vector<std::string> names_of(const std::vector<Port>& ports) {
  std::vector<std::string> names;
  for (const Port& port : ports) names.push_back(port.name);
  return names;
}

}  // namespace

std::size_t port_named(const Description& description, std::string_view name, std::string_view kind) {
  const std::vector<Port>& ports = kind == "input" ? description.inputs : description.outputs;
  const auto found = std::ranges::find(ports, name, &Port::name);
  if (found != ports.end()) return static_cast<std::size_t>(found - ports.begin());
  const std::vector<std::string> names = names_of(ports);
  base::fail("{}: the model has no {} '{}'; it has {}{}", description.model, kind, name, fmt::join(names, ", "),
             base::suggestion(name, names));
}

void check_inputs(const Description& description, std::span<const TensorView> inputs) {
  for (const TensorView& input : inputs) {
    const Port& port = description.inputs[port_named(description, input.name, "input")];
    if (!fits(port.shape, input.shape)) {
      base::fail("{}: input '{}' takes {}, not {}", description.model, input.name, shape_text(port.shape),
                 shape_text(input.shape));
    }
    std::int64_t elements = 1;
    for (const std::int64_t extent : input.shape) elements *= extent;
    if (elements < 0 || static_cast<std::size_t>(elements) != input.values.size()) {
      base::fail("{}: input '{}' has {} values; its shape {} asks for {}", description.model, input.name,
                 input.values.size(), shape_text(input.shape), elements);
    }
  }
  for (const Port& port : description.inputs) {
    const auto times = std::ranges::count(inputs, port.name, &TensorView::name);
    if (times == 1) continue;
    base::fail(
        "{}: input '{}' {}{}", description.model, port.name, times == 0 ? "is missing" : "is given more than once",
        times == 0 ? "; the model takes " + fmt::format("{}", fmt::join(names_of(description.inputs), ", ")) : "");
  }
}

bool fits(std::span<const std::int64_t> wanted, std::span<const std::int64_t> given) {
  return std::ranges::equal(wanted, given,
                            [](std::int64_t want, std::int64_t have) { return want < 0 || want == have; });
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::vector<std::string> extents;
  for (const std::int64_t extent : shape) extents.push_back(extent < 0 ? "N" : std::to_string(extent));
  return fmt::format("[{}]", fmt::join(extents, " × "));
}

}  // namespace cradle::deploy
