// `cradle bench A.onnx B.onnx` and `cradle bench 'make a' 'make b'`: joules and time of models or commands,
// interleaved.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/own_images.h"
#include "cradle/cli/progress.h"
#include "cradle/cli/settings.h"
#include "cradle/recipe/bench.h"
#include "cradle/recipe/bench_commands.h"
#include "cradle/recipe/bench_table.h"

namespace cradle::cli {
namespace {

constexpr const char* kFooter =
    "What is a model: an argument that ends in .onnx and is a file. One that ends so, has no blank and is no file\n"
    "is an error. Everything else is a command of the shell, and what follows --command always is. Models and\n"
    "commands are not mixed: J/image and J/run cannot be compared.\n"
    "\n"
    "Examples:\n"
    "  cradle bench fp32.onnx int8.onnx                 J/image, latency, accuracy; until it is certain to 2 %\n"
    "  cradle bench fp32.onnx int8.onnx --engine onednn --runs 5\n"
    "  cradle bench 'python3 a.py' 'python3 b.py'       J/run of two programs\n"
    "  cradle bench --runs 10 --warmup 1 --prepare 'make clean' 'make -j1' 'make -j8'\n"
    "  cradle bench -N --scope machine 'xz -k a.tar'    the whole machine's joules, without a shell\n"
    "  cradle bench a.onnx b.onnx --markdown --export-json bench.json\n"
    "\n"
    "Rounds go forth and back (A B, B A, …). With --runs auto they end when half the 90 % interval of each mean\n"
    "energy, and of each ratio to the first, is within --within percent, or at --max-runs or --max-time; it says\n"
    "which. Rounds at the beginning are discarded while the machine still warms up. Ratios are of paired rounds;\n"
    "while their interval holds 1 the answer is 'undecided'. Outliers are told, and count. Every run leaves a record\n"
    "that a study can cite.\n"
    "\n"
    "Exit codes: 0 done, 1 a command failed or something could not be done, 2 wrong usage.";

struct Arguments {
  recipe::Workspace workspace;
  std::string place;
  recipe::BenchRequest request;
  recipe::CommandBenchRequest commands;
  std::vector<std::string> contenders, by_option;
  std::string folder = "cradle-bench", runs = "auto", scope, export_json;
  recipe::RoundPlan plan;
  double within_percent = 2;
  bool no_idle = false, no_shell = false;
  bool json = false, markdown = false;
};

bool is_model(const std::string& contender) {
  if (!contender.ends_with(".onnx")) return false;
  if (std::filesystem::is_regular_file(contender)) return true;
  if (contender.find_first_of(" \t\n") == std::string::npos)
    base::fail("{}: there is no such model; expected an ONNX file, or a command (--command '{}')", contender,
               contender);
  return false;
}

/// Options that say nothing of what is measured, yet were given.
void refuse_options(const CLI::App& command, const std::vector<std::string>& names, std::string_view of, bool models) {
  for (const std::string& name : names)
    if (const CLI::Option* option = command.get_option_no_throw(name); option && option->count() > 0)
      base::fail_usage("{} is for {}; {} are measured here", name, of, models ? "models" : "commands");
}

/// Sorts the contenders into models or commands. Throws Error (usage) for both at once, none, or options of the others.
void sort_contenders(Arguments& a, const CLI::App& command) {
  for (const std::string& contender : a.contenders) {
    if (is_model(contender))
      a.request.models.emplace_back(contender);
    else
      a.commands.commands.push_back(contender);
  }
  a.commands.commands.insert(a.commands.commands.end(), a.by_option.begin(), a.by_option.end());
  const auto& [models, commands] = std::tie(a.request.models, a.commands.commands);
  if (models.empty() && commands.empty())
    base::fail_usage("there is nothing to measure: cradle bench A.onnx B.onnx, or cradle bench 'make a' 'make b'");
  if (!models.empty() && !commands.empty())
    base::fail_usage("{} is a model and '{}' a command: J/image and J/run cannot be compared", models.front().string(),
                     commands.front());
  static const std::vector<std::string> of_models = {"--seconds",   "--images",  "--task", "--engine",
                                                     "--precision", "--threads", "--batch"};
  static const std::vector<std::string> of_commands = {"--shell", "-N", "--show-output", "--ignore-failure"};
  if (models.empty())
    refuse_options(command, of_models, "models", false);
  else
    refuse_options(command, of_commands, "commands", true);
}

recipe::RoundPlan plan_of(const Arguments& a, const CLI::App& command) {
  recipe::RoundPlan plan = a.plan;
  if (a.runs != "auto") {
    char* end = nullptr;
    const long runs = std::strtol(a.runs.c_str(), &end, 10);
    if (end == a.runs.c_str() || *end != 0 || runs < 1 || runs > 1'000'000)
      base::fail_usage("--runs: expected auto, or a number from 1 on, found '{}'", a.runs);
    plan.runs = static_cast<int>(runs);
  }
  constexpr int kLeastOfCommands = 5;  // they are short, and their first runs fill caches
  if (a.request.models.empty() && command.get_option("--min-runs")->count() == 0) plan.least = kLeastOfCommands;
  plan.narrow = a.within_percent / 100;
  if (a.no_idle) plan.idle_s = 0;
  return plan;
}

recipe::Bench measured(Arguments& a, const CLI::App& command) {
  a.workspace.folder = a.folder;
  a.workspace.measuring = measuring(a.place);
  a.workspace.measuring.scope = a.scope == "machine" ? meter::Scope::kMachine : meter::Scope::kMine;
  a.workspace.measuring.wattmeter = setting("wattmeter");
  a.workspace.progress = false;  // of single jobs: the rounds have their own
  Progress progress(!a.commands.show_output);
  const auto tell = [&](const std::string& line) { progress.say(line); };
  a.request.plan = a.commands.plan = plan_of(a, command);
  a.request.tell = a.commands.tell = tell;
  if (a.no_shell) a.commands.shell = "none";
  return a.request.models.empty() ? recipe::bench_commands(a.workspace, a.commands)
                                  : recipe::bench(a.workspace, a.request);
}

void run(Arguments& a, const CLI::App& command) {
  sort_contenders(a, command);
  const recipe::Bench bench = measured(a, command);
  if (!a.export_json.empty()) base::write_json(a.export_json, recipe::to_json(bench));
  if (a.json) {
    fmt::print("{}\n", base::dump_json(recipe::to_json(bench)));
    return;
  }
  fmt::print("{}", recipe::bench_table(bench, a.markdown));
  if (const std::string verdicts = recipe::bench_verdicts(bench); !verdicts.empty()) fmt::print("\n{}", verdicts);
  fmt::print("\n{}", recipe::bench_notes(bench));
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  a->place = setting("place");
  a->scope = setting("scope");
  a->plan.idle_s = 3;
  a->workspace.threads = setting_int("threads");
  CLI::App* command =
      app.add_subcommand("bench", "Measure models or commands against each other: joules, time, accuracy");
  command->add_option("MODEL_OR_COMMAND", a->contenders, "ONNX files, or commands of the shell in quotes");
  command->add_option("--command", a->by_option, "A command, whatever it looks like; may be repeated")
      ->allow_extra_args(false);
  command->add_option("-o,--output", a->folder, "Folder for the run records")->capture_default_str();
  command->add_option("--runs", a->runs, "Rounds, or auto: until the intervals are narrow")->capture_default_str();
  command->add_option("--within", a->within_percent, "With auto: half an interval that is narrow, in percent")
      ->capture_default_str();
  command->add_option("--min-runs", a->plan.least, "With auto: rounds that must count at least (commands: 5)")
      ->capture_default_str();
  command->add_option("--max-runs", a->plan.most, "With auto: rounds at most")->capture_default_str();
  command->add_option("--max-time", a->plan.most_s, "With auto: seconds after which no round begins")
      ->capture_default_str();
  command->add_option("--warmup", a->plan.warm_ups, "Rounds before, which are not kept")->capture_default_str();
  command->add_option("--prepare", a->plan.prepare, "A command of the shell before each run, not measured");
  command->add_option("--idle", a->plan.idle_s, "Seconds of rest under the meter, before all")->capture_default_str();
  command->add_flag("--no-idle", a->no_idle, "No rest: idle power stays unknown");
  command->add_option("--scope", a->scope, "mine: the run and its share of idle; machine: everything")
      ->check(CLI::IsMember({"mine", "machine"}))
      ->capture_default_str();
  command->add_option("--seconds", a->request.seconds, "Models: measured window of a run")->capture_default_str();
  command->add_option("--images", a->request.images, "Models: test images for the accuracy")->capture_default_str();
  command->add_option(
      "--task", a->request.task,
      "Models: classification, detection, segmentation, or none: speed and energy alone, on noise; else as "
      "the models say");
  add_own_images_options(*command, a->request.own);
  add_normalise_option(*command, a->request.own);
  command->add_option("--engine", a->request.engine, "Models: what runs them (docs/ENGINES.md)")
      ->check(CLI::IsMember({"onnxruntime", "onednn"}))
      ->capture_default_str();
  command->add_option("--precision", a->request.precision, "Models: in what fp32 computes; bf16 needs --engine onednn")
      ->check(CLI::IsMember({"as-model", "bf16"}))
      ->capture_default_str();
  command->add_option("--batch", a->request.batch, "Models: images at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--threads", a->workspace.threads, "Models: threads of an inference")->capture_default_str();
  command->add_option("--shell", a->commands.shell, "Commands: the shell; none: words are run as they are")
      ->capture_default_str();
  command->add_flag("-N", a->no_shell, "Commands: the same as --shell none");
  command->add_flag("--show-output", a->commands.show_output, "Commands: their output is not discarded");
  command->add_flag("-i,--ignore-failure", a->commands.ignore_failure,
                    "Commands: go on after an exit code other than 0");
  command->add_option("--place", a->place, "Where the electricity is drawn");
  command->add_flag("--json", a->json, "Print JSON");
  command->add_option("--export-json", a->export_json, "Write the same JSON to this file too");
  command->add_flag("--markdown", a->markdown, "Print the table as Markdown");
  command->footer(kFooter);
  command->callback([a, command] { run(*a, *command); });
}

}  // namespace cradle::cli
