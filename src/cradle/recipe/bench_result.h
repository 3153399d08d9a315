// What a bench found: runs of models or commands against each other, each a run record.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/measure/cpu_state.h"
#include "cradle/recipe/bench_rounds.h"
#include "cradle/recipe/jobs.h"

namespace cradle::recipe {

/// One run of one contender.
struct BenchRun {
  record::RunRecord record;
  std::filesystem::path file;              ///< of the record
  Sample sample;                           ///< billed joules and seconds for each unit of work
  std::optional<double> machine_j;         ///< of the whole machine, for each unit; where the record tells
  std::optional<double> user_s, system_s;  ///< CPU time of a command and the children it waited for
  measure::CpuState cpu;                   ///< just after the run
};

/// What one contender did over the rounds. Means are over the runs that count.
struct Benched {
  std::string name;             ///< as tables show it; no two are the same
  std::filesystem::path model;  ///< empty: it is a command
  std::string command;          ///< empty: it is a model
  std::vector<BenchRun> runs;   ///< those that count
  std::vector<BenchRun> discarded;
  std::vector<std::filesystem::path> record_files;  ///< of the runs that count
  base::Interval joules;  ///< for each unit of work: mean, and its 90 % interval (Student's t): statistical only
  base::Interval seconds;
  std::optional<base::Interval> above_idle_j;  ///< likewise, of the whole machine less its idle power; by counters only
  base::Interval meter_error;                  ///< relative interval of the meter, common to all contenders
  bool modelled = false;
  // Of models only:
  std::string task;
  record::Model info;                      ///< its precision is the one that was asked, if one was
  std::string engine;                      ///< "ONNX Runtime 1.30.0"
  std::string note;                        ///< what must be known beside the engine's figures here; often empty
  record::Latency latency;                 ///< median over runs, of min the least
  std::optional<double> peak_rss_bytes;    ///< of loading, warm-up and window; the most of all runs
  record::Quality quality;                 ///< the task's own figure
  std::vector<record::Quality> qualities;  ///< all that the task's judge says
  std::string right;                       ///< of classification: '1' for each image whose class was said, else '0'
  std::vector<double> draws;               ///< of the task's own figure, on the bootstrap's resamples
};

/// The machine at rest, before all rounds.
struct Idle {
  base::Interval watts;
  std::string basis;
  bool modelled = false;
  double seconds = 0;
};

struct Bench {
  std::string unit;  ///< of work: "image", "run"
  std::vector<Benched> results;
  std::optional<Idle> idle;
  std::optional<Sample> nothing;  ///< of commands: a run of nothing, which is in every figure
  Settling settling;
  std::string stopped;  ///< why there were no more rounds
};

/// `seconds` of sleep under the meter, everything counted. Throws Error.
Idle measure_idle(const Workspace& workspace, double seconds);

/// Reads the state of the CPU and writes it into the record, as an event of its end.
measure::CpuState note_cpu(record::RunRecord& record);

/// Measures idle, runs the rounds of `contest`, whose runs have put themselves into bench.results[c].runs, and sums up.
void fill(Bench& bench, const Workspace& workspace, const RoundPlan& plan, const Contest& contest);

/// What the two take, B by A, on paired runs; nullopt if a run took nothing that the meter can tell.
std::optional<Ratio> energy_ratio(const Benched& a, const Benched& b);
std::optional<Ratio> time_ratio(const Benched& a, const Benched& b);

/// Two classifiers on the same images: how many each alone has right, and McNemar's probability that chance does it.
struct Agreement {
  long only_a = 0, only_b = 0;
  double p = 1;
};
/// nullopt unless both say of the same images which they have right.
std::optional<Agreement> agreement_of(std::string_view right_a, std::string_view right_b);

/// "A" for each name that stands once; of others the second is "A [2]", and so on.
std::vector<std::string> told_apart(std::vector<std::string> names);

/// The sentences that warn: outliers, a machine that never settled.
std::vector<std::string> warnings_of(const Bench& bench);

/// cradle.bench/1 (docs/FORMATS.md); what hyperfine's JSON has it has too, under the same names.
base::Json to_json(const Bench& bench);

}  // namespace cradle::recipe
