// The tree under each total: phases, processes, exchanges, and the factors at the leaves.
#pragma once

#include <vector>

#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"
#include "cradle/life/model.h"
#include "cradle/study/result.h"

namespace cradle::life {

/// One tree per criterion, from the functional unit down. A node's value is that of its children together; below an
/// exchange stand the factors whose product (with its coefficient) it is, each with its own value.
std::vector<TreeNode> tree_of(const Model& model, const lca::System& system, const lca::Adjoint& adjoint);

}  // namespace cradle::life
