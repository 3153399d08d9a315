// Samples turned into looks: differences, and joules that never fall.
#include "cradle/monitor/watch.h"

#include <algorithm>

namespace cradle::monitor {

Watch::Watch(std::unique_ptr<meter::Meter> meter) : meter_(std::move(meter)), starts_(meter_->parts()) {
  for (const record::PartStart& start : starts_) last_.parts.push_back({start, start.basis, {}, 0, 0});
  meter_->start();
}

const Look& Watch::look() {
  const record::Sample sample = meter_->sample();
  const double since_s = sample.t_s - last_.t_s;
  last_.t_s = sample.t_s;
  last_.total_j = {};
  last_.total_w = 0;
  for (std::size_t i = 0; i < last_.parts.size(); ++i) {
    PartNow& part = last_.parts[i];
    const record::PartSample& now = sample.parts[i];
    // What remains of a board when its parts are subtracted may fall back by a reading; a counter may not.
    const base::Interval j = {std::max(part.j.value, now.j.value), std::max(part.j.low, now.j.low),
                              std::max(part.j.high, now.j.high)};
    part.w = since_s > 0 ? (j.value - part.j.value) / since_s : 0;
    part.j = j;
    part.basis = now.basis.value_or(part.start.basis);
    part.coverage = sample.t_s > 0 ? std::clamp(now.covered_s / sample.t_s, 0.0, 1.0) : 0;
    last_.total_j.value += j.value;
    last_.total_j.low += j.low;
    last_.total_j.high += j.high;
    last_.total_w += part.w;
  }
  for (record::Event& event : meter_->take_events()) {
    last_.events.push_back(std::move(event));
    ++last_.event_count;
  }
  if (last_.events.size() > kMostEvents)
    last_.events.erase(last_.events.begin(), last_.events.end() - static_cast<long>(kMostEvents));
  last_.self = sample.self;
  return last_;
}

}  // namespace cradle::monitor
