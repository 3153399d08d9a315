// The job file, read and written (cradle.job/1).
#include "cradle/record/job.h"

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::record {

using base::Json;

Job read_job(const std::filesystem::path& path) {
  const std::string where = path.string();
  const Json json = base::read_json(path);
  const std::string schema = base::json_string(json, "schema", where);
  if (schema != kJobSchema)
    base::fail("{}: 'schema' is '{}'; expected '{}': this is not a job that this worker understands", where, schema,
               kJobSchema);
  Job job;
  job.kind = base::json_string(json, "kind", where);
  job.arguments = base::json_member(json, "arguments", where);
  if (!job.arguments.is_object())
    base::fail("{}: 'arguments': expected an object, found {}", where, job.arguments.type_name());
  job.answer = base::json_string(json, "answer", where);
  if (job.answer.empty()) base::fail("{}: 'answer' is empty; expected the path of the file to write", where);
  if (json.contains("progress")) {
    const Json& progress = json.at("progress");
    if (!progress.is_boolean())
      base::fail("{}: 'progress': expected true or false, found {}", where, progress.type_name());
    job.progress = progress.get<bool>();
  }
  return job;
}

void write_job(const std::filesystem::path& path, const Job& job) {
  base::write_json(path, Json{{"schema", kJobSchema},
                              {"kind", job.kind},
                              {"arguments", job.arguments.is_null() ? Json::object() : job.arguments},
                              {"answer", job.answer.string()},
                              {"progress", job.progress}});
}

}  // namespace cradle::record
