// prometheus-cpp's families, serialiser and HTTP server around a look.
#include "cradle/monitor/exporter.h"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/quantity.h"

namespace cradle::monitor {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// A counter or gauge with one value per set of labels.
class Family {
 public:
  Family(const char* name, const char* help, MetricType type) { family_ = {name, help, type, {}}; }
  Family& add(Labels labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family_.type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  MetricFamily take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

Labels labels_of(const PartNow& part) {
  return {{"hw_type", part.start.kind}, {"hw_id", part.start.part}, {"method", std::string(name_of(part.basis))}};
}

std::vector<MetricFamily> families_of(const Look& look, const std::optional<record::GridFactor>& factor) {
  Family energy("cradle_energy_joules_total", "Energy since the monitor started; the sum over parts is the machine.",
                MetricType::Counter);
  Family power("cradle_power_watts", "Mean power between the last two readings.", MetricType::Gauge);
  Family doubt("cradle_energy_uncertainty_ratio", "Half the width from P5 to P95 of the energy, over the energy.",
               MetricType::Gauge);
  Family coverage("cradle_energy_coverage_ratio", "Share of the time for which readings exist.", MetricType::Gauge);
  for (const PartNow& part : look.parts) {
    energy.add(labels_of(part), part.j.value);
    power.add(labels_of(part), part.w);
    if (part.j.value > 0) doubt.add(labels_of(part), (part.j.high - part.j.low) / 2 / part.j.value);
    coverage.add(labels_of(part), part.coverage);
  }
  std::vector<MetricFamily> families{energy.take(), power.take(), doubt.take(), coverage.take()};
  if (factor) {
    const record::Emissions e = record::emissions_of(look.total_j, *factor);
    families.push_back(Family("cradle_emissions_grams_total", "CO2e of the energy, without PUE.", MetricType::Counter)
                           .add({{"phase", "use"}}, e.co2e_g.value)
                           .take());
    families.push_back(
        Family("cradle_grid_intensity_grams_per_joule", "CO2e per joule of the grid's electricity.", MetricType::Gauge)
            .add({{"place", factor->place}, {"year", std::to_string(factor->year)}},
                 factor->kg_per_kwh.value * 1000 / base::kJoulesPerKwh)
            .take());
  }
  families.push_back(
      Family("cradle_events_total", "Gaps, wraps, resets and other events of the meter.", MetricType::Counter)
          .add({}, look.event_count)
          .take());
  families.push_back(Family("cradle_self_cpu_seconds_total", "CPU time of the meter itself.", MetricType::Counter)
                         .add({}, look.self.cpu_s)
                         .take());
  families.push_back(Family("cradle_build_info", "Version of cradle.", MetricType::Gauge)
                         .add({{"version", CRADLE_VERSION}}, 1)
                         .take());
  return families;
}

}  // namespace

std::string metrics_text(const Look& look, const std::optional<record::GridFactor>& factor) {
  return prometheus::TextSerializer().Serialize(families_of(look, factor));
}

/// What scrapes are answered with.
struct Served : prometheus::Collectable {
  std::vector<MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex);
    return families;
  }
  mutable std::mutex mutex;
  std::vector<MetricFamily> families;
  std::optional<record::GridFactor> factor;
};

namespace {

std::unique_ptr<prometheus::Exposer> listen_on(const std::string& address) {
  try {
    return std::make_unique<prometheus::Exposer>(address, 1);
  } catch (const std::exception& e) {
    base::fail("cannot serve metrics on {}: {}; expected an address and a free port, such as 127.0.0.1:9464", address,
               e.what());
  }
}

}  // namespace

Exporter::Exporter(const std::string& address, std::optional<record::GridFactor> factor)
    : served_(std::make_shared<Served>()) {
  served_->factor = std::move(factor);
  server_ = listen_on(address);
  server_->RegisterCollectable(served_);
}

Exporter::~Exporter() = default;

void Exporter::publish(const Look& look) {
  std::vector<MetricFamily> families = families_of(look, served_->factor);
  const std::lock_guard lock(served_->mutex);
  served_->families = std::move(families);
}

void write_textfile(const std::filesystem::path& path, const Look& look,
                    const std::optional<record::GridFactor>& factor) {
  base::write_file(path, metrics_text(look, factor));
}

}  // namespace cradle::monitor
