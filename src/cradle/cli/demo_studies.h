// The demo's two study files, written from what it measured, so that a reader can change and assess them again.
#pragma once

#include <filesystem>
#include <string>

#include "cradle/recipe/bench.h"
#include "cradle/recipe/compress.h"
#include "cradle/recipe/train.h"

namespace cradle::cli {

/// What the two lives have in common.
struct DemoService {
  std::string place;              ///< of training and use
  double quality = 0.60;          ///< mAP50 that the functional unit states
  double images_per_day = 86400;  ///< one image a second
  double years = 3;
  bool virtual_machine = true;  ///< then a share of a server is charged, else a whole desktop
  int logical_cpus = 2;
};

/// Writes NAME.toml in `folder` for one model; `quantised` adds the compression's records. Returns its path.
std::filesystem::path write_study(const std::filesystem::path& folder, const std::string& name,
                                  const DemoService& service, const recipe::Trained& trained,
                                  const recipe::Quantised* quantised, const recipe::Benched& benched);

}  // namespace cradle::cli
