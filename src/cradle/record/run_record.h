// The run record: what one measured execution cost, how sure that is, and how it was obtained (cradle.run/1).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/base/json_fwd.h"
#include "cradle/base/statistics.h"

namespace cradle::record {

inline constexpr std::string_view kRunSchema = "cradle.run/1";

/// How a part's joules were obtained.
enum class Basis {
  kCounter,     ///< a hardware energy counter
  kIntegrated,  ///< measured power × time
  kModelled,    ///< no sensor: a model; its joules are never called measured
};
std::string_view name_of(Basis basis);
Basis basis_named(std::string_view name, std::string_view where);

/// Energy of one physical part, counted once. Joules; low and high are P5 and P95.
struct PartEnergy {
  std::string part;  ///< "cpu-package-0", "dram-0", "gpu-3"
  std::string kind;  ///< "cpu", "memory", "gpu", "board", "other"
  Basis basis = Basis::kModelled;
  std::string sensor;  ///< "rapl-powercap intel-rapl:0", "cpu-model"
  base::Interval j;
  double coverage = 0;  ///< share of the run's time that readings cover, 0 to 1
};

/// The machine's energy by who caused it; the three add up to the total.
struct Split {
  double mine_j = 0;
  double others_j = 0;
  double idle_j = 0;
  std::string method;  ///< how: "CPU time by cgroup v2, idle modelled"; "" if nobody said
};

/// What the summary, emissions and studies use.
struct Billed {
  base::Interval j;
  std::string rule;  ///< "mine", "mine+idle share", "machine"
};

struct Event {
  double t_s = 0;
  std::string kind;  ///< wrap, reset, gap, suspend, denied, basis-change, imported, merged
  std::string part;
  std::string detail;
};

/// A named instant, and the billed energy up to it.
struct Mark {
  std::string name;
  double t_s = 0;
  double j = 0;
};

/// What the whole run was expected to take, as seen at one instant of it. Here low, value and high are P10, P50, P90.
struct Forecast {
  double at_s = 0;
  base::Interval total_j;  ///< billed joules of the whole run
  base::Interval total_s;
};

struct Work {
  std::string unit;  ///< "image"
  double amount = 0;
};

struct Latency {
  double min_ms = 0, median_ms = 0, p95_ms = 0;
};

struct Quality {
  std::string metric;    ///< "mAP50"
  base::Interval value;  ///< bootstrap P5 to P95
};

/// Whose images were worked on.
struct DataSet {
  std::string name;   ///< "Fashion-MNIST", or that of a folder
  double images = 0;  ///< of all splits; 0: composed as they are asked for
};

struct Model {
  std::string file;
  std::string sha256;
  double size_bytes = 0;
  double parameters = 0;
  double macs = 0;
  std::string precision;  ///< "fp32", "int8"
};

/// The machine as it was seen; parts that could not be read have their reason in events.
struct Machine {
  std::string host_id;   ///< hash of /etc/machine-id, never the name
  std::string cpu;       ///< model name
  int logical_cpus = 0;  ///< usable by this run
  double memory_gb = 0;
  std::string virtualised;  ///< "" or the hypervisor / container kind
  std::string kernel;
};

/// What metering itself cost.
struct SelfCost {
  double cpu_s = 0;
  double rss_bytes = 0;
  double j = 0;
};

/// Emissions of the billed energy with the factor that was used. PUE is not in it: the record is at the node.
struct Emissions {
  base::Interval co2e_g;
  std::string factor_id;
  double factor_kg_per_kwh = 0;
  std::string factor_place;
  int factor_year = 0;
  std::string factor_source;
};

struct RunRecord {
  std::string id;
  std::string name;
  std::string started, finished;  ///< RFC 3339 UTC
  double duration_s = 0;
  std::vector<std::string> command;
  int exit_code = 0;
  bool complete = true;  ///< false: rebuilt from a journal that has no end
  std::string place;     ///< "" if unknown
  Machine machine;
  base::Interval total;  ///< joules; the sum of parts
  std::vector<PartEnergy> parts;
  Split split;
  Billed billed;
  std::vector<Event> events;
  std::vector<Mark> marks;
  std::vector<Forecast> forecasts;
  std::optional<Work> work;
  std::optional<Latency> latency;
  std::optional<Quality> quality;
  std::optional<Model> model;
  std::optional<DataSet> data;
  SelfCost self;
  std::optional<Emissions> emissions;
};

/// True if any part with a share of the energy has no sensor: then joules are modelled, and a ratio of two such
/// figures is a ratio of times.
bool is_modelled(const RunRecord& record);
/// "counter", "integrated", "modelled", or "counter + modelled" …: the bases present, for people.
std::string basis_text(const RunRecord& record);

/// Energy and time between two marks, e.g. the measured window of a worker. Throws Error naming a missing mark.
struct Window {
  double j = 0;
  double s = 0;
};
Window between(const RunRecord& record, std::string_view from, std::string_view to);

base::Json to_json(const RunRecord& record);
/// Throws Error naming `where` and the key for anything missing, of the wrong type, or contradicting itself
/// (parts that do not add up to the total, split that does not, an interval out of order).
RunRecord from_json(const base::Json& json, std::string_view where);
RunRecord read_record(const std::filesystem::path& path);
void write_record(const std::filesystem::path& path, const RunRecord& record);

}  // namespace cradle::record
