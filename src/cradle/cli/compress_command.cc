// `cradle compress MODEL.onnx --recipe int8 -o OUT.onnx`: a smaller model, and what making it cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/own_images.h"
#include "cradle/cli/settings.h"
#include "cradle/recipe/compress.h"

namespace cradle::cli {

void add_compress_command(CLI::App& app) {
  struct Arguments {
    recipe::Workspace workspace;
    recipe::QuantiseRequest request;
    std::string model, output, recipe = "int8";
  };
  auto a = std::make_shared<Arguments>();
  a->workspace.threads = setting_int("threads");
  CLI::App* command = app.add_subcommand("compress", "Make an ONNX model smaller: INT8 after training");
  command->add_option("MODEL", a->model, "ONNX file of a model trained by cradle train")->required();
  command->add_option("-o,--output", a->output, "ONNX file to write")->required();
  command->add_option("--recipe", a->recipe, "Steps; there is one: int8")->capture_default_str();
  command->add_option("--calibration", a->request.calibration, "Range of activations: minmax, percentile, mse")
      ->capture_default_str();
  command->add_option("--images", a->request.images, "Calibration images")->capture_default_str();
  command->add_option("--task", a->request.task, "Whose images calibrate; else as the model says");
  add_own_images_options(*command, a->request.own);
  add_normalise_option(*command, a->request.own);
  command->callback([a] {
    if (a->recipe != "int8") base::fail_usage("unknown recipe '{}'; the only step there is: int8", a->recipe);
    a->workspace.measuring = measuring(setting("place"));
    a->request.model = a->model;
    a->request.output = a->output;
    a->workspace.folder = a->request.output.parent_path().empty() ? "." : a->request.output.parent_path();
    const recipe::Quantised q = recipe::quantise_int8(a->workspace, a->request);
    const record::Model before = recipe::inspect(a->workspace, a->model);
    const record::Model after = recipe::inspect(a->workspace, a->output);
    fmt::print("{}: {} → {}; making it took {} ({}), {}\n", a->output, base::format_bytes(before.size_bytes),
               base::format_bytes(after.size_bytes), base::format_interval(q.total_of_steps.billed.j, "J"),
               record::basis_text(q.total_of_steps), base::format_seconds(q.total_of_steps.duration_s));
    const std::string data = a->request.own.folder.empty() ? "" : " --data " + a->request.own.folder.string();
    fmt::print("next: cradle bench {} {}{}\n", a->model, a->output, data);
  });
}

}  // namespace cradle::cli
