// Batches through the interpreter: one training step's gradients, and a judgement, for whichever task. Internal to the
// room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cradle/learn/interpreter.h"
#include "cradle/task/judge.h"
#include "cradle/task/normalise.h"

namespace cradle::learn {

/// How a graph takes images and how its outputs are to be read: their names in order, and anchors if it has some.
struct Reading {
  std::vector<std::string> names;
  task::AnchorScheme anchors;
  task::Normalisation pixels{};
};
Reading reading_of(const graph::Graph& graph);

/// Samples as one tensor [n, channels, height, width].
at::Tensor images_of(const std::vector<task::Sample>& samples, const task::ImageShape& shape,
                     const task::Normalisation& pixels = {});

/// Opens a task's data set with images as the graph takes them (`image` where it leaves an extent open), and classes as
/// its metadata name them.
std::unique_ptr<task::DataSet> open_data_for(const graph::Graph& graph, const std::string& task, std::uint64_t seed,
                                             const std::filesystem::path& folder,
                                             const task::ImageShape& image = {0, 0, 0});

/// Throws Error unless the graph takes one input that such images fit.
void check_takes(const graph::Graph& graph, const task::DataInfo& info);

/// Forwards and backwards over a batch: gradients stand in the parameters afterwards. Returns the loss. `mode` is one
/// that records gradients. Throws Error if the outputs are not what the task asks for.
double accumulate_gradients(Interpreter& net, const task::DataInfo& info, const Reading& outputs,
                            const std::vector<task::Sample>& samples, Mode mode = Mode::kTrain);

/// Runs the first `count` samples of a split, `batch` at a time, and lets the task's judge see them.
std::unique_ptr<task::Judge> judge(Interpreter& net, const task::DataSet& data, const Reading& outputs,
                                   task::Split split, std::int64_t count, int batch);

/// Resamples of the bootstrap behind a quality's interval, and its seed.
inline constexpr int kResamples = 500;
inline constexpr std::uint64_t kBootstrapSeed = 1;

}  // namespace cradle::learn
