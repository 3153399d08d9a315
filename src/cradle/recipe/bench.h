// Measuring models against each other: interleaved repeats of the same inference, each a run record.
#pragma once

#include <optional>

#include "cradle/base/statistics.h"
#include "cradle/recipe/tasks.h"

namespace cradle::recipe {

struct BenchRequest {
  std::vector<std::filesystem::path> models;
  int repeats = 3;
  double seconds = 3.0;                ///< measured window of each repeat
  int images = 1000;                   ///< of the test split, for accuracy (first repeat only)
  std::string task;                    ///< of all models; empty: as they say themselves
  std::string engine = "onnxruntime";  ///< of all models; or "onednn"
  std::string precision = "as-model";  ///< or, in oneDNN, "bf16"
};

/// What one model did over the repeats.
struct Benched {
  std::string name;
  std::filesystem::path model;
  std::string task;
  record::Model info;  ///< its precision is the one that was asked, if one was
  std::string engine;  ///< "ONNX Runtime 1.30.0"
  std::string note;    ///< what must be known beside the engine's figures on this processor; often empty
  std::vector<record::RunRecord> runs;
  std::vector<std::filesystem::path> record_files;
  base::Interval
      joules_per_image;  ///< mean over repeats, and the 90 % interval of that mean (Student's t): statistical only
  base::Interval seconds_per_image;
  record::Latency latency;  ///< median over repeats
  double throughput_per_s = 0;
  record::Quality quality;                 ///< the task's own figure
  std::vector<record::Quality> qualities;  ///< all that the task's judge says
  std::string right;                       ///< of classification: '1' for each image whose class was said, else '0'
  base::Interval meter_error;              ///< relative interval of the meter, common to all models
  bool modelled = false;
};

/// A against B on paired repeats: mean ratio (B per A) of joules per image with its 90 % interval.
struct Ratio {
  base::Interval joules;
  bool decided = false;  ///< the interval excludes 1
};

/// Runs A B A B …, so that a drift of the machine falls on all alike. Throws Error.
std::vector<Benched> bench(const Workspace& workspace, const BenchRequest& request);
Ratio ratio_of(const Benched& a, const Benched& b);

/// Two classifiers on the same images: how many each alone has right, and McNemar's probability that chance does it.
struct Agreement {
  long only_a = 0, only_b = 0;
  double p = 1;
};
/// nullopt unless both say of the same images which they have right.
std::optional<Agreement> agreement_of(const Benched& a, const Benched& b);
/// "int8 against fp32: 12 images only the one has right, 15 only the other; p 0.70 (McNemar), undecided"; "" for tasks
/// without right and wrong images.
std::string agreement_text(const std::vector<Benched>& benched);

/// "Engine: oneDNN 2.6.3", and its note.
std::string engine_text(const std::vector<Benched>& benched);
/// The table, ready to paste: text, or Markdown.
std::string bench_table(const std::vector<Benched>& benched, bool markdown);
base::Json to_json(const std::vector<Benched>& benched);

}  // namespace cradle::recipe
