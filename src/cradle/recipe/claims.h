// The claims on compression that the project checks on its own tasks: what is run, the raw records, and the table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/recipe/jobs.h"

namespace cradle::recipe {

inline constexpr std::string_view kClaimSchema = "cradle.claim/1";

struct ClaimsRequest {
  std::filesystem::path folder;  ///< for records; models and runs lie in it too, below work/
  int seeds = 3;
  std::vector<std::string> only;  ///< units to run; empty: all
  bool quick = false;             ///< a tenth of the images: shows the way, proves nothing
  std::function<void(const std::string& line)> tell;
};

/// One experiment that brings figures for some claims: "tickets-mlp", "int8-detection", "speed".
struct ClaimUnit {
  std::string name;
  bool by_seed = true;  ///< run once for each seed; else once, with rounds of its own
};
const std::vector<ClaimUnit>& claim_units();

/// Runs the units whose record is not there yet, and writes NAME-SEED.json (cradle.claim/1) of each. What is ended goes
/// on with the same call. Throws Error.
void run_claims(const Workspace& workspace, const ClaimsRequest& request);

/// One line of the table.
struct Claim {
  std::string text;     ///< what is claimed
  std::string found;    ///< the figure with its 90 % interval
  std::string verdict;  ///< "met", "not met", "undecided", "not run"
  std::string basis;    ///< "3 seeds", "7 rounds"
};
/// From the records (cradle.claim/1) alone, so that the table can be made again from them.
std::vector<Claim> claims_of(const std::vector<base::Json>& records);
/// Reads every *.json of the folder. Throws Error naming a file that is damaged.
std::vector<base::Json> read_claim_records(const std::filesystem::path& folder);
/// Markdown.
std::string claims_table(const std::vector<Claim>& claims);

}  // namespace cradle::recipe
