// Study files of two lives of a model.
#include "cradle/cli/life_studies.h"

#include <fmt/format.h>

#include <algorithm>

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
std::string hardware_lines(const Service& service) {
  if (!service.virtual_machine) return "hardware = \"desktop\"\n";
  const double n = service.logical_cpus;
  return fmt::format(
      "hardware = \"server\"\nshare = {{ low = {:.4g}, mode = {:.4g}, high = {:.4g} }}   # {} of 256, 128, 48 "
      "threads\n",
      std::min(1.0, n / 256), std::min(1.0, n / 128), std::min(1.0, n / 48), service.logical_cpus);
}

}  // namespace

void take_machine(Service& service, const record::Machine& machine) {
  service.virtual_machine = !machine.virtualised.empty();
  service.logical_cpus = std::max(1, machine.logical_cpus);
}

std::filesystem::path write_study(const std::filesystem::path& folder, const std::string& written_by,
                                  const Service& service, const Life& life, const recipe::Benched& benched) {
  const std::string facility = service.virtual_machine ? "world" : "local";
  const std::string hardware = hardware_lines(service);
  std::string text = fmt::format(
      "# Written by {3} from its own measurements; change it and run: cradle assess {0}.toml\n"
      "schema = \"cradle.study/1\"\n"
      "name   = \"{1}, {0}\"\n\n"
      "[goal]\n"
      "question = \"{2}\"\n"
      "audience = \"internal\"\n\n"
      "[functional_unit]\n"
      "kind    = \"image\"\n"
      "amount  = 1000\n",
      life.name, service.title, service.question, written_by);
  if (!service.quality.empty()) text += fmt::format("quality = \"{}\"\n", service.quality);
  text += "\n";
  text +=
      life.training.empty()
          ? "[training]\n"
            "energy_kwh = 0   # past, and the same in both lives: what is asked is whether a step from here on pays\n"
            "boundary   = \"node\"\n"
          : fmt::format(
                "[training]\n"
                "run      = {}\n"
                "development = {{ low = 0.3, mode = 1.0, high = 6.0 }}   # all other runs per final run: data "
                "training.overhead_dev\n",
                run_list(folder, life.training));
  text += fmt::format("place    = \"{}\"\nfacility = \"{}\"\n{}\n", service.place, facility, hardware);
  if (!life.compression.empty()) text += fmt::format("[compression]\nrun = {}\n\n", run_list(folder, life.compression));
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
  const auto path = folder / (life.name + ".toml");
  base::write_file(path, text);
  return path;
}

}  // namespace cradle::cli
