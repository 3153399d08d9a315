// Masks, penalties and gates.
#include "cradle/learn/step_rules.h"

#include <ATen/ops/sign.h>
#include <c10/core/GradMode.h>

#include "cradle/base/error.h"

namespace cradle::learn {

StepRules::StepRules(const Interpreter& net, const TrainOptions& o)
    : gamma_penalty_(o.gamma_penalty), gates_target_(o.gates_target), gates_penalty_(o.gates_penalty) {
  const c10::AutoGradMode off(false);
  const bool gates = gates_target_ > 0;
  for (const Parameter& p : net.parameters()) {
    const bool is_scale = p.role == Role::kScale;
    if (o.keep_zeros && p.role == Role::kKernel && p.value.eq(0).any().item<bool>())
      masks_.push_back({p.value, p.value.ne(0).to(p.value.scalar_type())});
    if (is_scale && (gates || gamma_penalty_ > 0)) scales_.push_back(p.value);
    if (gates && is_scale) p.value.fill_(kGateStart);
    if (gates && !is_scale) p.value.set_requires_grad(false);
  }
  if (scales_.empty() && (gates || gamma_penalty_ > 0))
    base::fail(
        "{} needs batch norms, whose scales it changes, and the graph has none; train the file as it was before they "
        "were folded, or another architecture",
        gates ? "learning gates" : "gamma_penalty");
}

void StepRules::on_gradients() const {
  if (masks_.empty() && scales_.empty()) return;
  const c10::AutoGradMode off(false);
  for (const Mask& mask : masks_)
    if (mask.weights.grad().defined()) mask.weights.mutable_grad().mul_(mask.kept);
  if (gamma_penalty_ > 0)
    for (const at::Tensor& scale : scales_)
      if (scale.grad().defined()) scale.mutable_grad().add_(at::sign(scale), gamma_penalty_);
  if (gates_target_ <= 0) return;
  double sum = 0, count = 0;
  for (const at::Tensor& gates : scales_) {
    sum += gates.sum().item<double>();
    count += static_cast<double>(gates.numel());
  }
  const double slope = 2 * gates_penalty_ * (sum / count - gates_target_) / count;
  for (const at::Tensor& gates : scales_)
    if (gates.grad().defined()) gates.mutable_grad().add_(slope);
}

void StepRules::on_weights() const {
  if (gates_target_ <= 0) return;
  const c10::AutoGradMode off(false);
  for (const at::Tensor& gates : scales_) gates.clamp_(0, 1);
}

}  // namespace cradle::learn
