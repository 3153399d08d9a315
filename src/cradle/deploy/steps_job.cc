// Runs a model on noise and tells its steps.
#include "cradle/deploy/steps_job.h"

#include <algorithm>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/noise.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/deploy/steps.h"

namespace cradle::deploy {

base::Json steps_job(const base::Json& arguments, std::string_view where) {
  const std::vector<std::string> known = {"model", "engine", "precision", "threads", "input_shape"};
  base::json_only_keys(arguments, known, where);
  const std::filesystem::path model = base::json_string(arguments, "model", where);
  const EngineChoice choice = engine_from(arguments, where);
  const auto threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  const Noise noise = noise_for(open_engine(model, choice, threads)->describe(), arguments, where);
  const std::vector<TensorView> inputs = noise.views();
  const std::vector<CompiledStep> steps = steps_of(model, choice, threads, inputs);

  base::Json answer = {{"engine", choice.engine}, {"steps", base::Json::array()}, {"islands", base::Json::array()}};
  double all = 0;
  for (const CompiledStep& step : steps) {
    all += step.microseconds;
    answer["steps"].push_back({{"work", step.work},
                               {"nodes", step.nodes},
                               {"precision", step.precision},
                               {"kernel", step.kernel},
                               {"microseconds", step.microseconds}});
  }
  answer["microseconds"] = all;
  for (const Island& island : float_islands(steps))
    answer["islands"].push_back({{"steps", island.steps},
                                 {"operators", island.operators},
                                 {"microseconds", island.microseconds},
                                 {"share", island.share},
                                 {"cure", island.cure}});
  return answer;
}

}  // namespace cradle::deploy
