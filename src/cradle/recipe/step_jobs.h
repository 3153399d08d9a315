// What each kind of step is made of: which workers are asked, in which order. Internal to the room.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/recipe/pipeline.h"
#include "cradle/recipe/train.h"

namespace cradle::recipe {

/// One step on its way from `in` to `out`, and what it has run so far.
struct StepRun {
  const Workspace& workspace;  ///< its folder is that of the steps
  const RecipeRequest& request;
  const Step& step;
  std::filesystem::path in, out;
  std::string stem;     ///< of its files: "2-finetune"
  bool sparse = false;  ///< an earlier step made zeros that shall stay
  Ledger ledger{};
  base::Json details = base::Json::object();
  base::Json begun = base::Json::object();  ///< what an ended call had done of this step (once())
};

/// A measured job, charged to the step.
base::Json job(StepRun& run, const std::string& worker, const std::string& kind, base::Json arguments);
/// A file of the step beside its output: "2-finetune.statistics".
std::filesystem::path file_of(const StepRun& run, const std::string& what);
void say(const StepRun& run, const std::string& line);
/// Does `work`, which writes `files`, and remembers in the step's own state what it answered and cost: a call that is
/// ended within a long step goes on behind the last such part.
base::Json once(StepRun& run, const std::string& part, const std::vector<std::filesystem::path>& files,
                const std::function<base::Json()>& work);
/// Takes up that state, if it is of this very step (`key`); what an other step of the same place left is removed.
void take_up(StepRun& run, const std::string& key);
/// Forgets it: the step is done.
void put_down(const StepRun& run);

/// What zeros are good for: the size of a transfer that leaves them out. Of an answer with "weights" and "kept".
void say_transfer(const StepRun& run, const base::Json& sparse);

/// The step's own "rate", else `share` of the usual one of the step's optimiser.
double rate_of(const StepRun& run, double share = 1);

/// Trains `from` to `to`, charged; what the step and the request say is set. Goes on from its checkpoint if there is
/// one.
Trained train_step(StepRun& run, const std::filesystem::path& from, const std::filesystem::path& to,
                   TrainRequest training);

/// Weights drawn anew, zeros kept if wanted.
void reinitialise(StepRun& run, const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t seed,
                  bool keep_zeros);

/// Runs calibration images through the model at `from`; writes their statistics.
void calibrate(StepRun& run, const std::filesystem::path& from, const std::filesystem::path& statistics, int images);

/// How a graph's channels are to be cut: the arguments of the job "prune", without model and output.
struct Cut {
  std::string importance = "l2", scope = "uniform", unit = "ratio";  ///< ratio, macs, parameters
  double amount = 0.5;                                               ///< ratio: removed; macs, parameters: kept
  int align = 8;
  std::filesystem::path scores{};
};
base::Json cut(StepRun& run, const std::filesystem::path& from, const std::filesystem::path& to, const Cut& how);

void prune(StepRun& run);
void slim(StepRun& run);
void prune_from_scratch(StepRun& run);
void find_ticket(StepRun& run);
void train_on(StepRun& run);
void quantise(StepRun& run);
void quantise_while_training(StepRun& run);

/// Writes run.out by the step's kind. Throws Error.
void apply(StepRun& run);

}  // namespace cradle::recipe
