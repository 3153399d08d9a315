// `cradle when STUDY`: at which hour and in which place the same training would cost least.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/packs.h"
#include "cradle/cli/scenario_commands.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/scenario/when.h"

namespace cradle::cli {
namespace {

struct Arguments {
  std::string study, places, start;
  std::vector<std::string> profiles;
  int month = 0;
  life::AssessOptions options;
  std::vector<std::string> packs;
  bool json = false;
};

/// "FR=fr.csv" or "fr.csv": a profile says its place itself; one given twice over must agree.
std::filesystem::path profile_path(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) return text;
  const std::filesystem::path path(text.substr(at + 1));
  const std::string code = catalog::resolve_place(text.substr(0, at)).code;
  const std::string place = scenario::read_profile(path).place;
  if (place != code) base::fail_usage("--profile {}: the file is of {}, as its line '# place:' says", text, place);
  return path;
}

scenario::WhenOptions options_of(const Arguments& a) {
  scenario::WhenOptions o;
  if (!a.places.empty()) o.places = base::split(a.places, ',');
  for (const std::string& profile : a.profiles) o.profiles.push_back(profile_path(profile));
  if (a.month != 0) o.month = a.month;
  if (a.start == "now") {
    o.now_unix_s = base::unix_now();
  } else if (!a.start.empty() && a.start != "hour") {
    int hour = -1;
    const auto [end, error] = std::from_chars(a.start.data(), a.start.data() + a.start.size(), hour);
    if (error != std::errc() || end != a.start.data() + a.start.size())
      base::fail_usage("--start: expected now, hour (every hour) or an hour from 0 to 23, found '{}'", a.start);
    o.start_hour = hour;
  }
  o.assess = a.options;
  return o;
}

}  // namespace

void add_when_command(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  a->options.samples = setting_int("samples");
  a->options.seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = app.add_subcommand("when", "The hour and place at which the same training would cost least");
  command->add_option("STUDY", a->study, "Study file with a [training]")->required();
  command->add_option("--places", a->places, "Places, joined by commas; else the study's and those of the profiles");
  command->add_option("--profile", a->profiles, "Hourly profile, [PLACE=]FILE.csv; once for each place");
  command->add_option("--start", a->start, "hour (every hour of the day), an hour from 0 to 23, or now");
  command->add_option("--month", a->month, "Days of this month only, 1 to 12");
  command->add_option("--samples", a->options.samples, "Monte Carlo samples")->capture_default_str();
  add_seed_option(*command, a->options.seed);
  add_pack_option(*command, a->packs);
  command->add_flag("--json", a->json, "Print the answer as JSON (cradle.when/1)");
  command->footer(
      "A profile is a CSV of 8,760 hours or 24 hours × 12 months (docs/FORMATS.md); a place without one is flat.\n"
      "Example: cradle when study.toml --places FR,PL --profile examples/profiles/made-up-fr.csv");
  command->callback([a] {
    const scenario::When when = scenario::when(a->study, options_of(*a), catalog_with(a->packs));
    if (a->json)
      fmt::print("{}\n", base::dump_json(scenario::to_json(when)));
    else
      fmt::print("{}", scenario::text(when));
    const bool none = std::none_of(when.places.begin(), when.places.end(),
                                   [](const scenario::PlaceWhen& p) { return p.fault.empty(); });
    if (none) base::fail("no place could be computed; the reasons stand above");
  });
}

}  // namespace cradle::cli
