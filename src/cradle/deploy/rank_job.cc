// Compares values of the same name in two models, layer by layer.
#include "cradle/deploy/rank_job.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>

#include "cradle/base/error.h"
#include "cradle/deploy/arguments.h"
#include "cradle/deploy/exposed.h"
#include "cradle/deploy/image_source.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// A quantised model beside the float one.
struct Candidate {
  std::filesystem::path file;
  Exposed model;
  std::map<std::string, ErrorSums> noise = {};  ///< by value
  Candidate(const std::filesystem::path& path, const std::vector<std::string>& values, int threads)
      : file(path), model(onnx::read_onnx(path), values, threads) {}
};

std::vector<std::filesystem::path> candidate_files(const base::Json& arguments, std::string_view where) {
  const bool one = arguments.contains("quantised"), several = arguments.contains("candidates");
  if (one == several) base::fail("{}: expected either 'quantised', a file, or 'candidates', a list of files", where);
  if (one) return {base::json_string(arguments, "quantised", where)};
  const base::Json& list = arguments.at("candidates");
  if (!list.is_array() || list.empty() ||
      !std::ranges::all_of(list, [](const base::Json& file) { return file.is_string(); }))
    base::fail("{}: 'candidates': expected a list of files, found {}", where, list.dump());
  std::vector<std::filesystem::path> files;
  for (const base::Json& file : list) files.emplace_back(file.get<std::string>());
  return files;
}

/// The layers that the candidate has, those that add most noise first; before them those whose numbers are not finite,
/// in the order of the graph, so that the one where it began comes first.
base::Json layers_of(const Candidate& candidate, const std::vector<WeightedLayer>& layers) {
  struct Ranked {
    double added;
    base::Json json;
  };
  std::vector<Ranked> ranked;
  for (const WeightedLayer& layer : layers) {
    const auto output = candidate.noise.find(layer.output), input = candidate.noise.find(layer.input);
    if (output == candidate.noise.end()) continue;
    const bool known = input != candidate.noise.end(), finite = output->second.finite();
    const double added =
        finite ? std::max(0.0, output->second.share() - (known ? input->second.share() : 0)) : kInfinite;
    base::Json json{{"name", layer.name},
                    {"op", layer.node.op},
                    {"value", layer.output},
                    {"sqnr_db", output->second.decibels()},
                    {"input_sqnr_db", known ? input->second.decibels() : base::Json()},
                    {"added_noise", finite ? base::Json(added) : base::Json()}};
    if (!finite) json["finite"] = false;
    ranked.push_back({added, std::move(json)});
  }
  std::ranges::stable_sort(ranked, [](const Ranked& a, const Ranked& b) { return a.added > b.added; });
  base::Json list = base::Json::array();
  for (Ranked& one : ranked) list.push_back(std::move(one.json));
  return list;
}

}  // namespace

void ErrorSums::add(std::span<const float> expected, std::span<const float> found) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto x = static_cast<double>(expected[i]), e = x - static_cast<double>(found[i]);
    signal += x * x;
    noise += e * e;
  }
}

bool ErrorSums::finite() const { return std::isfinite(signal) && std::isfinite(noise); }

double ErrorSums::share() const {
  if (!finite()) return kInfinite;
  return signal > 0 ? noise / signal : 0;
}

base::Json ErrorSums::decibels() const {
  return finite() && noise > 0 && signal > 0 ? base::Json(10 * std::log10(signal / noise)) : base::Json();
}

base::Json rank_job(const base::Json& arguments, std::string_view where) {
  base::json_only_keys(arguments, image_arguments({"model", "quantised", "candidates", "threads"}), where);
  const std::filesystem::path file = base::json_string(arguments, "model", where);
  const auto threads = static_cast<int>(count_between(arguments, "threads", 1, 1, kMostThreads, where));
  ImageSource source = image_source_from(arguments, where);
  if (!arguments.contains("images")) source.images = 32;

  const graph::Graph graph = read_simplified(file);
  const std::vector<WeightedLayer> layers = weighted_layers(graph);
  std::vector<std::string> values;
  for (const WeightedLayer& layer : layers) values.insert(values.end(), {layer.input, layer.output});
  Exposed exact(graph, values, threads);
  std::list<Candidate> candidates;
  for (const std::filesystem::path& path : candidate_files(arguments, where))
    candidates.emplace_back(path, values, threads);

  int images = 0;
  const task::DataInfo info = for_each_image(source, exact.describe(), [&](const auto& image, const auto& pixels) {
    const auto expected = exact.run(image, pixels);
    for (Candidate& candidate : candidates)
      for (const auto& [name, found] : candidate.model.run(image, pixels))
        if (const auto it = expected.find(name);
            it != expected.end() && it->second.values.size() == found.values.size())
          candidate.noise[name].add(it->second.values, found.values);
    ++images;
  });

  base::Json answer{{"images", images}, {"candidates", base::Json::array()}, {"data", task::to_json(info)}};
  for (const Candidate& candidate : candidates) {
    base::Json ranked = layers_of(candidate, layers), outputs = base::Json::array();
    if (ranked.empty())
      base::fail("{}: no layer's result has the name that it has in {}; is it quantised from that model?",
                 candidate.file.string(), file.string());
    for (const graph::Value& output : graph.outputs)
      if (const auto it = candidate.noise.find(output.name); it != candidate.noise.end())
        outputs.push_back({{"name", output.name}, {"sqnr_db", it->second.decibels()}});
    answer["candidates"].push_back({{"model", candidate.file.string()}, {"layers", ranked}, {"outputs", outputs}});
  }
  return answer;
}

}  // namespace cradle::deploy
