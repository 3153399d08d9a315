// Hardware over its life.
#include "cradle/life/hardware.h"

#include <fmt/format.h>

#include "cradle/base/error.h"

namespace cradle::life {
namespace {

/// The catalogue's prefix for a device: a GPU board or a whole device.
std::string family_of(Builder& b, const Hardware& hardware) {
  for (const char* family : {"device", "gpu"})
    if (b.try_factor(fmt::format("{}.gwp", family), hardware.device, "") >= 0) return family;
  b.factor("device.gwp", hardware.device, "", hardware.where);  // throws, with the nearest device's name
  return "device";
}

std::string lifetime_key(const std::string& family, const std::string& device) {
  if (family == "gpu") return "life.gpu_y";
  if (device.find("phone") != std::string::npos) return "life.smartphone_y";
  if (device.find("server") != std::string::npos || device.find("workstation") != std::string::npos)
    return "life.cpu_server_y";
  return "life.edge_board_y";
}

std::string utilisation_key(const std::string& device) {
  if (device.find("camera") != std::string::npos || device.find("jetson") != std::string::npos)
    return "util.edge_camera_24_7";
  if (device.find("workstation") != std::string::npos || device.find("laptop") != std::string::npos ||
      device.find("desktop") != std::string::npos)
    return "util.local_workstation";
  return "util.datacentre_gpu";
}

}  // namespace

int device_production(Builder& b, const Hardware& hardware) {
  const std::string id = "production:" + hardware.device;
  if (const int known = b.find_process(id); known >= 0) return known;
  const std::string family = family_of(b, hardware);
  const int process = b.process(id, fmt::format("production of {}", hardware.device), "device");
  const std::pair<const char*, const char*> figures[] = {
      {"GWP", "gwp"}, {"ADPe", "adpe"}, {"PE", "pe"}, {"WU", "water"}};
  for (const auto& [code, suffix] : figures) {
    const int parameter = b.try_factor(fmt::format("{}.{}", family, suffix), hardware.device, "");
    if (parameter >= 0)
      b.cause(process, code, 1.0, {{parameter, 1.0}});
    else
      b.warn(
          fmt::format("{}: the catalogue has no figure for the production of '{}'; the phase production is too low "
                      "by it",
                      code, hardware.device));
  }
  return process;
}

int device_end_of_life(Builder& b, const Hardware& hardware, const base::Distribution& share_collected) {
  const std::string id = "end-of-life:" + hardware.device;
  if (const int known = b.find_process(id); known >= 0) return known;
  const int mass = b.try_factor(family_of(b, hardware) + ".mass", hardware.device, "");
  if (mass < 0) {
    b.warn(fmt::format("EW: the catalogue has no mass of '{}'; its waste is left out", hardware.device));
    return -1;
  }
  const int process = b.process(id, fmt::format("end of life of {}", hardware.device), "device");
  b.cause(process, "EW", 1.0, {{mass, 1.0}});
  const int collected = b.input("share-collected", "share of waste collected and treated", share_collected, "1",
                                "input", b.study().file + " [end_of_life]");
  const int treatment = b.factor("eol.weee", "", "", hardware.where);
  b.cause(process, "GWP", 1.0, {{mass, 1.0}, {collected, 1.0}, {treatment, 1.0}});
  b.assume(
      "end of life: cut-off, no credit for recycled material; treatment of what is not collected is unknown and "
      "not counted");
  return process;
}

std::vector<lca::Term> life_share_terms(Builder& b, const Hardware& hardware, const std::string& activity) {
  const std::string family = family_of(b, hardware);
  const int life = hardware.lifetime_years ? b.input("lifetime:" + activity, "lifetime of " + hardware.device,
                                                     *hardware.lifetime_years, "years", "input", hardware.where)
                                           : b.factor(lifetime_key(family, hardware.device), "", "", hardware.where);
  const int utilisation = hardware.utilisation
                              ? b.input("utilisation:" + activity, "share of its life in use, " + hardware.device,
                                        *hardware.utilisation, "1", "input", hardware.where)
                              : b.factor(utilisation_key(hardware.device), "", "", hardware.where);
  std::vector<lca::Term> terms = {{life, -1.0}, {utilisation, -1.0}};
  if (!(base::is_fixed(hardware.share) && hardware.share.value == 1.0))
    terms.push_back({b.input("share:" + hardware.device, "reserved share of " + hardware.device, hardware.share, "1",
                             "input", hardware.where),
                     1.0});
  return terms;
}

}  // namespace cradle::life
