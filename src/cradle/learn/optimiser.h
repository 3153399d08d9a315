// Turns gradients into steps: SGD with Nesterov's momentum, and AdamW. Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/learn/interpreter.h"

namespace cradle::learn {

/// Names that `optimiser` may have: "sgd", "adamw".
const std::vector<std::string>& optimiser_names();

/// Longest gradient, over all parameters together, that is used as it is.
inline constexpr double kLongestGradient = 5.0;

/// Keeps a momentum (and for AdamW a second moment) per parameter.
class Optimiser {
 public:
  /// "sgd": Sutskever et al. 2013, section 2, momentum 0.9, weight decay added to the gradient.
  /// "adamw": Loshchilov and Hutter 2019, algorithm 2, beta 0.9 and 0.999, decay apart from the gradient.
  /// Decay concerns parameters with `decays` only. Throws Error for another name.
  Optimiser(std::string_view name, const std::vector<Parameter>& parameters, double weight_decay);

  /// Changes every parameter by its gradient and clears the gradients. Gradients that are together longer than
  /// kLongestGradient are shortened to it (Pascanu et al. 2013): the first steps of a short training at a high rate
  /// would else push the heatmap's bias so low that no object is seen again. Returns the length before.
  double step(double learning_rate);

  /// What it remembers of each parameter, in their order; `square` is undefined for "sgd". A training that resumes
  /// copies into these tensors and sets the number of steps that were made.
  struct State {
    at::Tensor momentum, square;
  };
  const std::vector<State>& states() const { return states_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  void sgd(const Parameter& parameter, const at::Tensor& gradient, State& state, double learning_rate) const;
  void adamw(const Parameter& parameter, const at::Tensor& gradient, State& state, double learning_rate) const;

  const std::vector<Parameter>& parameters_;
  std::vector<State> states_;
  bool adam_;
  double weight_decay_;
  std::int64_t steps_ = 0;
};

}  // namespace cradle::learn
