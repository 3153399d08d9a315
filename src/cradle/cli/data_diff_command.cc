// `cradle data diff A B STUDY…`: rows that changed between two sets of data, and what that does to studies.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/cli/scenario_commands.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/scenario/data_difference.h"

namespace cradle::cli {

void add_data_diff_command(CLI::App& data) {
  struct Arguments {
    std::string before, after;
    std::vector<std::filesystem::path> studies;
    life::AssessOptions options;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  a->options.samples = setting_int("samples");
  a->options.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = data.add_subcommand("diff", "Rows that changed between two sets of data, and studies under both");
  command->add_option("A", a->before, "A table or folder of tables before the built-in ones; or built-in")->required();
  command->add_option("B", a->after, "The same: the data to be explained by what changed")->required();
  command->add_option("STUDY", a->studies, "Studies whose totals under both are shown, with the causes");
  command->add_option("--samples", a->options.samples, "Monte Carlo samples")->capture_default_str();
  add_seed_option(*command, a->options.seed);
  command->add_flag("--json", a->json, "Print JSON (cradle.data-difference/1)");
  command->footer("Example: cradle data diff built-in my-factors.csv study.toml");
  command->callback([a] {
    const scenario::DataDifference d = scenario::data_difference(a->before, a->after, a->studies, a->options);
    if (a->json)
      fmt::print("{}\n", base::dump_json(scenario::to_json(d)));
    else
      fmt::print("{}", scenario::text(d));
    const bool none = std::none_of(d.studies.begin(), d.studies.end(),
                                   [](const scenario::StudyUnderBoth& s) { return s.fault.empty(); });
    if (!a->studies.empty() && none) base::fail("no study could be computed; the reasons stand above");
  });
}

}  // namespace cradle::cli
