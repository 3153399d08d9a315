// Marks on criteria whose factors have one source, are old, or are weak: every output shows them.
#pragma once

#include "cradle/life/model.h"

namespace cradle::life {

/// Adds to each criterion's note what a reader must know of the catalogue's factors that the model uses for it: that
/// they come from one source, that electricity has one figure for every place, that one is ten years older than the
/// newest factor of the model, that all are of grade D.
void mark_criteria(Model& model, const catalog::Catalog& catalog);

}  // namespace cradle::life
