// The table of what steps a recipe can have, by which recipes are read, checked and explained. Internal to the room.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace cradle::recipe {

inline constexpr double kNoBound = std::numeric_limits<double>::infinity();

/// A number in [least, most], or one of words.
struct StepOption {
  std::string name;
  std::string usual;                 ///< what holds where it is not said, for people; of words the first
  std::vector<std::string> words{};  ///< empty: it is a number
  double least = 0, most = kNoBound;
  bool whole = false;
};

/// One kind of step.
struct StepKind {
  std::string name, example, what;
  double least = 0, most = kNoBound;  ///< of the amount
  bool open = false;                  ///< least and most themselves are not allowed
  bool whole = false;                 ///< the amount is a whole number
  bool none = false;                  ///< the step takes no amount
  std::string no_amount_with{};       ///< "ranks=vbmf": nor with this option
  std::vector<StepOption> options{};
  bool trains = false, last = false;
};

const std::vector<StepKind>& step_kinds();

}  // namespace cradle::recipe
