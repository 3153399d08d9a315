// What a key of the catalogue is in words.
#include "cradle/life/words.h"

#include <map>

namespace cradle::life {
namespace {

const std::map<std::string, std::string>& words() {
  static const std::map<std::string, std::string> all = {
      {"grid.gwp", "carbon intensity of electricity"},
      {"grid.gwp_marginal", "marginal carbon intensity of electricity"},
      {"grid.gwp_market", "market carbon intensity of electricity"},
      {"grid.adpe", "metals used by electricity"},
      {"grid.pe", "primary energy of electricity"},
      {"grid.water", "water of power stations"},
      {"grid.loss", "losses of the grid"},
      {"pue.world", "PUE, world"},
      {"pue.hyperscale", "PUE, hyperscale"},
      {"pue.local", "PUE, local"},
      {"pue.region", "PUE of the region"},
      {"pue.provider", "PUE of the provider"},
      {"wue.onsite", "water on site (WUE)"},
      {"wue.region", "water on site of the region (WUE)"},
      {"wue.provider", "water on site of the provider (WUE)"},
      {"net.fixed", "network energy per GB, fixed"},
      {"net.mobile", "network energy per GB, mobile"},
      {"eol.weee", "treatment of electronic waste"},
      {"device.gwp", "climate impact of making"},
      {"device.adpe", "metals used by making"},
      {"device.pe", "primary energy of making"},
      {"device.water", "water used by making"},
      {"device.mass", "mass of"},
      {"device.power_mean", "mean power of"},
      {"device.power_max", "greatest power of"},
      {"gpu.gwp", "climate impact of making"},
      {"gpu.adpe", "metals used by making"},
      {"gpu.pe", "primary energy of making"},
      {"gpu.mass", "mass of"},
      {"gpu.tdp", "rated power of"},
      {"gpu.die", "die area of"},
      {"gpu.hbm", "HBM memory of"},
      {"gpu.gddr", "GDDR memory of"},
      {"gpu.memory", "memory of"},
      {"gpu.peak_fp16", "peak of 16-bit operations of"},
      {"gpu.peak_fp32", "peak of 32-bit operations of"},
      {"gpu.lpddr", "LPDDR memory of"},
      {"ssd.gwp", "climate impact of flash storage"},
      {"hdd.gwp", "climate impact of disk storage"},
      {"gpu.board_base_gwp", "board, cooler and connectors of a GPU"},
      {"gpu.board_base_adpe", "metals of a GPU board"},
      {"gpu.board_base_pe", "primary energy of a GPU board"},
      {"gpu.baseboard_mass", "mass of baseboard and heat sink per GPU"},
      {"gpu.baseboard_gwp", "climate impact of baseboard and heat sink"},
      {"life.gpu_y", "lifetime of a GPU"},
      {"life.cpu_server_y", "lifetime of a server"},
      {"life.smartphone_y", "lifetime of a phone"},
      {"life.edge_board_y", "lifetime of an edge device"},
      {"device.life_y", "lifetime of"},
      {"util.datacentre_gpu", "share of its life in use, data centre"},
      {"util.local_workstation", "share of its life in use, workstation"},
      {"util.edge_camera_24_7", "share of its life in use, camera"},
      {"power.gpu_load_fraction", "GPU power per rated power"},
      {"power.node_to_gpu_ratio", "power of the node per power of its GPUs"},
      {"power.ram", "power of memory per GB"},
      {"idle.fraction_of_active_energy", "idle energy per active energy"},
      {"training.overhead_dev", "energy of all other runs per final run"},
      {"training.failed_runs", "energy of failed runs per final run"},
      {"storage.ssd_power", "energy of SSD storage"},
      {"storage.hdd_power", "energy of HDD storage"},
      {"storage.replication", "copies of stored data"},
      {"host_server.gpu8_gwp", "climate impact of an eight-GPU host without its GPUs"},
      {"host_server.gpu8_adpe", "metals of an eight-GPU host"},
      {"host_server.gpu8_pe", "primary energy of an eight-GPU host"},
      {"host_server.gpu8_mass", "mass of an eight-GPU host"},
      {"supporting_infra.gwp", "switches, storage and racks per GPU"},
      {"dc_building.gwp_per_chip", "building per accelerator"},
      {"transport.truck", "transport by truck"},
      {"transport.boat", "transport by ship"},
      {"transport.car", "driving a car or small van"},
      {"transport.distance_truck", "distance by truck"},
      {"transport.distance_boat", "distance by ship"},
      {"die.cpa_pe", "primary energy per area of die"},
      {"die.cpa_adpe", "metals per area of die"},
      {"water.chip", "water per area of die"},
      {"ic.packaging_gwp", "packaging of a chip"},
      {"dram.hbm_gwp", "climate impact of HBM"},
      {"dram.gddr6_gwp", "climate impact of GDDR6"},
      {"dram.lpddr4_gwp", "climate impact of LPDDR4"},
      {"dram.ddr4_ddr5_gwp", "climate impact of DDR4 and DDR5"}};
  return all;
}

}  // namespace

std::string words_for(const catalog::Factor& f) {
  const auto at = words().find(f.key);
  std::string text = at != words().end() ? at->second : f.key;
  if (f.key.starts_with("die.cpa_gwp.")) text = "climate impact per area of die, " + f.key.substr(12);
  if (!f.name.empty()) text += (at == words().end() ? " of " : " ") + f.name;
  if (!f.place.empty()) text += ", " + f.place;
  return text;
}

}  // namespace cradle::life
