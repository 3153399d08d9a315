// cradle-deploy: runs models. Reads a job file, does the job, writes its answer.
#include <fmt/format.h>

#include <exception>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/deploy/calibrate_job.h"
#include "cradle/deploy/gram_job.h"
#include "cradle/deploy/infer_job.h"
#include "cradle/deploy/rank_job.h"
#include "cradle/deploy/steps_job.h"
#include "cradle/record/job.h"

namespace {

using namespace cradle;

base::Json answer_to(const record::Job& job, const std::string& where) {
  if (job.kind == "infer") return deploy::infer(deploy::infer_job_from(job.arguments, where), job.progress);
  if (job.kind == "calibrate") return deploy::calibrate(deploy::calibrate_job_from(job.arguments, where), job.progress);
  if (job.kind == "steps") return deploy::steps_job(job.arguments, where);
  if (job.kind == "rank") return deploy::rank_job(job.arguments, where);
  if (job.kind == "gram") return deploy::gram_job(job.arguments, where);
  const std::vector<std::string> kinds = {"calibrate", "gram", "infer", "rank", "steps"};
  base::fail("{}: cradle-deploy does not know the job '{}'; it knows {}{}", where, job.kind, fmt::join(kinds, ", "),
             base::suggestion(job.kind, kinds));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: cradle-deploy JOB.json (called by cradle; the job file is described in FORMATS.md)\n");
    return 2;
  }
  try {
    const record::Job job = record::read_job(argv[1]);
    base::write_json(job.answer, answer_to(job, argv[1]));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cradle-deploy: error: {}\n", error.what());
    return 1;
  }
}
