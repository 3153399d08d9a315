// Pieces of JSON that all documents with figures share.
#pragma once

#include "cradle/study/result.h"

namespace cradle::study {

/// `object` with value, p5, p50 and p95.
base::Json figure_json(base::Json object, const Figure& figure);
base::Json unit_json(const FunctionalUnit& unit);

}  // namespace cradle::study
