// The smallest whole run record, for tests that need a record to cite.
#pragma once

#include <string>

#include "cradle/record/run_record.h"

namespace cradle::record {

/// A run on `host` that took `joules` at the node: one modelled part, a factor of two either side, nobody else's share.
inline RunRecord modelled_run(const std::string& id, double joules, double seconds, const std::string& host = "host") {
  RunRecord r;
  r.id = r.name = id;
  r.started = r.finished = "2026-01-01T00:00:00Z";
  r.duration_s = seconds;
  r.machine.host_id = host;
  r.total = {joules, joules / 2, joules * 2};
  r.parts = {{"cpu", "cpu", Basis::kModelled, "model", r.total, 1.0}};
  r.split.mine_j = joules;
  r.billed = {r.total, "mine"};
  return r;
}

}  // namespace cradle::record
