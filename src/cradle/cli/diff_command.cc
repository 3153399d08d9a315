// `cradle diff RESULT_A RESULT_B`: why two results differ.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/scenario_commands.h"
#include "cradle/scenario/difference.h"

namespace cradle::cli {

void add_diff_command(CLI::App& app) {
  struct Arguments {
    std::string before, after, criteria;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("diff", "Why two results differ: each total's difference by cause");
  command->add_option("RESULT_A", a->before, "result.json of cradle assess")->required();
  command->add_option("RESULT_B", a->after, "The result to be explained by what changed")->required();
  command->add_option("--criterion", a->criteria, "Criteria, joined by commas; else all");
  command->add_flag("--json", a->json, "Print the difference as JSON (cradle.difference/1)");
  command->footer(
      "The causes add up to the difference (logarithmic mean Divisia index, docs/METHODS.md).\n"
      "Example: cradle diff monday/result.json friday/result.json --criterion GWP");
  command->callback([a] {
    const auto criteria = a->criteria.empty() ? std::vector<std::string>{} : base::split(a->criteria, ',');
    const scenario::Difference d =
        scenario::difference(study::read_result(a->before), study::read_result(a->after), criteria);
    if (a->json)
      fmt::print("{}\n", base::dump_json(scenario::to_json(d)));
    else
      fmt::print("{}", scenario::text(d));
  });
}

}  // namespace cradle::cli
