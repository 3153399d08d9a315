// `cradle graph MODEL.onnx`: shapes, parameters, multiply-accumulates and bytes of each layer.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/statistics.h"
#include "cradle/base/text.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/precisions_table.h"
#include "cradle/recipe/jobs.h"

namespace cradle::cli {
namespace {

std::string shape_text(const base::Json& shape) {
  std::string text;
  for (const auto& extent : shape) text += (text.empty() ? "" : "×") + fmt::format("{}", extent.get<long long>());
  return text;
}

base::Json extents_in(std::string_view text) {
  base::Json extents = base::Json::array();
  for (const std::string& word : base::split(text, ',')) {
    long long extent = 0;
    const std::string_view digits = base::trim(word);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), extent);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || extent < 1)
      base::fail_usage("--input-shape: expected whole numbers from 1 parted by commas (1,3,224,224), found '{}'", text);
    extents.push_back(extent);
  }
  return extents;
}

/// A list of extents, or of several inputs an object of lists by name.
base::Json input_shape(const std::string& text) {
  if (text.find('=') == text.npos) return extents_in(text);
  base::Json shapes = base::Json::object();
  for (const std::string& one : base::split(text, ';')) {
    const std::size_t sign = one.find('=');
    if (sign == one.npos) base::fail_usage("--input-shape: expected NAME=1,3,224,224, found '{}'", one);
    shapes[std::string(base::trim(one.substr(0, sign)))] = extents_in(one.substr(sign + 1));
  }
  return shapes;
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

base::Interval interval_in(const base::Json& json) {
  return {json.at("value").get<double>(), json.at("low").get<double>(), json.at("high").get<double>()};
}

/// Before anything is run: what the layers should take, by precision.
void print_estimate(const base::Json& estimate, long long batch) {
  if (estimate.contains("reason")) {
    fmt::print("\nno estimate of time and energy: {}\n", estimate.at("reason").get<std::string>());
    return;
  }
  const std::string what = batch == 1 ? "an image" : fmt::format("{} images", batch);
  base::Table table({"precision", "time of " + what, "nine cases in ten", "energy", "nine cases in ten",
                     "bound by arithmetic", "memory", "starts"});
  const auto range = [](const base::Interval& i, auto format) { return format(i.low) + " to " + format(i.high); };
  const auto seconds = [](double s) { return base::format_seconds(s); };
  const auto joules = [](double j) { return base::format_joules(j); };
  for (const auto& p : estimate.at("precisions")) {
    const base::Interval s = interval_in(p.at("seconds")), j = interval_in(p.at("joules"));
    const auto share = [&](const char* key) { return fmt::format("{:.0f} %", 100 * p.at(key).get<double>()); };
    table.row({p.at("precision").get<std::string>(), seconds(s.value), range(s, seconds), joules(j.value),
               range(j, joules), share("compute_share"), share("memory_share"), share("start_share")});
  }
  fmt::print("\nmodelled, not measured, on {}:\n{}", estimate.at("device").get<std::string>(), table.text());
}

/// What an engine made of the model: its steps, and what a quantised model still computes in floats.
void print_steps(const base::Json& answer) {
  const double all = answer.at("microseconds").get<double>();
  base::Table table({"step", "nodes", "type", "time", "share"});
  for (const auto& step : answer.at("steps")) {
    // The first that is no coding names the step best.
    const auto nodes = step.at("nodes").get<std::vector<std::string>>();
    const auto named = std::find_if(nodes.begin(), nodes.end(), [](const std::string& node) {
      return !node.starts_with("DequantizeLinear") && !node.starts_with("QuantizeLinear");
    });
    std::string covers = nodes.empty() ? "" : named == nodes.end() ? nodes[0] : *named;
    if (nodes.size() > 1) covers += fmt::format(" and {} more", nodes.size() - 1);
    const double us = step.at("microseconds").get<double>();
    table.row({step.at("work").get<std::string>(), covers, step.at("precision").get<std::string>(),
               base::format_seconds(us * 1e-6), fmt::format("{:.1f} %", all > 0 ? 100 * us / all : 0)});
  }
  fmt::print("{}{} steps in {}, {} an inference\n", table.text(), answer.at("steps").size(),
             answer.at("engine").get<std::string>() == "onednn" ? "oneDNN" : "ONNX Runtime",
             base::format_seconds(all * 1e-6));
  for (const auto& island : answer.at("islands")) {
    const auto& steps = island.at("steps");
    const auto first = steps.at(0).get<std::size_t>() + 1, last = steps.at(steps.size() - 1).get<std::size_t>() + 1;
    fmt::print("float island, step{}: {}, {} ({:.1f} %): {}\n",
               first == last ? fmt::format(" {}", first) : fmt::format("s {} to {}", first, last),
               island.at("operators").get<std::string>(),
               base::format_seconds(island.at("microseconds").get<double>() * 1e-6),
               100 * island.at("share").get<double>(), island.at("cure").get<std::string>());
  }
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
    std::string model, input_shape, device, precisions, engine = "onnxruntime", precision = "as-model";
    long long batch = 1;
    int threads = 1;
    bool json = false, list = false, steps = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("graph", "Shapes, parameters, MACs and bytes of each layer of an ONNX model");
  command->add_option("MODEL", a->model, "ONNX file");
  command->add_flag("--list", a->list, "List the built-in architectures instead");
  const CLI::Option* precisions =
      command
          ->add_option(
              "--precisions", a->precisions,
              "Show instead what kinds of device compute in, or by what one of them does (here: this processor)")
          ->expected(0, 1)
          ->type_name("[DEVICE]");
  command->add_flag(
      "--steps", a->steps,
      "Show what an engine runs instead: fused nodes, their time, and float islands in a quantised model");
  command->add_option("--engine", a->engine, "Of --steps: onnxruntime or onednn")
      ->capture_default_str()
      ->check(CLI::IsMember({"onnxruntime", "onednn"}));
  command->add_option("--precision", a->precision, "Of --steps in oneDNN: as-model or bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"as-model", "bf16"}));
  command->add_option("--input-shape", a->input_shape,
                      "For models with free extents: 1,3,224,224; of several inputs: image=1,3,224,224;size=1,2");
  command->add_option("--batch", a->batch, "Images at once")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  command->add_option("--device", a->device,
                      "GPU, edge device or processor of the catalogue for the estimate of time "
                      "and energy (default: this processor)");
  command->add_option("--threads", a->threads, "Threads of this processor")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command->add_flag("--json", a->json, "Print JSON");
  command->footer(R"(
Examples:
  cradle graph model.onnx
  cradle graph model.onnx --input-shape 1,3,224,224 --device "NVIDIA H200 SXM 141 GB" --batch 32
  cradle graph --list
  cradle graph --precisions jetson-orin
  cradle graph int8.onnx --steps --engine onednn

The estimate is a roofline: each layer takes the longer of its arithmetic and its traffic, at the rates of the
catalogue times what networks reach of them. cradle bench measures.)");
  command->callback([a, precisions] {
    if (precisions->count() > 0) {
      if (a->list || a->steps || !a->model.empty())
        base::fail_usage("cradle graph --precisions takes a device and --json, nothing else");
      return print_precisions(a->precisions, a->json);
    }
    if (a->list == !a->model.empty())
      base::fail_usage("cradle graph takes an ONNX file, or --list for the built-in architectures");
    if (a->list && a->steps) base::fail_usage("cradle graph --list takes no --steps");
    base::Json arguments = a->list ? base::Json::object() : base::Json{{"model", a->model}};
    if (a->steps) {
      arguments["engine"] = a->engine;
      arguments["precision"] = a->precision;
      arguments["threads"] = a->threads;
    } else if (!a->list) {
      arguments["batch"] = a->batch;
      arguments["threads"] = a->threads;
      arguments["estimate"] = true;
      if (!a->device.empty()) arguments["device"] = a->device;
    }
    if (!a->input_shape.empty()) arguments["input_shape"] = input_shape(a->input_shape);
    recipe::Workspace workspace;
    workspace.measuring = measuring("");
    workspace.progress = false;
    const std::string kind = a->list ? "list" : a->steps ? "steps" : "inspect";
    const recipe::Done done =
        recipe::run_job(workspace, a->steps ? "deploy" : "graph", kind, kind, std::move(arguments));
    if (a->steps && !a->json)
      print_steps(done.answer);
    else if (a->list && !a->json)
      print_architectures(done.answer.at("architectures"));
    else if (a->json)
      fmt::print("{}\n", base::dump_json(done.answer));
    else {
      print_layers(done.answer, a->model);
      print_estimate(done.answer.at("estimate"), a->batch);
    }
  });
}

}  // namespace cradle::cli
