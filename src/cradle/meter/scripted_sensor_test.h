// A sensor whose readings a test writes, for the tests of this room.
#pragma once

#include <memory>

#include "cradle/sensor/sensor.h"

namespace cradle::meter {

/// What the test holds of a sensor that the meter owns.
struct Script {
  sensor::PartDescription part;
  sensor::Reading reading{true, "", 1000, {}};
  const sensor::IsMine* seen_is_mine = nullptr;  // of the last reading
};

class ScriptedSensor : public sensor::Sensor {
 public:
  explicit ScriptedSensor(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  sensor::PartDescription describe() const override { return script_->part; }
  sensor::Reading read(const sensor::Usage& usage) override {
    script_->seen_is_mine = usage.is_mine;
    return script_->reading;
  }

 private:
  std::shared_ptr<Script> script_;
};

inline std::shared_ptr<Script> script(const char* part, const char* kind,
                                      record::Basis basis = record::Basis::kCounter) {
  auto s = std::make_shared<Script>();
  s->part.start = {part, kind, basis, "test"};
  s->part.most_w = 10000;
  return s;
}

}  // namespace cradle::meter
