// An inventory and a method made ready to be solved: indices, order, and every figure's central amount.
#pragma once

#include <string>
#include <vector>

#include "cradle/lca/figure.h"
#include "cradle/lca/inventory.h"
#include "cradle/lca/method.h"
#include "cradle/lca/ordered.h"

namespace cradle::lca {

/// The numbers of the equations for one set of amounts. Positions are places in the order of solving (System).
struct Coefficients {
  std::vector<double> diagonal;          ///< [position]: output less what the process takes of its own product
  std::vector<double> column;            ///< by System::columns: amount taken, of other processes' products
  std::vector<double> direct;            ///< [position * criteria + k]: score of the process's own exchanges, C·B
  std::vector<double> characterisation;  ///< [flow * criteria + k]: C
};

/// Order: suppliers before consumers; where processes supply each other in a loop (a strongly connected component),
/// they stand together, ordered so that few inputs point backwards. Position p holds process `process_at[p]`.
struct System {
  Inventory inventory;
  Method method;

  std::vector<int> position;      ///< [process]
  std::vector<int> process_at;    ///< [position]
  Ordered columns;                ///< unknown = position; entries: the products that process takes (A by column)
  Ordered rows;                   ///< unknown = n-1-position; entries: the processes that take this product (A by row)
  std::vector<int> column_input;  ///< [entry of columns] → index in inventory.inputs
  std::vector<int> row_entry;     ///< [entry of rows] → entry of columns
  std::vector<int> self_inputs;   ///< inputs of a process's own product
  std::vector<int> factor_flow;   ///< [factor] → flow, or -1 where the inventory does not have it

  Figures central;            ///< central value of every figure
  Figures amounts;            ///< the same with the terms applied
  Coefficients coefficients;  ///< of `amounts`
};

/// Takes the inventory and the method in. Throws Error on an index out of range, a central amount that is not finite,
/// two factors for one criterion and flow, and two uncertain figures that would share their random draws.
/// Cost linear in the number of exchanges (20,000 processes, 700,000 exchanges: below a second).
System compile(Inventory inventory, Method method);

/// The coefficients for other amounts (effective_amounts() of a sample or of a what-if).
Coefficients assemble(const System& system, const Figures& amounts);

inline int process_count(const System& system) { return static_cast<int>(system.inventory.processes.size()); }
inline int criterion_count(const System& system) { return static_cast<int>(system.method.criteria.size()); }

/// "'a', 'b' and 3 more": for messages about the processes at positions [begin, end).
std::string names_at(const System& system, int begin, int end);

}  // namespace cradle::lca
