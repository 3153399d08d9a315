// Calls each pass as the jobs of the workers do.
#include "compressions.h"

#include <span>

#include "cradle/compress/channel_pruning.h"
#include "cradle/compress/equalise.h"
#include "cradle/compress/factorise.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int4_storage.h"
#include "cradle/compress/simulate.h"
#include "cradle/compress/sparsify.h"
#include "cradle/compress/storage.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::test {
namespace {

using compress::Dialect;
using compress::Int8Options;
using deploy::testing::Feed;

graph::ActivationStatistics calibrated(const graph::Graph& net, const Feed& images) {
  const auto path =
      deploy::testing::write_graph("calibrate.onnx", compress::add_outputs(net, compress::values_to_calibrate(net)));
  const auto executor = deploy::open_onnxruntime(path);
  const deploy::TensorView input = images.view();
  graph::ActivationStatistics statistics;
  graph::add(statistics.values[images.name], images.values.data(), images.values.size());
  for (const deploy::TensorView& output : executor->run({&input, 1}))
    graph::add(statistics.values[std::string(output.name)], output.values.data(), output.values.size());
  statistics.images = static_cast<int>(images.shape[0]);
  return statistics;
}

Compressed eight_bits(std::string how, graph::Graph graph, std::string rounds) {
  return {.how = std::move(how), .graph = std::move(graph), .eight_bits = true, .rounds = std::move(rounds)};
}

std::vector<Compressed> with_fewer_weights(const graph::Graph& net) {
  std::vector<Compressed> made;
  compress::PruneOptions prune;
  prune.value = 0.3;
  prune.align = 2;  // narrow nets have few channels
  made.push_back({"pruned", compress::prune_channels(net, prune).graph});
  compress::SparsifyOptions sparsify;
  sparsify.keep = 0.5;
  sparsify.scope = compress::SparsifyScope::kLayer;  // the small weights of a detector's head would all go
  made.push_back({"sparsified", compress::sparsify(net, sparsify).graph});
  compress::FactoriseOptions factorise;
  factorise.ranks.choice = compress::RankChoice::kBudget;
  factorise.ranks.amount = 1.3;
  factorise.ranks.align = 2;
  for (const auto method :
       {compress::FactoriseMethod::kSpatial, compress::FactoriseMethod::kChannel, compress::FactoriseMethod::kTucker}) {
    factorise.method = method;
    made.push_back({"factorised " + std::string(compress::name_of(method)), compress::factorise(net, factorise).graph});
  }
  return made;
}

std::vector<Compressed> with_narrower_floats(const graph::Graph& net) {
  std::vector<Compressed> made;
  made.push_back({"fp16 stored", compress::store_as(net, graph::Type::kF16).graph});
  made.push_back({"bf16 stored", compress::store_as(net, graph::Type::kBf16).graph});
  made.push_back({"fp16 computed", compress::compute_in_float16(net).graph});
  made.back().not_onednn = "computes with 32-bit floats and does not cast to another type";
  return made;
}

/// Eight bits and four of a net whose file is called `of`.
std::vector<Compressed> with_codes(const graph::Graph& net, const std::string& of, const Feed& images) {
  const graph::ActivationStatistics statistics = calibrated(net, images);
  std::vector<Compressed> made;
  for (const Dialect dialect : {Dialect::kOnnxRuntimeX86, Dialect::kOnnxRuntimeX86Avx2, Dialect::kOnnxRuntimeArm,
                                Dialect::kTensorRt, Dialect::kOpenVino}) {
    Int8Options options;
    options.dialect = dialect;
    made.push_back(eight_bits("int8 " + std::string(compress::name_of(dialect)),
                              compress::quantise_int8(net, statistics, options).graph, of));
  }
  Int8Options options;
  options.per_channel = false;
  made.push_back(eight_bits("int8 per tensor", compress::quantise_int8(net, statistics, options).graph, of));
  const graph::Graph simulated = compress::simulate_int8(net, statistics).graph;
  made.push_back(eight_bits("simulated", simulated, of));
  made.back().not_onednn = "decodes eight-bit values with one constant scale";
  made.push_back(eight_bits("hardened", compress::harden(simulated), of));
  options = {};
  options.weight_bits = 4;
  made.push_back(eight_bits("4 bits in int8", compress::quantise_int8(net, statistics, options).graph, of));
  made.push_back(eight_bits("int4 stored", made.back().graph, of));
  compress::store_in_four_bits(made.back().graph);
  made.back().int4 = true;
  made.back().not_onednn = "does not compute with the constant";
  return made;
}

}  // namespace

std::vector<Compressed> compressions_of(const graph::Graph& net, const Feed& images,
                                        const std::function<void(graph::Graph&)>& mend) {
  std::vector<Compressed> all;
  all.push_back({"float", net});
  for (Compressed& thinner : with_fewer_weights(net)) {
    mend(thinner.graph);
    const graph::ActivationStatistics statistics = calibrated(thinner.graph, images);
    Compressed coded =
        eight_bits(thinner.how + ", int8", compress::quantise_int8(thinner.graph, statistics).graph, thinner.how);
    all.push_back(std::move(thinner));
    all.push_back(std::move(coded));
  }
  for (Compressed& narrower : with_narrower_floats(net)) all.push_back(std::move(narrower));
  for (Compressed& coded : with_codes(net, "float", images)) all.push_back(std::move(coded));
  graph::Graph equalised = net;
  compress::equalise(equalised);
  all.push_back({"equalised", equalised});
  all.push_back(eight_bits("equalised, int8", compress::quantise_int8(equalised, calibrated(equalised, images)).graph,
                           "equalised"));
  return all;
}

}  // namespace cradle::test
