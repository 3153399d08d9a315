// SGD with Nesterov's momentum, and AdamW.
#include "cradle/learn/optimiser.h"

#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::learn {

namespace {
constexpr double kMomentum = 0.9;
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

double length_of_gradients(const std::vector<Parameter>& parameters) {
  double square = 0;
  for (const Parameter& p : parameters)
    if (p.value.grad().defined()) square += p.value.grad().square().sum().item<double>();
  return std::sqrt(square);
}
}  // namespace

const std::vector<std::string>& optimiser_names() {
  static const std::vector<std::string> names = {"sgd", "adamw"};
  return names;
}

Optimiser::Optimiser(std::string_view name, const std::vector<Parameter>& parameters, double weight_decay)
    : parameters_(parameters), adam_(name == "adamw"), weight_decay_(weight_decay) {
  if (!adam_ && name != "sgd")
    base::fail_usage("there is no optimiser '{}': expected sgd or adamw{}", name,
                     base::suggestion(name, optimiser_names()));
  for (const Parameter& p : parameters_)
    states_.push_back({at::zeros_like(p.value), adam_ ? at::zeros_like(p.value) : at::Tensor()});
}

double Optimiser::step(double learning_rate) {
  const c10::AutoGradMode off(false);
  ++steps_;
  const double length = length_of_gradients(parameters_);
  const double share = length > kLongestGradient ? kLongestGradient / length : 1.0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    if (!p.value.grad().defined()) continue;  // a weight that no output depends on
    const at::Tensor gradient = p.value.grad().mul(share);
    if (adam_)
      adamw(p, gradient, states_[i], learning_rate);
    else
      sgd(p, gradient, states_[i], learning_rate);
    p.value.mutable_grad() = at::Tensor();
  }
  return length;
}

void Optimiser::sgd(const Parameter& p, const at::Tensor& gradient, State& state, double learning_rate) const {
  const at::Tensor g = p.decays && weight_decay_ != 0 ? gradient.add(p.value, weight_decay_) : gradient;
  state.momentum.mul_(kMomentum).add_(g);
  p.value.data().add_(g.add(state.momentum, kMomentum), -learning_rate);
}

void Optimiser::adamw(const Parameter& p, const at::Tensor& g, State& state, double learning_rate) const {
  if (p.decays) p.value.data().mul_(1 - learning_rate * weight_decay_);
  state.momentum.mul_(kBeta1).add_(g, 1 - kBeta1);
  state.square.mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
  const auto n = static_cast<double>(steps_);
  const double first = 1 - std::pow(kBeta1, n), second = 1 - std::pow(kBeta2, n);
  const at::Tensor scale = state.square.sqrt().div_(std::sqrt(second)).add_(kEpsilon);
  p.value.data().addcdiv_(state.momentum, scale, -learning_rate / first);
}

}  // namespace cradle::learn
