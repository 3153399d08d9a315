// Which processes a criterion says something of: a score of zero is not the absence of one.
#pragma once

#include <vector>

#include "cradle/lca/system.h"

namespace cradle::lca {

/// [process]: whether it, or anything up its supply chain, exchanges a flow with nature for which the method has a
/// factor of this criterion, whatever the amounts are (a factor of 0 is a figure). Cost linear in the exchanges.
std::vector<bool> reached(const System& system, int criterion);

}  // namespace cradle::lca
