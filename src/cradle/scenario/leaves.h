// The leaves of a result's tree as products along their paths; for the inside of this room.
#pragma once

#include <string>
#include <vector>

#include "cradle/study/result.h"

namespace cradle::scenario {

/// A factor as a path uses it: value^power.
struct FactorUse {
  const study::UsedFactor* factor = nullptr;
  double value = 0, power = 1;
};

/// One step of a path: number × Π factors.
struct Step {
  std::string name;     ///< for people
  std::string kind_id;  ///< its id without the place, device or activity that it names
  double number = 1;
  std::vector<FactorUse> factors;
};

struct Leaf {
  std::string id, phase;
  std::string kind_path;  ///< the kind_ids of its path
  double value = 0;
  std::vector<Step> steps;  ///< from the functional unit down; their product is the value
};

/// The leaves of one criterion in the tree's order. Where the tree's numbers do not make up a leaf's value (a result
/// written by an older cradle), the last step's number takes up the rest.
std::vector<Leaf> leaves_of(const study::Result& result, const std::string& criterion);

/// "electricity:FR" → "electricity", "training: final training" as it stands, "emission (2)" as it stands.
std::string kind_of_segment(const std::string& segment);
/// "grid.gwp@FR:2023" and "grid.gwp/…#set" → "grid.gwp"; "energy:the final training:2026…" → "energy".
std::string kind_of_factor(const std::string& id);

}  // namespace cradle::scenario
