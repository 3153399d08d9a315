// `cradle assess STUDY`: the life-cycle assessment of one study.
#include "cradle/cli/assess_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/cli/packs.h"
#include "cradle/cli/seed.h"
#include "cradle/cli/settings.h"
#include "cradle/life/assess.h"
#include "cradle/report/html.h"
#include "cradle/report/text.h"

namespace cradle::cli {
namespace {

struct Arguments {
  std::string study;
  std::string folder;
  int samples = 0;
  std::uint64_t seed = 0;
  int threads = 1;
  bool json = false;
  bool markdown = false;
  bool sobol = false;
  std::vector<std::string> packs;
};

void run(const Arguments& a) {
  const study::Study study = study::read_study(a.study);
  life::AssessOptions options;
  options.samples = a.samples;
  options.seed = a.seed;
  options.threads = a.threads;
  options.sobol = a.sobol;
  const study::Result result = life::assess(study, catalog_with(a.packs), options);
  if (!a.folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(a.folder, error);
    if (error) base::fail("cannot create {}: {}", a.folder, error.message());
    const std::filesystem::path folder(a.folder);
    base::write_json(folder / "result.json", study::to_json(result));
    base::write_file(folder / "report.html", report::html(result, std::nullopt, "cradle " CRADLE_VERSION));
  }
  if (a.json)
    fmt::print("{}\n", base::dump_json(study::to_json(result)));
  else
    fmt::print("{}", a.markdown ? report::markdown(result) : report::text(result));
  if (!a.folder.empty())
    fmt::print(stderr, "written: {0}/result.json, {0}/report.html\n", std::filesystem::path(a.folder).string());
}

}  // namespace

void add_assess_command(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  a->samples = setting_int("samples");
  a->seed = static_cast<std::uint64_t>(setting_int("seed"));
  CLI::App* command = app.add_subcommand("assess", "Life-cycle assessment of a study file");
  command->add_option("STUDY", a->study, "Study file (TOML, cradle.study/1)")->required();
  command->add_option("-o,--output", a->folder, "Write result.json and report.html into this folder");
  command->add_option("--samples", a->samples, "Monte Carlo samples")->capture_default_str();
  add_seed_option(*command, a->seed);
  command->add_option("--threads", a->threads, "Threads; the result does not depend on them")->capture_default_str();
  command->add_flag("--sobol", a->sobol, "Share of the variance that each input brings, alone and with the others");
  add_pack_option(*command, a->packs);
  command->add_flag("--json", a->json, "Print the result as JSON");
  command->add_flag("--markdown", a->markdown, "Print the tables as Markdown");
  command->footer("Example: cradle assess examples/camera.toml -o report/");
  command->callback([a] { run(*a); });
}

}  // namespace cradle::cli
