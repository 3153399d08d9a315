// Runs the experiments and keeps their records.
#include "cradle/recipe/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/claim_units.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

base::Json figures_of(const std::string& unit, const Experiment& e) {
  // As in the paper the dense net is trained by Adam at 0.0012 from its first weights (Frankle and Carbin 2019, figure
  // 2); the residual one is rewound to where its first steps at a high rate are over (Frankle et al. 2019).
  if (unit == "tickets-mlp") return tickets(e, "mlp", ",epochs=5,optimiser=adamw,rate=0.0012");
  if (unit == "tickets-resnet")
    return tickets(e, "resnet-small",
                   e.quick ? ",epochs=2,rewind=20,per-round=0.34" : ",epochs=2,rewind=100,per-round=0.34");
  if (unit == "scratch") return from_scratch(e);
  if (unit == "low-rank-lenet5") return low_rank(e, "lenet5");
  if (unit == "low-rank-mlp") return low_rank(e, "mlp");
  if (unit == "speed") return speed(e);
  if (unit == "recommended") return recommendations(e);
  return eight_bits(e, unit.substr(std::string("int8-").size()));
}

/// A quick record does for a quick call only.
bool done_before(const fs::path& file, const ClaimsRequest& request) {
  if (!fs::exists(file)) return false;
  const base::Json record = base::read_json(file);
  return request.quick || !(record.contains("quick") && record.at("quick") == true);
}

void check_only(const std::vector<std::string>& only) {
  std::vector<std::string> names;
  for (const ClaimUnit& unit : claim_units()) names.push_back(unit.name);
  for (const std::string& name : only)
    if (std::find(names.begin(), names.end(), name) == names.end())
      base::fail_usage("there is no experiment '{}'{}; expected {}", name, base::suggestion(name, names),
                       fmt::join(names, ", "));
}

}  // namespace

const std::vector<ClaimUnit>& claim_units() {
  static const std::vector<ClaimUnit> units = {
      {"speed", false},      {"recommended", false}, {"int8-classification"}, {"int8-detection"},
      {"int8-segmentation"}, {"tickets-mlp"},        {"tickets-resnet"},      {"scratch"},
      {"low-rank-lenet5"},   {"low-rank-mlp"}};
  return units;
}

void run_claims(const Workspace& workspace, const ClaimsRequest& request) {
  check_only(request.only);
  if (fs::is_directory(request.folder)) read_claim_records(request.folder);  // what is not one is told before the work
  for (int seed = 1; seed <= request.seeds; ++seed)
    for (const ClaimUnit& unit : claim_units()) {
      const bool wanted =
          request.only.empty() || std::find(request.only.begin(), request.only.end(), unit.name) != request.only.end();
      if (!wanted || (!unit.by_seed && seed > 1)) continue;
      const std::string name = unit.by_seed ? fmt::format("{}-{}", unit.name, seed) : unit.name;
      const fs::path file = request.folder / (name + ".json");
      if (done_before(file, request)) continue;
      if (request.tell) request.tell(fmt::format("claims: {}", name));
      Experiment e{workspace, static_cast<std::uint64_t>(seed), request.quick, request.tell};
      e.workspace.folder = request.folder / (request.quick ? "work-quick" : "work") / name;
      std::error_code error;
      fs::create_directories(e.workspace.folder / "runs", error);
      if (error) base::fail("cannot create {}: {}", e.workspace.folder.string(), error.message());
      base::write_json(file, {{"schema", kClaimSchema},
                              {"unit", unit.name},
                              {"seed", seed},
                              {"quick", request.quick},
                              {"figures", figures_of(unit.name, e)},
                              {"finished", base::format_utc(base::unix_now())}});
    }
}

std::vector<base::Json> read_claim_records(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) base::fail("{}: there is no such folder of claims' records", folder.string());
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<base::Json> records;
  for (const fs::path& file : files) {
    base::Json record = base::read_json(file);
    if (base::json_string(record, "schema", file.string()) != kClaimSchema)
      base::fail("{}: expected schema {}", file.string(), kClaimSchema);
    base::json_string(record, "unit", file.string());
    base::json_member(record, "figures", file.string());
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace cradle::recipe
