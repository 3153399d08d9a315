// A small catalogue with round numbers, and studies from text, so that results can be computed by hand.
#pragma once

#include <deque>
#include <string>

#include "cradle/catalog/catalog.h"
#include "cradle/life/assess.h"
#include "cradle/study/study.h"

namespace cradle::life {

inline catalog::Catalog round_catalog() {
  static const std::string text =
      "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
      "grid.gwp,,FR,2023,,0.1,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.gwp,,BE,2023,,0.2,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.gwp,,WORLD,2023,,0.5,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.gwp_marginal,,FR,2021,,0.4,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.gwp,,aws:eu-west-3,2023,,0.06,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.loss,,WORLD,2014,,0.08,,,fixed,1,CC0,A,test,\n"
      "grid.water,,WORLD,2023,,4,,,fixed,L/kWh,CC0,A,test,\n"
      "pue.world,,,2023,,1.5,,,fixed,1,CC0,A,test,\n"
      "pue.local,,,2023,,1,,,fixed,1,CC0,A,test,\n"
      "pue.provider,aws,,2023,,1.2,,,fixed,1,CC0,A,test,\n"
      "wue.onsite,,,2023,,0.3,,,fixed,L/kWh,CC0,A,test,\n"
      "wue.provider,aws,,2023,,0.2,,,fixed,L/kWh,CC0,A,test,\n"
      "net.fixed,,,2023,,0.03,,,fixed,kWh/GB,CC0,A,test,\n"
      "net.mobile,,,2023,,0.12,,,fixed,kWh/GB,CC0,A,test,\n"
      "transport.car,,,2023,,0.12,,,fixed,kgCO2e/km,CC0,A,test,\n"
      "gpu.tdp,BigGPU SXM,,2023,,500,,,fixed,W,CC0,A,test,\n"
      "gpu.die,BigGPU SXM,,2023,,8,,,fixed,cm2,CC0,A,test,\n"
      "gpu.node,BigGPU SXM,,2023,,4,,,fixed,nm,CC0,A,test,\n"
      "gpu.hbm,BigGPU SXM,,2023,,80,,,fixed,GB,CC0,A,test,\n"
      "gpu.mass,BigGPU SXM,,2023,,2,,,fixed,kg,CC0,A,test,\n"
      "gpu.peak_fp16,BigGPU SXM,,2023,,100,,,fixed,TFLOPS,CC0,A,test,\n"
      "gpu.tdp,PlainGPU,,2023,,100,,,fixed,W,CC0,A,test,\n"
      "gpu.peak_fp32,PlainGPU,,2023,,10,,,fixed,TFLOPS,CC0,A,test,\n"
      "gpu.gwp,PlainGPU,,2023,,60,,,fixed,kgCO2e,CC0,A,test,\n"
      "die.cpa_gwp.5-4nm,,,2023,,2.5,,,fixed,kgCO2e/cm2,CC0,A,test,\n"
      "die.cpa_gwp.7nm,,,2023,,2,,,fixed,kgCO2e/cm2,CC0,A,test,\n"
      "die.cpa_pe,,,2023,,30,,,fixed,MJ/cm2,CC0,A,test,\n"
      "water.chip,,,2023,,12,,,fixed,L/cm2,CC0,A,test,\n"
      "ic.packaging_gwp,,,2023,,0.2,,,fixed,kgCO2e,CC0,A,test,\n"
      "dram.hbm_gwp,,,2023,,1,,,fixed,kgCO2e/GB,CC0,A,test,\n"
      "gpu.board_base_gwp,,,2023,,30,,,fixed,kgCO2e,CC0,A,test,\n"
      "gpu.on_baseboard,BigGPU SXM,,2023,,1,,,fixed,1,CC0,A,test,\n"
      "gpu.baseboard_mass,,,2023,,3,,,fixed,kg,CC0,A,test,\n"
      "gpu.baseboard_gwp,,,2023,,9,,,fixed,kgCO2e/kg,CC0,A,test,\n"
      "host_server.gpu8_gwp,,,2023,,4000,,,fixed,kgCO2e,CC0,A,test,\n"
      "host_server.gpu8_mass,,,2023,,80,,,fixed,kg,CC0,A,test,\n"
      "supporting_infra.gwp,,,2023,,400,,,fixed,kgCO2e,CC0,A,test,\n"
      "dc_building.gwp_per_chip,,,2023,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "transport.boat,,,2023,,0.01,,,fixed,kgCO2e/t.km,CC0,A,test,\n"
      "transport.truck,,,2023,,0.05,,,fixed,kgCO2e/t.km,CC0,A,test,\n"
      "transport.distance_boat,,,2023,,10000,,,fixed,km,CC0,A,test,\n"
      "transport.distance_truck,,,2023,,1000,,,fixed,km,CC0,A,test,\n"
      "pcb.gwp,,,2023,,0.03,,,fixed,kgCO2e/cm2,CC0,A,test,\n"
      "block.processing.gwp,HSL-2,,2021,,3.5,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.gwp,camera,,2021,,20,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.mass,camera,,2021,,1,,,fixed,kg,CC0,A,test,\n"
      "device.gwp,laptop,,2021,,200,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.power_mean,laptop,,2021,,30,,,fixed,W,CC0,A,test,\n"
      "eol.weee,,,2021,,1.5,,,fixed,kgCO2e/kg,CC0,A,test,\n"
      "life.gpu_y,,,2021,,5,4,6,uniform,y,CC0,A,test,\n"
      "life.cpu_server_y,,,2021,,5,,,fixed,y,CC0,A,test,\n"
      "life.edge_board_y,,,2021,,5,,,fixed,y,CC0,A,test,\n"
      "util.datacentre_gpu,,,2021,,0.5,,,fixed,1,CC0,A,test,\n"
      "util.local_workstation,,,2021,,0.2,,,fixed,1,CC0,A,test,\n"
      "util.edge_camera_24_7,,,2021,,1,,,fixed,1,CC0,A,test,\n"
      "power.gpu_load_fraction,,,2021,,0.7,,,fixed,1,CC0,A,test,\n"
      "power.node_to_gpu_ratio,,,2021,,1.4,,,fixed,1,CC0,A,test,\n"
      "power.ram,,,2021,,0.4,,,fixed,W/GB,CC0,A,test,\n"
      "idle.fraction_of_active_energy,,,2021,,0.25,,,fixed,1,CC0,A,test,\n"
      "training.overhead_dev,,,2021,,1,,,fixed,1,CC0,A,test,\n"
      "training.failed_runs,,,2021,,0.1,,,fixed,1,CC0,A,test,\n"
      "storage.ssd_power,,,2021,,1,,,fixed,Wh/TBh,CC0,A,test,\n"
      "storage.replication,,,2021,,3,,,fixed,1,CC0,A,test,\n"
      "ssd.gwp,,,2021,,0.02,,,fixed,kgCO2e/GB,CC0,A,test,\n";
  return {{catalog::Table("round.csv", text)}};
}

/// The first line of a table.
inline constexpr const char* kColumns =
    "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";

/// Adds a table of these rows to a catalogue.
inline void add_rows(catalog::Catalog& c, const std::string& rows) {
  static std::deque<std::string> texts;  // a table holds a view of its text, which must live on
  c.tables.emplace_back("more.csv", texts.emplace_back(kColumns + rows));
}

/// The round catalogue and these rows.
inline catalog::Catalog round_and(const std::string& rows) {
  catalog::Catalog c = round_catalog();
  add_rows(c, rows);
  return c;
}

/// A study of one training with these lines in [training] and further tables.
inline study::Study training_study(const std::string& training, const std::string& more = "") {
  return study::parse_study(
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\n" + training + "\n" + more,
      "s.toml");
}

/// A study of 1,000 images with these lines in [use] and further tables.
inline study::Study use_study(const std::string& use, const std::string& more = "", const std::string& kind = "image",
                              double amount = 1000) {
  return study::parse_study("schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"" + kind +
                                "\"\namount = " + std::to_string(amount) + "\n[use]\n" + use + "\n" + more,
                            "s.toml");
}

/// A study of one device with these lines in [production] and further tables.
inline study::Study device_study(const std::string& production, const std::string& more = "") {
  return study::parse_study(
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"device\"\n[production]\n" + production + "\n" + more,
      "s.toml");
}

/// The central figure of a phase ("" for the total) in a criterion or an energy; 0 if it has none.
inline double figure(const study::Study& s, const std::string& phase, const std::string& criterion) {
  const Central c = central(s, round_catalog());
  const auto at = c.values.find({phase, criterion});
  return at == c.values.end() ? 0.0 : at->second;
}

}  // namespace cradle::life
