// The criteria that --criterion names; for the inside of this room.
#pragma once

#include <string>
#include <vector>

#include "cradle/study/result.h"

namespace cradle::scenario {

/// Those of `all` with these codes, in the codes' order and whatever their case; all of them if no code is given.
/// Throws Error (usage) for an unknown code.
std::vector<study::CriterionInfo> chosen_criteria(const std::vector<study::CriterionInfo>& all,
                                                  const std::vector<std::string>& codes);

}  // namespace cradle::scenario
