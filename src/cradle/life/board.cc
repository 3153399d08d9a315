// Hardware by its parts.
#include "cradle/life/board.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::life {
namespace {

/// A kind of part of a bill of materials: the catalogue's keys per unit of it; nullptr where it has none.
struct Kind {
  const char* name;
  const char* unit;
  const char *gwp, *adpe, *pe, *water;
};
constexpr std::array<Kind, 19> kKinds = {{
    {"die", "cm2", nullptr, "die.cpa_adpe", "die.cpa_pe", "water.chip"},  // climate by its node
    {"package", "pieces", "ic.packaging_gwp", nullptr, nullptr, nullptr},
    {"hbm", "GB", "dram.hbm_gwp", nullptr, nullptr, nullptr},
    {"gddr", "GB", "dram.gddr6_gwp", nullptr, nullptr, nullptr},
    {"lpddr", "GB", "dram.lpddr4_gwp", nullptr, nullptr, nullptr},
    {"ddr", "GB", "dram.ddr4_ddr5_gwp", nullptr, nullptr, nullptr},
    {"ssd", "GB", "ssd.gwp", nullptr, nullptr, nullptr},
    {"hdd", "GB", "hdd.gwp", nullptr, nullptr, nullptr},
    {"psu", "kg", "psu.gwp", "psu.adpe", "psu.pe", nullptr},
    {"motherboard", "pieces", "motherboard.gwp", "motherboard.adpe", "motherboard.pe", nullptr},
    {"case", "pieces", "rack_case.gwp", "rack_case.adpe", "rack_case.pe", nullptr},
    {"assembly", "pieces", "assembly.gwp", "assembly.adpe", "assembly.pe", nullptr},
    {"pcb", "cm2", "pcb.gwp", nullptr, nullptr, nullptr},
    {"casing", "kg", "casing.gwp", nullptr, nullptr, nullptr},
    {"heatsink", "kg", "heatsink.gwp", nullptr, nullptr, nullptr},
    {"battery", "kWh", "battery.gwp", nullptr, nullptr, nullptr},
    {"cpu-package", "pieces", "cpu.package_base_gwp", "cpu.package_base_adpe", "cpu.package_base_pe", nullptr},
    {"gpu-board", "pieces", "gpu.board_base_gwp", "gpu.board_base_adpe", "gpu.board_base_pe", nullptr},
    {"block", "pieces", nullptr, nullptr, nullptr, nullptr},  // its name chooses the keys
}};

const Kind* kind_named(const std::string& name) {
  for (const Kind& k : kKinds)
    if (name == k.name) return &k;
  return nullptr;
}

/// A part as a process of one unit of amount, consumed `amount` times.
struct PartProcess {
  Builder& b;
  int process;
  std::string id;       ///< "mine:2": of the device and its part; two parts may stand on one line
  bool caused = false;  ///< a figure of its own, or the catalogue's for the climate

  void cause(const char* code, const char* key, const std::string& name, const std::optional<base::Distribution>& own,
             const study::PartOfDevice& part) {
    const std::string what = fmt::format("{} of {} {}", code, part.kind, part.name);
    int parameter = -1;
    if (own)
      parameter = b.input(fmt::format("{}:{}:{}", code, id, part.kind), what, *own, "per unit", "input", part.where);
    else if (key)
      parameter = b.try_factor(key, name, "");
    if (parameter < 0) return;
    b.cause(process, code, 1.0, {{parameter, 1.0}});
    caused = caused || own || std::string_view(code) == "GWP";
  }
};

std::string keys_of_block(const study::PartOfDevice& part, const char* criterion, std::string& level) {
  const std::size_t space = part.name.rfind(' ');
  if (space == std::string::npos)
    base::fail("{}: a block is named by function and level, e.g. name = \"processing HSL-2\"; found '{}'", part.where,
               part.name);
  level = part.name.substr(space + 1);
  return fmt::format("block.{}.{}", base::lower(part.name.substr(0, space)), criterion);
}

void cause_all(PartProcess& p, const study::PartOfDevice& part, const Kind* kind) {
  struct Column {
    const char* code;
    const char* suffix;
    const char* key;
    const std::optional<base::Distribution>& own;
  };
  const Column columns[] = {{"GWP", "gwp", kind ? kind->gwp : nullptr, part.gwp_kg},
                            {"ADPe", "adpe", kind ? kind->adpe : nullptr, part.adpe_kg},
                            {"PE", "pe", kind ? kind->pe : nullptr, part.pe_mj},
                            {"WU", "water", kind ? kind->water : nullptr, part.water_l}};
  // A part with figures of its own is the study's: the catalogue's kind then fills nothing in beside them.
  const bool own = part.gwp_kg || part.adpe_kg || part.pe_mj || part.water_l;
  for (const Column& c : columns) {
    std::string key = own || !c.key ? "" : c.key, name;
    if (!own && part.kind == "block") key = keys_of_block(part, c.suffix, name);
    if (!own && part.kind == "die" && std::string_view(c.code) == "GWP") key = "die.cpa_gwp." + part.name;
    p.cause(c.code, key.empty() ? nullptr : key.c_str(), name, c.own, part);
  }
}

void add_part(Builder& b, int product, const study::PartOfDevice& part, int number, const std::string& device) {
  const Kind* kind = kind_named(part.kind);
  const bool own = part.gwp_kg || part.adpe_kg || part.pe_mj || part.water_l;
  if (!kind && !own) {
    std::vector<std::string> names;
    for (const Kind& k : kKinds) names.emplace_back(k.name);
    base::fail("{}: 'kind': '{}' is no kind of part of the catalogue and has no figures of its own (gwp_kg, …){}",
               part.where, part.kind, base::suggestion(part.kind, names));
  }
  const std::string unit = kind ? kind->unit : "unit";
  const std::string label = part.name.empty() ? part.kind : fmt::format("{} {}", part.kind, part.name);
  const std::string id = fmt::format("{}:{}", device, number);
  PartProcess p{b, b.process(fmt::format("part:{}:{}", id, part.kind), label, unit), id};
  cause_all(p, part, kind);
  if (!p.caused)
    base::fail("{}: the catalogue has no figure for the part '{}'; give it gwp_kg (per {}) or another name", part.where,
               label, unit);
  const int amount =
      b.input(fmt::format("amount:{}", id), fmt::format("amount of {}", label), part.amount, unit, "input", part.where);
  b.consume(product, p.process, 1.0, {{amount, 1.0}});
}

/// A part that boards share: figures of the catalogue per unit of it.
int part_of_board(Builder& b, const std::string& name, const std::string& unit,
                  std::initializer_list<std::pair<const char*, std::string>> figures) {
  if (const int known = b.find_process("part:" + name); known >= 0) return known;
  const int process = b.process("part:" + name, name, unit);
  for (const auto& [code, key] : figures)
    if (const int parameter = b.try_factor(key, "", ""); parameter >= 0)
      b.cause(process, code, 1.0, {{parameter, 1.0}});
  return process;
}

/// The dies of one kind: area × impact per area of their node.
void add_die(Builder& b, int process, const std::string& device, const char* area_key, const char* node_key) {
  const int die = b.try_factor(area_key, device, "", false);
  if (die < 0) return;
  const int node = b.try_factor(node_key, device, "", false);
  std::string name = node < 0 ? "node_unknown" : node_name(b.used(node).value);
  if (b.try_factor("die.cpa_gwp." + name, "", "") < 0) name = "node_unknown";
  b.consume(process,
            part_of_board(
                b, "die " + name, "cm2",
                {{"GWP", "die.cpa_gwp." + name}, {"ADPe", "die.cpa_adpe"}, {"PE", "die.cpa_pe"}, {"WU", "water.chip"}}),
            1.0, {{die, 1.0}});
}

void add_memory(Builder& b, int process, const std::string& device) {
  struct Memory {
    const char *amount, *name, *gwp;
  };
  for (const Memory& m :
       {Memory{"gpu.hbm", "memory, HBM", "dram.hbm_gwp"}, Memory{"gpu.gddr", "memory, GDDR6", "dram.gddr6_gwp"},
        Memory{"gpu.lpddr", "memory, LPDDR", "dram.lpddr4_gwp"}})
    if (const int gigabytes = b.try_factor(m.amount, device, "", false); gigabytes >= 0) {
      b.consume(process, part_of_board(b, m.name, "GB", {{"GWP", m.gwp}}), 1.0, {{gigabytes, 1.0}});
      return;
    }
  b.warn(fmt::format("GWP: the catalogue does not say what memory '{}' has; the board is too low by it", device));
}

}  // namespace

std::string node_name(double nm) {
  // Foundries' names on either side of a step share its figure; between steps the next larger node stands in.
  static constexpr std::pair<double, const char*> nodes[] = {{2, "2nm"},      {3, "3nm"},   {5, "5-4nm"}, {6, "6nm"},
                                                             {7, "7nm"},      {8, "8nm"},   {10, "10nm"}, {12, "12nm"},
                                                             {16, "16-14nm"}, {20, "20nm"}, {28, "28nm"}};
  for (const auto& [least, name] : nodes)
    if (nm <= least) return name;
  return "node_unknown";
}

bool add_water_of_die(Builder& b, int process, const Hardware& hardware) {
  const int die = b.try_factor("gpu.die", hardware.device, "", false);
  const int water = die >= 0 ? b.try_factor("water.chip", "", "") : -1;
  if (water < 0) return false;
  b.cause(process, "WU", 1.0, {{die, 1.0}, {water, 1.0}});
  b.assume("water of making a board is that of its main die only");
  return true;
}

void add_board(Builder& b, int process, const Hardware& hardware) {
  const std::string& device = hardware.device;
  b.factor("gpu.die", device, "", hardware.where);  // throws where the die's area is not known
  add_die(b, process, device, "gpu.die", "gpu.node");
  add_die(b, process, device, "gpu.die_second", "gpu.node_second");
  b.consume(process, part_of_board(b, "packaging of a chip", "pieces", {{"GWP", "ic.packaging_gwp"}}), 1.0);
  add_memory(b, process, device);
  b.consume(
      process,
      part_of_board(b, "board, cooler and connectors", "pieces",
                    {{"GWP", "gpu.board_base_gwp"}, {"ADPe", "gpu.board_base_adpe"}, {"PE", "gpu.board_base_pe"}}),
      1.0);
  // A board on a baseboard (SXM, OAM) brings a share of it: without, the H100 lies 27 % below its maker's figure.
  if (const int on = b.try_factor("gpu.on_baseboard", device, "", false); on >= 0)
    if (const int mass = b.try_factor("gpu.baseboard_mass", "", ""); mass >= 0)
      b.consume(process, part_of_board(b, "baseboard and heat sink", "kg", {{"GWP", "gpu.baseboard_gwp"}}), 1.0,
                {{mass, 1.0}, {on, 1.0}});
  b.assume(fmt::format("production of {}: a board from die, memory and parts (no whole figure is used)", device));
}

void add_parts(Builder& b, int process, const study::Device& device) {
  int number = 0;
  for (const study::PartOfDevice& part : device.parts) add_part(b, process, part, ++number, device.name);
  const std::array<const std::optional<base::Distribution>*, 4> wholes = {&device.gwp_kg, &device.adpe_kg,
                                                                          &device.pe_mj, &device.water_l};
  for (std::size_t i = 0; i < wholes.size(); ++i) {
    if (!*wholes[i]) continue;
    const CriterionInfo& criterion = criteria()[i];  // GWP, ADPe, PE, WU
    b.cause(process, criterion.code, 1.0,
            {{b.input(fmt::format("{}:{}", criterion.code, device.name),
                      fmt::format("{} of making {}", criterion.code, device.name), **wholes[i], criterion.unit, "input",
                      device.where),
              1.0}});
  }
}

void add_infrastructure(Builder& b, int process) {
  const int host = part_of_board(
      b, "eight-GPU host without its GPUs", "host",
      {{"GWP", "host_server.gpu8_gwp"}, {"ADPe", "host_server.gpu8_adpe"}, {"PE", "host_server.gpu8_pe"}});
  b.consume(process, host, 1.0 / 8.0);
  b.consume(process, part_of_board(b, "switches, storage and racks", "GPU slot", {{"GWP", "supporting_infra.gwp"}}),
            1.0);
  b.consume(process, part_of_board(b, "data-centre building", "accelerator", {{"GWP", "dc_building.gwp_per_chip"}}),
            1.0);
  b.assume(
      "production in a data centre counts an eighth of an eight-GPU host, supporting infrastructure and building for "
      "each board (infrastructure = false leaves them out)");
}

void add_transport(Builder& b, int process, int mass) {
  constexpr double kTonnesPerKilogram = 1e-3;
  for (const auto& [means, distance] : {std::pair("transport.boat", "transport.distance_boat"),
                                        std::pair("transport.truck", "transport.distance_truck")}) {
    const int kilometres = b.try_factor(distance, "", ""), factor = b.try_factor(means, "", "");
    if (kilometres >= 0 && factor >= 0)
      b.cause(process, "GWP", kTonnesPerKilogram, {{mass, 1.0}, {kilometres, 1.0}, {factor, 1.0}});
  }
}

}  // namespace cradle::life
