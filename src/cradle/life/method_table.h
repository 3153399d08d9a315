// Further criteria from a user's table of flows and factors.
#pragma once

#include "cradle/life/model.h"

namespace cradle::life {

/// Reads a CSV of characterisation factors (docs/FORMATS.md, "Methods") and adds its criteria to the model, before the
/// indicators. Flows that the inventory does not have are without effect and named in an assumption; physical flows of
/// the inventory that the table leaves out are named too. Throws Error file:line for a bad row or a wrong unit.
void add_method_table(Model& model, const Cited& table);

}  // namespace cradle::life
