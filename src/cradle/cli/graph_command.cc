// `cradle graph MODEL.onnx`: shapes, parameters, multiply-accumulates and bytes of each layer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/recipe/jobs.h"

namespace cradle::cli {
namespace {

std::string shape_text(const base::Json& shape) {
  std::string text;
  for (const auto& extent : shape) text += (text.empty() ? "" : "×") + fmt::format("{}", extent.get<long long>());
  return text;
}

void print_layers(const base::Json& answer, const std::string& model) {
  base::Table table({"layer", "op", "output", "parameters", "MACs", "bytes", "MAC/B"});
  for (const auto& layer : answer.at("layers")) {
    const double macs = layer.at("macs").get<double>(), bytes = layer.at("bytes").get<double>();
    table.row({layer.at("name").get<std::string>(), layer.at("op").get<std::string>(), shape_text(layer.at("shape")),
               base::format_count(layer.at("parameters").get<double>()), base::format_count(macs),
               base::format_bytes(bytes), bytes > 0 ? base::format_number(macs / bytes) : "–"});
  }
  fmt::print("{}", table.text());
  fmt::print("{}: {} parameters, {} multiply-accumulates an image, {} moved, {}, file {}\n", model,
             base::format_count(answer.at("parameters").get<double>()),
             base::format_count(answer.at("macs").get<double>()), base::format_bytes(answer.at("bytes").get<double>()),
             answer.at("precision").get<std::string>(), base::format_bytes(answer.at("size_bytes").get<double>()));
}

void print_architectures(const base::Json& list) {
  base::Table table({"architecture", "task", "parameters", "MACs", "what"});
  for (const auto& a : list)
    table.row({a.at("name").get<std::string>(), a.at("task").get<std::string>(),
               base::format_count(a.at("parameters").get<double>()), base::format_count(a.at("macs").get<double>()),
               a.at("what").get<std::string>()});
  fmt::print("{}at width 1; cradle train TASK --arch NAME --width W trains one\n", table.text());
}

}  // namespace

void add_graph_command(CLI::App& app) {
  struct Arguments {
    std::string model;
    std::vector<long long> input_shape;
    bool json = false, list = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("graph", "Shapes, parameters, MACs and bytes of each layer of an ONNX model");
  command->add_option("MODEL", a->model, "ONNX file");
  command->add_flag("--list", a->list, "List the built-in architectures instead");
  command->add_option("--input-shape", a->input_shape, "For models with dynamic inputs, e.g. 1,3,224,224")
      ->delimiter(',');
  command->add_flag("--json", a->json, "Print JSON");
  command->callback([a] {
    if (a->list == !a->model.empty())
      base::fail_usage("cradle graph takes an ONNX file, or --list for the built-in architectures");
    base::Json arguments = a->list ? base::Json::object() : base::Json{{"model", a->model}};
    if (!a->input_shape.empty()) arguments["input_shape"] = a->input_shape;
    recipe::Workspace workspace;
    workspace.measuring = measuring("");
    workspace.progress = false;
    const recipe::Done done = recipe::run_job(workspace, "graph", a->list ? "list" : "inspect",
                                              a->list ? "list" : "inspect", std::move(arguments));
    if (a->list && !a->json)
      print_architectures(done.answer.at("architectures"));
    else if (a->json)
      fmt::print("{}\n", base::dump_json(done.answer));
    else
      print_layers(done.answer, a->model);
  });
}

}  // namespace cradle::cli
