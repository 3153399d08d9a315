// `cradle config`: every setting, its value and where it came from.
#include "cradle/cli/config_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/settings.h"

namespace cradle::cli {

void add_config_command(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("config", "Show every setting and where it came from");
  command->add_flag("--json", *json, "Print JSON");
  command->footer(
      "Settings come from, later wins: built-in, /etc/cradle/config.toml, ~/.config/cradle/config.toml,\n"
      "the nearest cradle.toml upwards, CRADLE_<KEY>, the command line. A file is TOML: place = \"FR\"");
  command->callback([json] {
    const auto settings = load_settings(usual_places());
    if (*json) {
      base::Json all = base::Json::array();
      for (const Setting& s : settings)
        all.push_back({{"key", s.key}, {"value", s.value}, {"origin", s.origin}, {"what", s.what}});
      fmt::print("{}\n", base::dump_json(all));
      return;
    }
    base::Table table({"key", "value", "origin", "what"});
    for (const Setting& s : settings) table.row({s.key, s.value.empty() ? "–" : s.value, s.origin, s.what});
    fmt::print("{}", table.text());
  });
}

}  // namespace cradle::cli
