// Hardware over its life: production and end of life of a device, and the share that an activity is charged.
#pragma once

#include "cradle/life/builder.h"

namespace cradle::life {

/// Process "production of DEVICE", per device; -1 and a warning if the catalogue has no figure for it.
int device_production(Builder& builder, const Hardware& hardware);
/// Process "end of life of DEVICE", per device: waste that arises, treatment of what is collected.
int device_end_of_life(Builder& builder, const Hardware& hardware, const base::Distribution& share_collected);

/// Terms of the share of one device's life that a second of use takes: 1 / (lifetime × utilisation), times the
/// reserved share of the device. Multiply by seconds / (seconds in a year).
/// Time allocation with active lifetime: an idle machine's production is borne by its users (SCI's M with u = 1
/// is the special case; ISO/IEC 21031:2024).
std::vector<lca::Term> life_share_terms(Builder& builder, const Hardware& hardware, const std::string& activity);

inline constexpr double kSecondsPerYear = 365.25 * 86400.0;

}  // namespace cradle::life
