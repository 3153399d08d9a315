// Compiled by ctest three times: as it stands it must compile, with either definition it must not.
#include "cradle/base/quantity.h"

using namespace cradle::base;

FacilityEnergy once(NodeEnergy energy) { return energy * Pue(1.5); }
#ifdef SECOND_PUE
FacilityEnergy twice(NodeEnergy energy) { return energy * Pue(1.5) * Pue(1.5); }
#endif
#ifdef PUE_ON_GPU
FacilityEnergy gpu(GpuEnergy energy) { return energy * Pue(1.5); }
#endif
