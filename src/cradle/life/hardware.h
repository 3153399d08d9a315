// Hardware over its life: production, end of life, and the share of it that an activity takes.
#pragma once

#include "cradle/life/builder.h"

namespace cradle::life {

inline constexpr double kSecondsPerYear = 365.25 * 86400.0;

/// Process "production" of one device: the study's own [device.NAME], a maker's or published whole figure, or a board
/// from its die, memory and parts; for a data-centre board also its share of host, supporting infrastructure and
/// building. Throws Error at `hardware.where` if neither catalogue nor study knows the device.
int device_production(Builder& builder, const Hardware& hardware, bool in_data_centre);

/// Process "end of life" of one device, or -1 if its mass is not known; of a data-centre board with its share of the
/// host. Cut-off: no credit for recycled material.
int device_end_of_life(Builder& builder, const Hardware& hardware, bool in_data_centre);

/// Rated power of one device in W, or -1 if neither study nor catalogue has it.
int rated_power(Builder& builder, const Hardware& hardware);

/// The mass of one device in kg as a parameter, or -1.
int device_mass(Builder& builder, const Hardware& hardware);

/// Devices per second of use, by the study's allocation rule: share / (lifetime · utilisation) for active-time (idle
/// life falls on the users by time), share / lifetime for calendar-time (SCI's M, ISO/IEC 21031), and active-time with
/// the lifetime's P5 for early-retirement. In 1/years; multiply by seconds / kSecondsPerYear.
Terms life_share_terms(Builder& builder, const Hardware& hardware, const std::string& activity, bool in_data_centre);

/// The lifetime in years that the study's allocation rule uses.
int lifetime_of(Builder& builder, const Hardware& hardware, const std::string& activity);

}  // namespace cradle::life
