// `cradle bench A.onnx B.onnx`: joules, latency and accuracy of models, interleaved.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cradle/base/json.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/settings.h"
#include "cradle/recipe/bench.h"

namespace cradle::cli {

void add_bench_command(CLI::App& app) {
  struct Arguments {
    recipe::Workspace workspace;
    std::string place;
    recipe::BenchRequest request;
    std::vector<std::string> models;
    std::string folder = "cradle-bench";
    bool json = false, markdown = false;
  };
  auto a = std::make_shared<Arguments>();
  a->place = setting("place");
  a->workspace.threads = setting_int("threads");
  CLI::App* command = app.add_subcommand("bench", "Measure models against each other: J/image, latency, accuracy");
  command->add_option("MODEL", a->models, "ONNX files")->required();
  command->add_option("-o,--output", a->folder, "Folder for the run records")->capture_default_str();
  command->add_option("--runs", a->request.repeats, "Interleaved repeats of each model")->capture_default_str();
  command->add_option("--seconds", a->request.seconds, "Measured window of a repeat")->capture_default_str();
  command->add_option("--images", a->request.images, "Test images for the accuracy")->capture_default_str();
  command->add_option("--task", a->request.task, "classification, detection or segmentation; else as the models say");
  command->add_option("--engine", a->request.engine, "What runs the models (docs/ENGINES.md)")
      ->check(CLI::IsMember({"onnxruntime", "onednn"}))
      ->capture_default_str();
  command->add_option("--precision", a->request.precision, "In what fp32 models compute; bf16 needs --engine onednn")
      ->check(CLI::IsMember({"as-model", "bf16"}))
      ->capture_default_str();
  command->add_option("--threads", a->workspace.threads)->capture_default_str();
  command->add_option("--place", a->place, "Where the electricity is drawn");
  command->add_flag("--json", a->json, "Print JSON");
  command->add_flag("--markdown", a->markdown, "Print the table as Markdown");
  command->footer("Example: cradle bench fp32.onnx int8.onnx --engine onednn --runs 5");
  command->callback([a] {
    a->workspace.folder = a->folder;
    a->workspace.measuring = measuring(a->place);
    a->request.models.assign(a->models.begin(), a->models.end());
    const auto benched = recipe::bench(a->workspace, a->request);
    if (a->json) {
      fmt::print("{}\n", base::dump_json(recipe::to_json(benched)));
      return;
    }
    fmt::print("{}", recipe::bench_table(benched, a->markdown));
    fmt::print("\n{}", recipe::engine_text(benched));
    if (const std::string pairs = recipe::agreement_text(benched); !pairs.empty()) fmt::print("\n{}", pairs);
    if (std::any_of(benched.begin(), benched.end(), [](const auto& b) { return b.modelled; }))
      fmt::print(
          "\nEnergy is modelled, not measured: no counter could be read (cradle doctor says why). The energy "
          "ratio is a ratio of times.\n");
  });
}

}  // namespace cradle::cli
