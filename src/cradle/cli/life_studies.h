// Study files of two lives of a model, written from what was measured, so that a reader can change and assess them
// again.
#pragma once

#include <filesystem>
#include <string>

#include "cradle/recipe/bench.h"

namespace cradle::cli {

/// What the two lives have in common.
struct Service {
  std::string title, question;    ///< "Garment detector", "What does …?"
  std::string quality;            ///< "mAP50 >= 0.60", that the functional unit states; "" for none
  std::string place;              ///< of training and use
  double images_per_day = 86400;  ///< one image a second
  double years = 3;
  bool virtual_machine = true;  ///< then a share of a server is charged, else a whole desktop
  int logical_cpus = 2;
};
/// The service on the machine of a record.
void take_machine(Service& service, const record::Machine& machine);

/// What one of the lives is made of: records of runs.
struct Life {
  std::string name;                                          ///< of the life and of its file: "int8"
  std::vector<std::filesystem::path> training, compression;  ///< none: not part of it
};

/// Writes NAME.toml in `folder` for one model, `written_by` naming the command. Returns its path.
std::filesystem::path write_study(const std::filesystem::path& folder, const std::string& written_by,
                                  const Service& service, const Life& life, const recipe::Benched& benched);

}  // namespace cradle::cli
