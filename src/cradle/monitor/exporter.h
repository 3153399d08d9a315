// The machine as Prometheus metrics: served to scrapes, or written into a file for node_exporter.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cradle/monitor/watch.h"

namespace prometheus {
class Exposer;
}

namespace cradle::monitor {

/// The metrics in Prometheus' text format (names in docs/FORMATS.md): counters in joules, grams and CPU seconds that
/// never fall, gauges in watts and ratios; labels hw_type, hw_id, method. The sum over parts is the machine.
std::string metrics_text(const Look& look, const std::optional<record::GridFactor>& factor);

struct Served;

/// Answers scrapes of http://<address>/metrics with the look last published. Thread-safe.
class Exporter {
 public:
  /// `address` is "127.0.0.1:9464". Throws Error if it cannot be listened on.
  Exporter(const std::string& address, std::optional<record::GridFactor> factor);
  ~Exporter();
  void publish(const Look& look);

 private:
  std::shared_ptr<Served> served_;
  std::unique_ptr<prometheus::Exposer> server_;
};

/// Replaces the file in one step, as node_exporter's textfile collector asks. Throws Error naming it.
void write_textfile(const std::filesystem::path& path, const Look& look,
                    const std::optional<record::GridFactor>& factor);

}  // namespace cradle::monitor
