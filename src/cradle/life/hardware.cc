// Hardware over its life.
#include "cradle/life/hardware.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/life/board.h"

namespace cradle::life {
namespace {

const study::Device* own_device(Builder& b, const std::string& name) {
  for (const study::Device& d : b.study().devices)
    if (d.name == name) return &d;
  return nullptr;
}

/// The catalogue's prefix for a device: a GPU board or a whole device; "" for the study's own.
std::string family_of(Builder& b, const Hardware& hardware) {
  if (own_device(b, hardware.device)) return "";
  for (const char* family : {"device", "gpu"})
    for (const char* figure : {"gwp", "tdp", "die"})
      if (b.try_factor(fmt::format("{}.{}", family, figure), hardware.device, "", false) >= 0) return family;
  std::vector<std::string> own;
  for (const study::Device& d : b.study().devices) own.push_back(d.name);
  const std::string hint = base::suggestion(hardware.device, own);
  if (!hint.empty()) base::fail("{}: no [device.{}] in the study{}", hardware.where, hardware.device, hint);
  if (const std::string like = b.names_like(hardware.device); !like.empty())
    base::fail("{}: the catalogue has no '{}', but {}", hardware.where, hardware.device, like);
  b.factor("device.gwp", hardware.device, "", hardware.where);  // throws, with the nearest device's name
  return "device";
}

bool mentions(const std::string& device, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return base::lower(device).find(word) != std::string::npos; });
}

std::string lifetime_key(const std::string& family, const std::string& device) {
  if (mentions(device, {"jetson", "raspberry", "camera", "iot"})) return "life.edge_board_y";
  if (family == "gpu") return "life.gpu_y";
  if (mentions(device, {"phone", "tablet"})) return "life.smartphone_y";
  return mentions(device, {"server", "workstation", "desktop", "laptop", "storage", "network"}) || family.empty()
             ? "life.cpu_server_y"
             : "life.edge_board_y";
}

/// The share of its life in which a device works: as stated, the catalogue's for this device, or by where it stands.
int utilisation_of(Builder& b, const Hardware& hardware, const std::string& activity, bool in_data_centre) {
  if (hardware.utilisation)
    return b.input("utilisation:" + activity, "share of its life in use, " + hardware.device, *hardware.utilisation,
                   "1", "input", hardware.where);
  if (const int own = b.try_factor("device.share_in_use", hardware.device, "", false); own >= 0) return own;
  const std::string& device = hardware.device;
  const bool on_a_desk = mentions(device, {"workstation", "laptop", "desktop", "geforce", "raspberry"});
  const char* key = mentions(device, {"camera", "jetson"}) ? "util.edge_camera_24_7"
                    : on_a_desk || !in_data_centre         ? "util.local_workstation"
                                                           : "util.datacentre_gpu";
  return b.factor(key, "", "", hardware.where);
}

/// The whole-device figures of the catalogue, criterion by criterion.
void add_whole_figures(Builder& b, int process, const std::string& family, const Hardware& hardware) {
  const std::pair<const char*, const char*> figures[] = {
      {"GWP", "gwp"}, {"ADPe", "adpe"}, {"PE", "pe"}, {"WU", "water"}};
  for (const auto& [code, suffix] : figures) {
    const std::string key = fmt::format("{}.{}", family, suffix);
    const int parameter = b.try_factor(key, hardware.device, "");
    if (parameter >= 0) {
      b.cause(process, code, 1.0, {{parameter, 1.0}});
      if (b.try_factor(key, hardware.device, "", false) < 0)
        b.assume(fmt::format("{}: the figure of any {} stands in for making '{}'", code, family, hardware.device));
    } else if (std::string_view(code) != "WU" || !add_water_of_die(b, process, hardware))
      b.warn(
          fmt::format("{}: the catalogue has no figure for the production of '{}'; the phase production is too low "
                      "by it",
                      code, hardware.device));
  }
}

/// Whether a board brings its share of host, racks and building.
bool has_infrastructure(Builder& b, const Hardware& hardware, bool in_data_centre) {
  return in_data_centre && hardware.infrastructure && family_of(b, hardware) == "gpu" &&
         !mentions(hardware.device, {"jetson"});
}

}  // namespace

int device_production(Builder& b, const Hardware& hardware, bool in_data_centre) {
  const std::string family = family_of(b, hardware);
  const bool surrounded = has_infrastructure(b, hardware, in_data_centre);
  // One board may stand in a data centre for the training and on a desk for the use: these are two productions.
  const std::string id = fmt::format("production:{}{}{}", hardware.device, hardware.parametric ? ", parametric" : "",
                                     family == "gpu" && !surrounded ? ", alone" : "");
  if (const int known = b.find_process(id); known >= 0) return known;
  const int process = b.process(id, fmt::format("production of {}", hardware.device), "device");
  b.flow("device:" + hardware.device, hardware.device + ", made", "device");
  b.cause(process, "device:" + hardware.device, 1.0);
  const bool whole = family == "device" || (family == "gpu" && !hardware.parametric &&
                                            b.try_factor("gpu.gwp", hardware.device, "", false) >= 0);
  if (const study::Device* own = own_device(b, hardware.device))
    add_parts(b, process, *own);
  else if (whole)
    add_whole_figures(b, process, family, hardware);
  else
    add_board(b, process, hardware);
  if (surrounded) add_infrastructure(b, process);
  if (const int mass = device_mass(b, hardware); mass >= 0 && !family.empty()) add_transport(b, process, mass);
  return process;
}

int device_mass(Builder& b, const Hardware& hardware) {
  if (const study::Device* own = own_device(b, hardware.device))
    return own->mass_kg ? b.input("mass:" + own->name, "mass of " + own->name, *own->mass_kg, "kg", "input", own->where)
                        : -1;
  return b.try_factor(family_of(b, hardware) + ".mass", hardware.device, "");
}

int rated_power(Builder& b, const Hardware& hardware) {
  if (const study::Device* own = own_device(b, hardware.device))
    return own->tdp_w
               ? b.input("tdp:" + own->name, "rated power of " + own->name, *own->tdp_w, "W", "input", own->where)
               : -1;
  family_of(b, hardware);  // throws, with names that are near, for a device that nobody knows
  return b.try_factor("gpu.tdp", hardware.device, "");
}

int device_end_of_life(Builder& b, const Hardware& hardware, bool in_data_centre) {
  const bool surrounded = has_infrastructure(b, hardware, in_data_centre);
  // Two, as its production is: the board with its share of the host, and the board alone.
  const std::string id = fmt::format("end-of-life:{}{}", hardware.device, surrounded ? " in its host" : "");
  if (const int known = b.find_process(id); known >= 0) return known;
  const int mass = device_mass(b, hardware);
  if (mass < 0) {
    b.warn(fmt::format("EW: the catalogue has no mass of '{}'; its waste is left out", hardware.device));
    return -1;
  }
  const int process = b.process(id, fmt::format("end of life of {}", hardware.device), "device");
  const int collected = b.input("share-collected", "share of waste collected and treated",
                                b.study().end_of_life->share_collected, "1", "input", b.source("end_of_life"));
  const int treatment = b.factor("eol.weee", "", "", hardware.where);
  b.flow("waste", "electronic waste", "kg");
  const auto becomes_waste = [&](int kilograms, double pieces) {
    b.cause(process, "EW", pieces, {{kilograms, 1.0}});
    b.cause(process, "GWP", pieces, {{kilograms, 1.0}, {collected, 1.0}, {treatment, 1.0}});
    b.cause(process, "waste", pieces, {{kilograms, 1.0}});
  };
  becomes_waste(mass, 1.0);
  if (surrounded)
    if (const int host = b.try_factor("host_server.gpu8_mass", "", ""); host >= 0) becomes_waste(host, 1.0 / 8.0);
  b.assume(
      "end of life: cut-off, no credit for recycled material; treatment of what is not collected is unknown and "
      "not counted");
  return process;
}

int lifetime_of(Builder& b, const Hardware& hardware, const std::string& activity) {
  const std::string own = "lifetime of " + hardware.device;
  const int life = [&] {
    if (hardware.lifetime_years)
      return b.input("lifetime:" + activity, own, *hardware.lifetime_years, "y", "input", hardware.where);
    if (const int of_device = b.try_factor("device.life_y", hardware.device, "", false); of_device >= 0)
      return of_device;
    return b.factor(lifetime_key(family_of(b, hardware), hardware.device), "", "", hardware.where);
  }();
  if (b.study().allocation != "early-retirement") return life;
  const base::Distribution& d = b.model().inventory.parameters[static_cast<std::size_t>(life)].distribution;
  return b.input("early-lifetime:" + activity, own + ", retired early", base::fixed(base::quantile(d, 0.05)), "y",
                 "assumed", "P5 of " + b.used(life).id);
}

Terms life_share_terms(Builder& b, const Hardware& hardware, const std::string& activity, bool in_data_centre) {
  Terms terms = {{lifetime_of(b, hardware, activity), -1.0}};
  if (b.study().allocation != "calendar-time")
    terms.push_back({utilisation_of(b, hardware, activity, in_data_centre), -1.0});
  if (!(base::is_fixed(hardware.share) && hardware.share.value == 1.0))
    terms.push_back({b.input("share:" + activity, "reserved share of " + hardware.device, hardware.share, "1", "input",
                             hardware.where),
                     1.0});
  return terms;
}

}  // namespace cradle::life
