// A study turned into an inventory: the shared inputs with their sources, and the processes of each phase.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cradle/catalog/catalog.h"
#include "cradle/lca/inventory.h"
#include "cradle/lca/method.h"
#include "cradle/record/run_record.h"
#include "cradle/study/study.h"

namespace cradle::life {

// The words of the study are the words of this room.
using study::Cited;
using study::CriterionInfo;
using study::Deployment;
using study::Figure;
using study::FunctionalUnit;
using study::Hardware;
using study::MissingPhase;
using study::Study;
using study::Supply;
using study::Training;
using study::TreeNode;
using study::Use;
using study::UsedFactor;

/// The five criteria and the aggregated flow that each counts; factors of the catalogue are already characterised
/// (kg CO2e per kWh), so the method's factors are 1.
const std::vector<CriterionInfo>& criteria();

/// Everything an assessment needs. Phases are processes of unit "functional unit"; each is consumed once by
/// `functional_unit`, so a phase's impact is its adjoint. `once` are the processes of making a model (not of
/// transferring it), `recurring` those of an image.
struct Model {
  lca::Inventory inventory;
  lca::Method method;
  int functional_unit = -1;
  std::vector<std::pair<std::string, int>> phases;
  std::vector<int> once;
  std::vector<int> recurring;
  std::vector<UsedFactor> factors;  ///< one for each parameter of the inventory, same order
  std::vector<MissingPhase> missing;
  std::vector<std::string> warnings, assumptions;
  std::vector<record::RunRecord> records;  ///< the records it stands on
};

/// Builds the inventory. Throws Error naming file:line for a record that cannot be read, an unknown place or device,
/// or a record that lacks what the study asks of it.
Model build_model(const Study& study, const catalog::Catalog& catalog);

/// The bases of the records behind a model, e.g. "modelled".
std::string energy_basis(const Model& model);

}  // namespace cradle::life
