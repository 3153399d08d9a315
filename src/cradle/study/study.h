// The study: goal, functional unit, boundary and inputs of one life-cycle assessment, as read from a TOML file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cradle/base/distribution.h"
#include "cradle/study/result.h"

namespace cradle::study {

inline constexpr std::string_view kStudySchema = "cradle.study/1";

/// A file that the study cites, and the line that cites it ("study.toml:12").
struct Cited {
  std::filesystem::path path;
  std::string where;
};

/// A figure of the study, or "default": the catalogue's.
struct Stated {
  bool from_catalogue = false;
  base::Distribution figure = base::fixed(0);
};

/// Electricity of one activity: where it was drawn and through what facility.
struct Supply {
  std::string place;     ///< as written; resolved against the catalogue; may be empty if `carbon` is given
  std::string where;     ///< "study.toml:9", for messages
  std::string facility;  ///< local, hyperscale, world, or "" (a cloud region's own, else the world's)
  std::optional<base::Distribution> pue;     ///< instead of the facility's
  std::optional<base::Distribution> wue;     ///< L per kWh at the computer, instead of the facility's
  std::optional<base::Distribution> carbon;  ///< kg CO2e per kWh, instead of the place's (carbon_kg_per_kwh)
  std::optional<base::Distribution> water;   ///< L per kWh of power stations, instead of the place's (water_l_per_kwh)
};

/// Hardware whose production is shared by the time it was used.
struct Hardware {
  std::string device;  ///< name in the catalogue ("server", "NVIDIA A100 …") or of a [device.NAME] of the study
  std::string where;
  double count = 1;
  base::Distribution share = base::fixed(1);         ///< part of the device that was reserved: 2 of 64 threads = 0.031
  std::optional<base::Distribution> lifetime_years;  ///< default from the catalogue; early retirement: the actual years
  std::optional<base::Distribution> utilisation;     ///< share of its life in use; default from the catalogue
  bool parametric = false;     ///< production from die, memory and board although the catalogue has a whole figure
  bool infrastructure = true;  ///< with host, supporting infrastructure and building, where it is a data-centre board
};

/// One part of a device's bill of materials: amount × figures per unit of it. Figures are the catalogue's for the kind
/// of part, unless given.
struct PartOfDevice {
  std::string kind;  ///< die, package, hbm, gddr, lpddr, ddr, ssd, hdd, pcb, psu, …, block (a TIDE block), other
  std::string name;  ///< block and level ("processing HSL-2"), node of a die ("7nm"), or free text
  base::Distribution amount = base::fixed(1);                         ///< in the unit of the kind: cm2, GB, kg, pieces
  std::optional<base::Distribution> gwp_kg, adpe_kg, pe_mj, water_l;  ///< per unit of amount
  std::string where;
};

/// A device that the study describes itself.
struct Device {
  std::string name, where;
  std::vector<PartOfDevice> parts;
  std::optional<base::Distribution> gwp_kg, adpe_kg, pe_mj, water_l;  ///< of the whole device, added to its parts
  std::optional<base::Distribution> mass_kg, tdp_w;
};

/// Hardware design and the AI's own development before the final run.
struct Design {
  base::Distribution hardware_kwh = base::fixed(0);  ///< share of the chip design's energy; default 0, a limitation
  std::optional<Stated> experiments;                 ///< energy of all other runs / final run
  std::optional<Stated> failed_runs;                 ///< energy of runs that failed / final run
  std::vector<Cited> runs;                           ///< or: their measured records
  std::string where;
};

/// Where training, or any energy, was measured: at the GPUs, at the computer, or at the facility's meter.
enum class Boundary { kGpu, kNode, kFacility };

struct Training {
  std::vector<Cited> runs;                       ///< measured records, all of which the model needed
  std::optional<base::Distribution> energy_kwh;  ///< or: energy known from elsewhere, at `boundary`
  Boundary boundary = Boundary::kNode;
  std::optional<base::Distribution> included_pue;  ///< facility energy: the PUE it contains; also supply.pue
  std::optional<base::Distribution> hours;         ///< or: hardware × hours × power
  std::optional<base::Distribution> operations;    ///< or: operations / (count · peak · efficiency)
  std::string operations_rule;  ///< how they were counted: "given", "6·P·D", "3·forward·samples·epochs"
  std::optional<base::Distribution> peak_per_s, efficiency;  ///< of one device
  std::optional<base::Distribution> power_w;                 ///< of one device with its share of the node
  std::optional<base::Distribution> load;                    ///< GPU power / rated power
  std::optional<base::Distribution> memory_gb;               ///< of one device's computer, if not in power_w
  std::optional<Stated> idle;                                ///< provisioned but idle, as a share of the active energy
  double count = 1;                                          ///< devices
  Supply supply;
  std::optional<Hardware> hardware;
};

/// Making the model smaller: its runs are charged to the model, apart from training.
struct Compression {
  std::vector<Cited> runs;
};

/// Collection, labelling, storage and transfer of the images, for the model's whole life.
struct Data {
  std::vector<Cited> runs;                            ///< measured preprocessing
  std::optional<base::Distribution> collection_kwh;   ///< energy of cameras and scrapers
  std::optional<base::Distribution> labelling_hours;  ///< on `labelling_device`
  std::string labelling_device = "laptop";
  std::optional<base::Distribution> storage_gb, years;  ///< kept so long
  std::string medium = "ssd";                           ///< ssd, hdd
  std::optional<base::Distribution> replication;        ///< copies; default from the catalogue
  std::optional<base::Distribution> transfer_gb;
  Supply supply;
  std::string where;
};

struct Deployment {
  std::optional<Hardware> device;                     ///< a device of its own for each camera; absent: shared hardware
  double count = 1;                                   ///< places where the model is installed
  std::optional<base::Distribution> transfer_gb;      ///< of one transfer to one device
  std::optional<base::Distribution> updates;          ///< further transfers over the model's life
  bool mobile = false;                                ///< by mobile network
  std::optional<base::Distribution> installation_km;  ///< driven per device by whoever installs it
  std::string where;
};

struct Use {
  std::vector<Cited> runs;                    ///< repeats of one measurement; their spread is the statistical doubt
  std::optional<base::Distribution> power_w;  ///< or: power and throughput
  std::optional<base::Distribution> throughput_per_s;
  std::optional<base::Distribution> latency_ms;          ///< or, instead of a throughput: of one batch
  double batch = 1;                                      ///< images in it
  std::optional<base::Distribution> energy_per_image_j;  ///< or: energy known from elsewhere
  std::optional<base::Distribution> idle_w;              ///< of a device between images
  std::optional<Stated> idle;                            ///< provisioned but idle, as a share of the active energy
  base::Distribution images_per_day = base::fixed(0);    ///< of one device, in the first year
  base::Distribution years = base::fixed(0);
  double growth_per_year = 0;  ///< of images_per_day: 0.2 is 20 % more each year
  Supply supply;
  std::optional<Hardware> hardware;  ///< shared by time; a dedicated device stands in [deployment]
};

struct EndOfLife {
  base::Distribution share_collected = base::fixed(0);
  std::optional<double> second_life;  ///< share of devices that have a second life as long; not said: all (for 50:50)
};

/// "mAP50 >= 0.60", taken apart.
struct QualityDemand {
  std::string metric;
  double at_least = 0;
};

/// What a published source says that the study should come to (for `cradle validate`).
struct Expected {
  std::string id;        ///< "patterson2021.gpt3.MWh"
  std::string quantity;  ///< a criterion ("GWP"), "node-energy" or "facility-energy"
  std::string phase;     ///< "" for the total
  std::string process;   ///< a process below the phase whose name begins so; "" for the whole phase
  std::string against;   ///< another study: the quantity is this study's over that one's
  double value = 0;
  std::string unit;        ///< "kg", "t", "lb", "kWh", "MWh", "ML", …, "1" for a ratio
  double tolerance = 0;    ///< relative
  bool reproduces = true;  ///< false: it is known not to, for `reason`
  std::string reason, source, independence;
  std::string where;
};

struct Study {
  std::string name, question, audience;
  std::string application, reviewer;  ///< intended application; "none", "internal", "external", "panel"
  bool comparison_to_public = false;
  std::string file, sha256;
  FunctionalUnit functional_unit;
  std::optional<QualityDemand> quality;
  std::vector<Device> devices;
  std::optional<Design> design;
  std::optional<Hardware> product;  ///< [production]: the functional unit is this device itself
  std::optional<Data> data;
  std::optional<Training> training;
  std::optional<Compression> compression;
  std::optional<Deployment> deployment;
  std::optional<Use> use;
  std::optional<EndOfLife> end_of_life;
  std::string allocation = "active-time";  ///< active-time, calendar-time, early-retirement
  std::string view = "location-average";   ///< location-average, location-marginal, market
  std::string electricity_set;             ///< "" today's factors, or "seed-2021"
  std::optional<int> electricity_year;
  std::optional<base::Distribution> grid_decline;  ///< of carbon per kWh and year over the years of use
  std::filesystem::path profile;                   ///< hourly profile of the training's place; empty: none
  std::vector<Cited> methods;                      ///< tables of flows and factors: further criteria
  std::vector<Expected> expected;
};

/// A value put in place of what the file says: dotted key ("use.place") and the value as text ("FR", "5").
using Override = std::pair<std::string, std::string>;

/// Reads a study; paths in it are relative to its folder. Throws one Error that lists every fault with file:line.
/// An override replaces the value of an existing table's key, or adds it, with its table if that is [electricity],
/// [allocation] or [end_of_life], which need no other key; its faults name the override.
Study read_study(const std::filesystem::path& path, const std::vector<Override>& overrides = {});
Study parse_study(std::string_view text, const std::filesystem::path& path,
                  const std::vector<Override>& overrides = {});

}  // namespace cradle::study
