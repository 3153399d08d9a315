// What the worker's jobs are asked and what they answer, as JSON (docs/FORMATS.md).
#pragma once

#include <filesystem>
#include <string_view>

#include "cradle/base/json.h"
#include "cradle/learn/importance.h"
#include "cradle/learn/train.h"

namespace cradle::learn {

struct TrainJob {
  std::filesystem::path model, output;  ///< ONNX files: to begin with, and to write
  std::filesystem::path saved;          ///< to write at options.save_at_step; empty: none
  TrainOptions options;
};
struct DescribeJob {
  task::DataRequest data;
};
struct EvaluateJob {
  std::filesystem::path model;
  EvaluateOptions options;
};
struct ImportanceJob {
  std::filesystem::path model, output;  ///< ONNX to read, JSON to write
  ImportanceOptions options;
};

/// Reads a job's arguments. Throws Error "where: …" for an unknown key, a wrong type or a value out of range.
TrainJob train_job_from(const base::Json& arguments, std::string_view where);
DescribeJob describe_job_from(const base::Json& arguments, std::string_view where);
EvaluateJob evaluate_job_from(const base::Json& arguments, std::string_view where);
ImportanceJob importance_job_from(const base::Json& arguments, std::string_view where);

base::Json to_json(const TrainReport& report);
/// A list of {"metric", "value", "low", "high", "images"}, the task's own figure first.
base::Json to_json(const std::vector<task::Quality>& qualities);
/// {"kind", "images", "scores": {"initializer": [one number per output channel]}}
base::Json to_json(const Importance& importance);

/// "epoch 3 of 8  loss 1.298  mAP50 0.641 (300 validation images)  12.4 s"
std::string progress_line(const EpochReport& epoch);

}  // namespace cradle::learn
