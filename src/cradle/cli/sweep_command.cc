// `cradle sweep STUDY --over place=FR,BE,years=3,5`: one study under every combination of some values.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/packs.h"
#include "cradle/cli/scenario_commands.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/scenario/sweep.h"

namespace cradle::cli {
namespace {

/// Says on stderr how far it is, once a second, if it takes more than two.
scenario::Progress progress_on_stderr() {
  using Clock = std::chrono::steady_clock;
  return [begin = Clock::now(), said = Clock::now()](std::size_t done, std::size_t all) mutable {
    const auto now = Clock::now();
    if (now - begin < std::chrono::seconds(2) || now - said < std::chrono::seconds(1)) return;
    said = now;
    fmt::print(stderr, "cradle: {} of {} combinations\n", done, all);
  };
}

}  // namespace

void add_sweep_command(CLI::App& app) {
  struct Arguments {
    std::string study, over, criteria;
    life::AssessOptions options;
    std::vector<std::string> packs;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  a->options.samples = setting_int("samples");
  a->options.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = app.add_subcommand("sweep", "A study under every combination of some values, with the best");
  command->add_option("STUDY", a->study, "Study file")->required();
  command->add_option("--over", a->over, "Keys and values: hardware=A,B,place=FR,BE,years=3,5")->required();
  command->add_option("--criterion", a->criteria, "Criteria of the table, joined by commas; else all");
  command->add_option("--samples", a->options.samples, "Monte Carlo samples")->capture_default_str();
  add_seed_option(*command, a->options.seed);
  add_pack_option(*command, a->packs);
  command->add_flag("--json", a->json, "Print the sweep as JSON (cradle.sweep/1)");
  command->footer(
      "Short keys: hardware, place, facility, years, images_per_day, growth_per_year, architecture or precision\n"
      "(records as use.run), view, allocation; any other key with its table, as use.idle_w.\n"
      "Example: cradle sweep study.toml --over place=FR,PL,years=3,5 --criterion GWP,ADPe");
  command->callback([a] {
    const auto criteria = a->criteria.empty() ? std::vector<std::string>{} : base::split(a->criteria, ',');
    const scenario::Sweep sweep = scenario::sweep(a->study, scenario::parse_axes(a->over), criteria,
                                                  catalog_with(a->packs), a->options, progress_on_stderr());
    if (a->json)
      fmt::print("{}\n", base::dump_json(scenario::to_json(sweep)));
    else
      fmt::print("{}", scenario::text(sweep));
    const bool none = std::none_of(sweep.combinations.begin(), sweep.combinations.end(),
                                   [](const scenario::Combination& c) { return c.fault.empty(); });
    if (none) base::fail("no combination could be assessed; the reasons stand in the table");
  });
}

}  // namespace cradle::cli
