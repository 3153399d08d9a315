// From factors to rates.
#include "cradle/estimate/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cradle/base/error.h"
#include "cradle/base/interval_math.h"
#include "cradle/base/text.h"
#include "cradle/catalog/match_cpu.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::estimate {
namespace {

using base::Interval;
using catalog::Catalog;
using catalog::Factor;

// Reached by convolutional networks, judged from what was measured with cradle (docs/METHODS.md, "Cost before
// measurement"): ONNX Runtime and oneDNN on Zen 4 at batch 1 and 16, PyTorch on an H200 at batch 1 to 128. Grade C.
constexpr Efficiency kCpu = {{0.7, 0.35, 0.95}, {0.5, 0.2, 0.9}, {0.7, 0.4, 1}, {1e-6, 3e-7, 4e-6}};
constexpr Efficiency kGpu = {{0.45, 0.2, 0.8}, {0.2, 0.05, 0.5}, {0.75, 0.5, 0.95}, {6e-6, 2.5e-6, 2e-5}};
// A module's processor starts kernels two to three times as slowly as a server's. Assumed, grade D.
constexpr Efficiency kEdge = {{0.45, 0.2, 0.8}, {0.2, 0.05, 0.5}, {0.7, 0.4, 0.9}, {1.5e-5, 5e-6, 6e-5}};

// What one thread alone can move: limited by the misses a core has in flight, not by the socket. Assumed from published
// runs of STREAM with one thread on servers of 2017 to 2023 (10 to 30 GB/s), grade D.
constexpr Interval kBytesPerThread = {18e9, 8e9, 40e9};
// As the meter's CPU model has it (sensor/inputs.cc): tools that go by TDP err by up to 40 %.
constexpr Interval kPowerError = {1, 1 / 1.4, 1.4};
// Where the catalogue has no idle power of a board: 10 to 20 % of the limit (of the 15 boards it has, nine in ten).
constexpr Interval kIdleShare = {0.14, 0.06, 0.25};
constexpr double kTera = 1e12, kGiga = 1e9;

struct Found {
  Interval value;
  std::string id;
};

std::optional<Found> figure(const Catalog& catalog, const std::string& key, const std::string& name) {
  const auto f = catalog::try_find(catalog, {key, name, "", {}, ""});
  if (!f || (*f)->name.empty()) return std::nullopt;
  return Found{{(*f)->distribution.value, (*f)->low, (*f)->high}, catalog::id_of(**f)};
}

Interval scaled(const Interval& i, double k) { return {i.value * k, i.low * k, i.high * k}; }

constexpr const char* kPrecisions[] = {"fp32", "fp16", "bf16", "int8"};

/// Rates and power under "gpu." or "device."; nullopt if the catalogue has no rate of this thing.
std::optional<Device> accelerator(const Catalog& catalog, const std::string& prefix, const std::string& name,
                                  const Efficiency& efficiency) {
  const auto known = catalog::keys(catalog);
  const auto get = [&](const std::string& key) -> std::optional<Found> {
    if (!std::binary_search(known.begin(), known.end(), prefix + key)) return std::nullopt;
    return figure(catalog, prefix + key, name);
  };
  Device d;
  d.efficiency = efficiency;
  for (const char* precision : kPrecisions)
    if (const auto rate = get(fmt::format("peak_{}", precision))) {
      d.ops_per_s[precision] = scaled(rate->value, kTera);
      d.factors.push_back(rate->id);
    }
  if (d.ops_per_s.empty()) return std::nullopt;
  const auto bandwidth = get("bandwidth");
  auto full = get(prefix == "gpu." ? "tdp" : "power_max");
  if (!full && prefix == "gpu.") full = get("power_max");
  for (const char* what : {bandwidth ? "" : "bandwidth", full ? "" : "power at full load"})
    if (*what) base::fail("the catalogue has no {} of '{}': no time or energy can be estimated on it", what, name);
  d.bytes_per_s = scaled(bandwidth->value, kGiga);
  d.full_w = full->value;
  d.factors.push_back(bandwidth->id);
  d.factors.push_back(full->id);
  if (const auto idle = get("power_idle")) {
    d.idle_w = idle->value;
    d.factors.push_back(idle->id);
  } else {
    d.idle_w = base::product_of(kIdleShare, d.full_w);
  }
  d.name = name;
  return d;
}

/// The rows of a key that fit a processor's name as match_cpu takes it, else all rows: as one interval, from the least
/// low to the greatest high.
Interval over_like_processors(const Catalog& catalog, const char* key, const std::string& model, Device& d) {
  const std::vector<const Factor*> rows = catalog::matching(catalog, {key, "", "", "", ""});
  std::vector<std::string> normal;
  for (const Factor* f : rows) normal.push_back(catalog::normal_name(f->name));
  const std::vector<std::string_view> names(normal.begin(), normal.end());
  std::vector<std::size_t> fitting = catalog::fit_cpu(names, model).fitting;
  if (fitting.empty())
    for (std::size_t i = 0; i < rows.size(); ++i) fitting.push_back(i);
  if (fitting.empty()) base::fail("the catalogue has no row of {}", key);
  std::vector<double> values;
  double low = rows[fitting[0]]->low, high = rows[fitting[0]]->high;
  for (const std::size_t i : fitting) {
    values.push_back(rows[i]->distribution.value);
    low = std::min(low, rows[i]->low);
    high = std::max(high, rows[i]->high);
  }
  if (fitting.size() == 1) d.factors.push_back(catalog::id_of(*rows[fitting[0]]));
  return {base::summary_of(std::move(values)).value, low, high};
}

/// W per core: TDP over cores, of the processors that fit and whose cores are known, else of all.
Interval watts_per_core(const Catalog& catalog, const std::string& model) {
  const catalog::CpuMatch match = catalog::match_cpu(catalog, model);
  std::vector<double> watts;
  const auto add = [&](const Factor& tdp) {
    const auto cores = catalog::try_find(catalog, {"cpu.cores", tdp.name, "", {}, ""});
    if (cores && (*cores)->name == tdp.name) watts.push_back(tdp.distribution.value / (*cores)->distribution.value);
  };
  for (const Factor* f : match.rows) add(*f);
  if (watts.empty())
    for (const Factor* f : catalog::matching(catalog, {"cpu.tdp", "", "", "", ""})) add(*f);
  return base::summary_of(std::move(watts));
}

}  // namespace

Device device_named(const Catalog& catalog, const std::string& name) {
  if (auto gpu = accelerator(catalog, "gpu.", name, kGpu)) return *gpu;
  if (auto edge = accelerator(catalog, "device.", name, kEdge)) return *edge;
  const Processor processor = processor_named(name);
  if (!processor.kind.empty()) {
    const auto cores = figure(catalog, "cpu.cores", name);
    return cpu_device(catalog, processor, cores ? static_cast<int>(cores->value.value) : 1);
  }
  std::vector<std::string> known;
  for (const Factor* f : catalog::matching(catalog, {"gpu.peak_fp32", "", "", "", ""})) known.push_back(f->name);
  base::fail("no device '{}' whose arithmetic rates the catalogue knows{} (cradle data list gpu.peak_fp32)", name,
             base::suggestion(name, known));
}

Device cpu_device(const Catalog& catalog, const Processor& processor, int threads) {
  if (processor.kind.empty())
    base::fail("'{}' is no processor whose operations per cycle are known; name a device with --device",
               processor.model.empty() ? "this processor" : processor.model);
  Device d;
  d.is_cpu = true;
  d.efficiency = kCpu;
  d.name = fmt::format("{} ({}), {} thread{}", processor.model.empty() ? "processor" : processor.model, processor.kind,
                       threads, threads == 1 ? "" : "s");
  const Interval hz = scaled(over_like_processors(catalog, "cpu.clock", processor.model, d), kGiga);
  for (const char* precision : kPrecisions) {
    const std::string key = fmt::format("cpu.ops_per_cycle_{}", precision);
    const auto known = catalog::keys(catalog);
    if (!std::binary_search(known.begin(), known.end(), key)) continue;
    auto ops = figure(catalog, key, processor.kind);
    if (!ops && !processor.instructions.empty()) ops = figure(catalog, key, processor.instructions);
    if (ops) {
      d.ops_per_s[precision] = scaled(base::product_of(ops->value, hz), threads);
      d.factors.push_back(ops->id);
    }
  }
  if (d.ops_per_s.empty()) base::fail("the catalogue has no operations per cycle of '{}'", processor.kind);
  const Interval socket = scaled(over_like_processors(catalog, "cpu.bandwidth", processor.model, d), kGiga);
  const Interval all = scaled(kBytesPerThread, threads);
  d.bytes_per_s = {std::min(socket.value, all.value), std::min(socket.low, all.low), std::min(socket.high, all.high)};
  d.full_w = scaled(base::product_of(watts_per_core(catalog, processor.model), kPowerError), threads);
  return d;
}

}  // namespace cradle::estimate
