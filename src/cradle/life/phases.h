// The phases of a life as processes: per model made, and per image. For the inside of this room.
#pragma once

#include "cradle/life/evidence.h"
#include "cradle/life/supply.h"

namespace cradle::life {

/// The parts of a life that phases are made of: processes per model made and per image; -1 where there are no data.
struct Parts {
  int design = -1, data = -1, training = -1, deployment = -1, use = -1;
  int production_once = -1, production_per_image = -1;
  int end_once = -1, end_per_image = -1;
  int product = -1, product_end = -1;  ///< a functional unit that is a device itself
};

/// How much of a model and how many images one functional unit takes, and the years of its use.
struct Amounts {
  double models = 0, images = 0;
  Terms models_terms, images_terms;
  YearShares years = {1};  ///< of the images, first year first
};
Amounts amounts_of(Builder& builder);

void add_design(Builder& builder, Parts& parts);
void add_data(Builder& builder, Parts& parts);
void add_training(Builder& builder, Parts& parts);
void add_deployment(Builder& builder, Parts& parts);
void add_use(Builder& builder, const YearShares& years, Parts& parts);
/// A device that serves the model alone is charged whole: years in use / lifetime devices, spread over its images.
void add_dedicated_device(Builder& builder, Parts& parts);
/// A functional unit of kind "device": its production and end of life.
void add_product(Builder& builder, Parts& parts);

/// Energy of what stands ready and idle, as a share of the activity's (`of` = "training" or "use") own, to `parent`.
void add_idle(Builder& builder, const study::Stated& share, const std::string& of, const std::string& unit,
              int electricity, const Evidence& activity, int parent);

/// Charges `seconds` (times terms) of `hardware` to `production` and, if the study has an end of life, to `end`.
void charge_hardware(Builder& builder, const Hardware& hardware, const std::string& activity, double seconds,
                     const Terms& extra, bool in_data_centre, int production, int end);

}  // namespace cradle::life
