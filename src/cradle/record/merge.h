// One record of a job that ran as several: ranks on one computer, or on many.
#pragma once

#include <span>
#include <string>

#include "cradle/record/run_record.h"

namespace cradle::record {

/// What a record without a host id means: it cannot be told whether it shares parts with the others.
enum class UnknownHosts {
  kRefuse,
  kDifferent,  ///< each ran on a computer of its own: their parts add
  kSame,       ///< all ran on one computer: parts of one name are one part
};

struct MergeOptions {
  std::string name;  ///< of the merged run; "": the name they share, else "merged"
  UnknownHosts unknown_hosts = UnknownHosts::kRefuse;
};

/// The record of all ranks together (docs/METHODS.md, "Several ranks"), in which every joule is counted once:
/// - parts of one host and one name (one UUID, for a GPU) are one physical part. The record that covers it longest
///   counts in full, others for the stretch of time that it leaves out, in proportion; parts of different hosts add.
/// - while a counter of the platform (psys) or of the whole computer (kind "board") counts, what its record does not
///   measure by itself is in it, and is not counted again from another record.
/// - total = sum of parts; low and high add, as errors are taken as wholly dependent.
/// - mine adds (ranks are different processes), idle is counted as its joules are, others is the rest of the total.
/// - billed adds, or with the rule "machine" is counted as its joules are; emissions follow it.
/// - marks and events keep their rank ("rank-1/epoch-3") and stand on the clock of the first; a mark's joules are its
///   rank's.
/// Needs two records or more, each once, billed by one rule, none of them merged already. Throws Error that names the
/// run otherwise. The result does not depend on the order but for the ranks' numbers. Cost O(n log n) in parts.
RunRecord merge(std::span<const RunRecord> runs, const MergeOptions& options);

}  // namespace cradle::record
