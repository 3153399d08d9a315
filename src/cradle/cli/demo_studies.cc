// The demo's two study files, written from what it measured.
#include "cradle/cli/demo_studies.h"

#include <fmt/format.h>

#include "cradle/base/file.h"

namespace cradle::cli {
namespace {

std::string run_list(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& records) {
  std::string list;
  for (const auto& record : records)
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", std::filesystem::relative(record, folder).string());
  return "[" + list + "]";
}

/// Production is charged by time. A virtual machine holds a part of a server whose size its guest cannot see: 48 to 256
/// threads covers the two-socket servers that clouds ran in 2020 to 2025 (the catalogue's cpu.cores). A machine that is
/// not virtual is taken to be a desktop computer, whole.
std::string hardware_lines(const DemoService& service) {
  if (!service.virtual_machine) return "hardware = \"desktop\"\n";
  const double n = service.logical_cpus;
  return fmt::format(
      "hardware = \"server\"\nshare = {{ low = {:.4g}, mode = {:.4g}, high = {:.4g} }}   # {} of 256, 128, 48 "
      "threads\n",
      std::min(1.0, n / 256), std::min(1.0, n / 128), std::min(1.0, n / 48), service.logical_cpus);
}

}  // namespace

std::filesystem::path write_study(const std::filesystem::path& folder, const std::string& name,
                                  const DemoService& service, const recipe::Trained& trained,
                                  const recipe::Quantised* quantised, const recipe::Benched& benched) {
  const std::string facility = service.virtual_machine ? "world" : "local";
  const std::string hardware = hardware_lines(service);
  std::string text = fmt::format(
      "# Written by cradle demo from its own measurements; change it and run: cradle assess {0}.toml\n"
      "schema = \"cradle.study/1\"\n"
      "name   = \"Garment detector, {0}\"\n\n"
      "[goal]\n"
      "question = \"What does detection cost over the model's life, and does int8 pay back?\"\n"
      "audience = \"internal\"\n\n"
      "[functional_unit]\n"
      "kind    = \"image\"\n"
      "amount  = 1000\n"
      "quality = \"mAP50 >= {1}\"\n\n"
      "[training]\n"
      "run      = {2}\n"
      "place    = \"{3}\"\n"
      "facility = \"{4}\"\n"
      "development = {{ low = 0.3, mode = 1.0, high = 6.0 }}   # all other runs per final run: data "
      "training.overhead_dev\n"
      "{5}\n",
      name, service.quality, run_list(folder, {trained.record_file}), service.place, facility, hardware);
  if (quantised) text += fmt::format("[compression]\nrun = {}\n\n", run_list(folder, quantised->records));
  text += fmt::format(
      "[deployment]\n"
      "transfer_gb = {0:.6f}   # the model file\n\n"
      "[use]\n"
      "run            = {1}\n"
      "images_per_day = {2}\n"
      "years          = {3}\n"
      "place          = \"{4}\"\n"
      "facility       = \"{5}\"\n"
      "{6}\n"
      "[electricity]\n"
      "view = \"location-average\"\n\n"
      "[end_of_life]\n"
      "share_collected = {{ low = 0.2, mode = 0.4, high = 0.6 }}   # assumed\n",
      benched.info.size_bytes / 1e9, run_list(folder, benched.record_files), service.images_per_day, service.years,
      service.place, facility, hardware);
  const auto path = folder / (name + ".toml");
  base::write_file(path, text);
  return path;
}

}  // namespace cradle::cli
