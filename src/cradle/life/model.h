// A study turned into an inventory: the shared inputs with their sources, and the processes of each phase.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cradle/catalog/catalog.h"
#include "cradle/lca/inventory.h"
#include "cradle/lca/method.h"
#include "cradle/record/run_record.h"
#include "cradle/study/study.h"

namespace cradle::life {

// The words of the study are the words of this room.
using study::Cited;
using study::Comparison;
using study::CriterionInfo;
using study::Figure;
using study::FunctionalUnit;
using study::Hardware;
using study::MissingPhase;
using study::Result;
using study::Study;
using study::Supply;
using study::TreeNode;
using study::UsedFactor;

/// The five criteria; factors of the catalogue are already characterised (kg CO2e per kWh), so each counts one
/// aggregated flow of its own code.
const std::vector<CriterionInfo>& criteria();

/// What is counted like a criterion but is none: electricity in kWh.
struct Indicator {
  std::string code, name;
};
inline constexpr const char* kNodeEnergy = "node-energy";
inline constexpr const char* kFacilityEnergy = "facility-energy";
const std::vector<Indicator>& indicators();

/// Everything an assessment needs. Phases are processes of unit "functional unit"; each is consumed once by
/// `functional_unit`, so a phase's impact is its adjoint. `once` are the processes of making a model (not of
/// transferring it), `recurring` those of an image.
struct Model {
  lca::Inventory inventory;
  lca::Method method;                   ///< the criteria, the indicators, then those of the study's method tables
  int own_criteria = 0;                 ///< how many criteria of `method` are cradle's: criteria and indicators
  std::vector<CriterionInfo> criteria;  ///< those to be reported
  std::vector<int> criterion_index;     ///< of each of them in `method`
  int functional_unit = -1;
  std::vector<std::pair<std::string, int>> phases;
  std::vector<int> once;
  std::vector<int> recurring;
  std::vector<UsedFactor> factors;  ///< one for each parameter of the inventory, same order
  std::vector<MissingPhase> missing;
  std::vector<std::string> warnings, assumptions;
  std::vector<record::RunRecord> records;  ///< the records it stands on
  double images = 0;                       ///< of the model's life, central; 0: none
  double images_per_day = 0;               ///< of all its devices, in the first year
  std::optional<study::TrainingFacts> training;
  std::set<std::string> bases;  ///< how its energy was obtained: "counter, …" of its records, "stated", "modelled"
  std::vector<std::string> stand_ins;  ///< of the assumptions: those where another place's factor stands in
  bool average_stands_in = false;      ///< a place has no carbon intensity of the study's view
  std::vector<std::string> methods;    ///< files of further criteria with their hash
};

/// Builds the inventory. Throws Error naming file:line for a record that cannot be read, an unknown place or device,
/// or a record that lacks what the study asks of it.
Model build_model(const Study& study, const catalog::Catalog& catalog);

/// "counter, stated": how energy was obtained, in words.
std::string energy_basis(const std::set<std::string>& bases);

}  // namespace cradle::life
