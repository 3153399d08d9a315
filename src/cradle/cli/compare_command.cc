// `cradle compare A B`: two studies on the same functional unit and the same random draws.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/json.h"
#include "cradle/cli/assess_command.h"
#include "cradle/cli/packs.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/life/assess.h"
#include "cradle/report/text.h"

namespace cradle::cli {

void add_compare_command(CLI::App& app) {
  struct Arguments {
    std::string a, b;
    life::AssessOptions options;
    bool json = false;
    std::vector<std::string> packs;
  };
  auto args = std::make_shared<Arguments>();
  args->options.samples = setting_int("samples");
  args->options.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = app.add_subcommand("compare", "Compare two studies, paired draw by draw, with break-even");
  command->add_option("A", args->a, "Study file")->required();
  command->add_option("B", args->b, "Study file with the same functional unit")->required();
  command->add_option("--samples", args->options.samples, "Monte Carlo samples")->capture_default_str();
  add_seed_option(*command, args->options.seed);
  add_pack_option(*command, args->packs);
  command->add_flag("--json", args->json, "Print the comparison as JSON");
  command->callback([args] {
    const study::Comparison comparison =
        life::compare(study::read_study(args->a), study::read_study(args->b), catalog_with(args->packs), args->options);
    if (args->json)
      fmt::print("{}\n", base::dump_json(study::to_json(comparison)));
    else
      fmt::print("{}", report::text(comparison));
  });
}

}  // namespace cradle::cli
