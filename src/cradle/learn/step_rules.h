// What a step of compression's trainings keeps besides lowering the loss: zeros, small scales, gates. Internal to the
// room.
#pragma once

#include <cstddef>
#include <vector>

#include "cradle/learn/interpreter.h"
#include "cradle/learn/train.h"

namespace cradle::learn {

/// What a gate has before the first step (assumed: the middle of its range; the authors' code begins at 1).
inline constexpr double kGateStart = 0.5;

/// The rules of a training, made of its weights before the first step (and before a checkpoint is put back):
///
/// - keep_zeros: a kernel's weight that is 0 gets no gradient. Its momentum and second moment begin at 0 and decay is
///   proportional to it, so it stays 0 to the bit with every optimiser (the mask of a lottery ticket: Frankle and
///   Carbin 2019, arXiv 1803.03635).
/// - gamma_penalty λ: λ·sign(γ) is added to the gradient of each batch norm's scale, the subgradient of λ·Σ|γ|
///   (network slimming: Liu et al. 2017, arXiv 1708.06519).
/// - gates_target r and gates_penalty p: of all parameters only γ of batch norms is trained, a gate a channel that
///   begins at kGateStart and is kept within 0 and 1, with p·(mean of all gates − r)² added to the loss (pruning from
///   scratch: Wang et al. 2020, arXiv 1909.12579; p 0.5 and AdamW at a rate of 0.01 in the authors' code).
///
/// They act before gradients are shortened together. Cost: one pass over the parameters concerned, a step; none without
/// rules.
class StepRules {
 public:
  /// Opens the gates and freezes what they leave alone. Throws Error if scales are wanted and there are none.
  StepRules(const Interpreter& net, const TrainOptions& options);

  /// Between the backward pass and the optimiser's step.
  void on_gradients() const;
  /// After the optimiser's step.
  void on_weights() const;

 private:
  struct Mask {
    at::Tensor weights, kept;
  };
  std::vector<Mask> masks_;  // of kernels that have zeros
  std::vector<at::Tensor> scales_;
  double gamma_penalty_ = 0, gates_target_ = 0, gates_penalty_ = 0;
};

}  // namespace cradle::learn
