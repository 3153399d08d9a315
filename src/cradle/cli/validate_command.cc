// `cradle validate [DIR|STUDY…]`: published figures beside what their studies come to.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/cli/packs.h"
#include "cradle/cli/scenario_commands.h"
#include "cradle/scenario/validate.h"

namespace cradle::cli {
namespace {

/// The cases that were installed with the program.
std::filesystem::path installed_cases() {
  const auto folder = base::program_folder().parent_path() / "share/cradle/published";
  if (std::filesystem::is_directory(folder)) return folder;
  base::fail_usage(
      "the published cases are not installed ({} is not there); name a folder of studies with [[expected]], in the "
      "source tree test/published",
      folder.string());
}

int run(std::vector<std::filesystem::path> paths, const std::vector<std::string>& packs, bool json) {
  if (paths.empty()) paths.push_back(installed_cases());
  const scenario::Validation validation = scenario::validate(paths, catalog_with(packs));
  if (validation.cases.empty() && validation.faults.empty())
    base::fail("no study there says what it should come to; a published figure stands in it as [[expected]]");
  if (json) {
    fmt::print("{}\n", base::dump_json(scenario::to_json(validation)));
    for (const std::string& fault : validation.faults) fmt::print(stderr, "cradle: error: {}\n", fault);
  } else {
    fmt::print("{}", scenario::text(validation));
    if (!validation.checks.empty()) fmt::print("\n{}", scenario::text(validation.checks));
  }
  return scenario::passes(validation) ? 0 : 1;
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  struct Arguments {
    std::vector<std::filesystem::path> paths;
    std::vector<std::string> packs;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("validate", "Published figures beside what their studies come to");
  command->add_option("STUDY", a->paths, "Studies with [[expected]], or folders of them; else the installed ones");
  add_pack_option(*command, a->packs);
  command->add_flag("--json", a->json, "Print the cases and the checks of arithmetic as a JSON list");
  command->footer(
      "Exit code 1 if a figure that should reproduce does not, one that is known not to does, or a sum in an\n"
      "arithmetic.csv is wrong.\n"
      "Example: cradle validate test/published");
  command->callback([a, &exit_code] { exit_code = run(a->paths, a->packs, a->json); });
}

}  // namespace cradle::cli
