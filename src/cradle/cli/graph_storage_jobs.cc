// The job of cradle-graph that writes sixteen-bit floats: store.
#include "cradle/base/error.h"
#include "cradle/cli/graph_jobs.h"
#include "cradle/compress/storage.h"

namespace cradle::cli {
namespace {

using base::Json;

bool flag_or(const Json& arguments, const char* key, std::string_view where) {
  const auto given = arguments.find(key);
  if (given == arguments.end() || given->is_null()) return false;
  if (!given->is_boolean()) base::fail("{}: '{}': expected true or false, found {}", where, key, given->dump());
  return given->get<bool>();
}

}  // namespace

Json store(const Json& arguments, std::string_view where) {
  base::json_only_keys(
      arguments, std::vector<std::string>{"model", "output", "open_extents", "type", "compute", "saturate"}, where);
  const std::filesystem::path output = base::json_string(arguments, "output", where);
  const std::string type = base::json_string(arguments, "type", where);
  const bool compute = flag_or(arguments, "compute", where);
  if (type != "fp16" && type != "bf16") base::fail("{}: 'type': expected fp16 or bf16, found '{}'", where, type);
  if (compute && type != "fp16")
    base::fail("{}: 'compute': models are computed in fp16; for bf16 an engine casts by itself (--precision bf16)",
               where);
  compress::StorageOptions options;
  if (flag_or(arguments, "saturate", where)) options.overflow = compress::Overflow::kSaturate;
  compress::NarrowGraph narrow = with_model(arguments, where, [&](const graph::Graph& model) {
    if (compute) return compress::compute_in_float16(model, options);
    return compress::store_as(model, type == "fp16" ? graph::Type::kF16 : graph::Type::kBf16, options);
  });
  write_as_declared(output, std::move(narrow.graph), arguments, where);
  Json answer = file_facts(output);
  answer["type"] = type;
  answer["compute"] = compute;
  answer["tensors"] = narrow.tensors;
  answer["numbers"] = narrow.numbers;
  answer["saturated"] = Json::array();
  for (const compress::Saturated& s : narrow.saturated)
    answer["saturated"].push_back({{"name", s.name}, {"numbers", s.numbers}, {"greatest", s.greatest}});
  if (compute) answer["kept_in_float"] = narrow.kept_in_float;
  return answer;
}

}  // namespace cradle::cli
