// Training through the graph beside the same net as plain libtorch modules, in turn, in one execution.
#include <fmt/format.h>
#include <malloc.h>
#include <time.h>
#include <torch/nn.h>
#include <torch/optim/sgd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/interpreter.h"
#include "cradle/learn/optimiser.h"
#include "cradle/learn/step.h"
#include "cradle/task/bootstrap.h"

namespace {

using namespace cradle;

constexpr int kBatch = 64, kSteps = 4, kRounds = 25, kWarmUp = 3;
constexpr double kRate = 0.01, kDecay = 5e-4;

/// Processor time of the whole process: on a busy machine the nearest to what a quiet one would take.
double cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Convolution without bias, batch norm, ReLU unless it ends a branch.
struct ConvNorm : torch::nn::Module {
  ConvNorm(int in, int out, int kernel, int stride, bool relu)
      : relu_(relu),
        conv_(register_module(
            "conv", torch::nn::Conv2d(
                        torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false)))),
        norm_(register_module("norm", torch::nn::BatchNorm2d(out))) {}
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor y = norm_(conv_(x));
    return relu_ ? torch::relu(y) : y;
  }
  bool relu_;
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d norm_;
};

struct Residual : torch::nn::Module {
  Residual(int in, int out, int stride)
      : first_(register_module("first", std::make_shared<ConvNorm>(in, out, 3, stride, true))),
        second_(register_module("second", std::make_shared<ConvNorm>(out, out, 3, 1, false))) {
    if (in != out || stride != 1)
      shortcut_ = register_module("shortcut", std::make_shared<ConvNorm>(in, out, 1, stride, false));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::relu(second_->forward(first_->forward(x)) + (shortcut_ ? shortcut_->forward(x) : x));
  }
  std::shared_ptr<ConvNorm> first_, second_, shortcut_;
};

/// The net as somebody writes it who has libtorch and no cradle.
struct Net : torch::nn::Module {
  virtual torch::Tensor forward(const torch::Tensor& x) = 0;
};

struct ResNetSmall : Net {
  ResNetSmall()
      : stem(register_module("stem", std::make_shared<ConvNorm>(1, 16, 3, 1, true))),
        one(register_module("one", std::make_shared<Residual>(16, 16, 1))),
        two(register_module("two", std::make_shared<Residual>(16, 32, 2))),
        three(register_module("three", std::make_shared<Residual>(32, 64, 2))),
        last(register_module("last", torch::nn::Linear(64, 10))) {}
  torch::Tensor forward(const torch::Tensor& x) override {
    const torch::Tensor y = three->forward(two->forward(one->forward(stem->forward(x))));
    return last(torch::adaptive_avg_pool2d(y, {1, 1}).flatten(1));
  }
  std::shared_ptr<ConvNorm> stem;
  std::shared_ptr<Residual> one, two, three;
  torch::nn::Linear last;
};

struct VggSmall : Net {
  VggSmall() {
    const std::vector<std::pair<int, int>> widths = {{1, 24}, {24, 24}, {24, 48}, {48, 48}, {48, 96}};
    for (std::size_t i = 0; i < widths.size(); ++i)
      convs.push_back(register_module("conv" + std::to_string(i),
                                      std::make_shared<ConvNorm>(widths[i].first, widths[i].second, 3, 1, true)));
    last = register_module("last", torch::nn::Linear(96, 10));
  }
  torch::Tensor forward(const torch::Tensor& x) override {
    torch::Tensor y = x;
    for (std::size_t i = 0; i < convs.size(); ++i) {
      y = convs[i]->forward(y);
      if (i == 1 || i == 3) y = torch::max_pool2d(y, 2);
    }
    return last(torch::adaptive_avg_pool2d(y, {1, 1}).flatten(1));
  }
  std::vector<std::shared_ptr<ConvNorm>> convs;
  torch::nn::Linear last{nullptr};
};

std::vector<task::Sample> random_batch() {
  std::vector<task::Sample> batch(kBatch);
  base::Stream draw(1, base::stable_id("bench.training"));
  for (task::Sample& s : batch) {
    s.pixels.resize(28 * 28);
    for (float& p : s.pixels) p = static_cast<float>(draw.uniform());
    s.label = static_cast<int>(draw.below(10));
  }
  return batch;
}

/// A training step of each kind on the same batch; each returns its loss.
class Cradle {
 public:
  explicit Cradle(const graph::Graph& graph)
      : net_(graph), reading_(learn::reading_of(graph)), optimiser_("sgd", net_.parameters(), kDecay) {}
  double step(const std::vector<task::Sample>& batch) {
    const double loss = learn::accumulate_gradients(net_, info_, reading_, batch);
    optimiser_.step(kRate);
    return loss;
  }

 private:
  task::DataInfo info_{"classification", "noise", std::vector<std::string>(10, "c"), {1, 28, 28}, {}};
  learn::Interpreter net_;
  learn::Reading reading_;
  learn::Optimiser optimiser_;
};

class Plain {
 public:
  Plain(std::shared_ptr<Net> net, const graph::Graph& graph, bool channels_last)
      : net_(std::move(net)),
        channels_last_(channels_last),
        optimiser_(net_->parameters(),
                   torch::optim::SGDOptions(kRate).momentum(0.9).nesterov(true).weight_decay(kDecay)) {
    take_weights(graph);
    if (channels_last_)
      for (torch::Tensor& p : net_->parameters())
        if (p.dim() == 4) p.set_data(p.data().contiguous(at::MemoryFormat::ChannelsLast));
    net_->train();
  }
  double step(const std::vector<task::Sample>& batch) {
    torch::Tensor images = learn::images_of(batch, {1, 28, 28});
    if (channels_last_) images = images.contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor labels = torch::empty({kBatch}, torch::kLong);
    std::transform(batch.begin(), batch.end(), labels.data_ptr<std::int64_t>(), [](const auto& s) { return s.label; });
    optimiser_.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(net_->forward(images), labels);
    loss.backward();
    torch::nn::utils::clip_grad_norm_(net_->parameters(), learn::kLongestGradient);
    optimiser_.step();
    return loss.item<double>();
  }

 private:
  /// The weights of graph and modules are made in the same order.
  void take_weights(const graph::Graph& graph) {
    std::vector<std::string> names;
    for (const graph::Node& node : graph.nodes)
      if (node.op == "Conv" || node.op == "BatchNormalization" || node.op == "Gemm")
        for (std::size_t i = 1; i < std::min<std::size_t>(node.inputs.size(), 3); ++i) names.push_back(node.inputs[i]);
    std::size_t next = 0;
    const torch::NoGradGuard off;
    for (torch::Tensor& p : net_->parameters()) {
      graph::Tensor values = graph.initializers.at(names.at(next++));
      p.copy_(torch::from_blob(values.f32().data(), p.sizes()));
    }
  }

  std::shared_ptr<Net> net_;
  bool channels_last_;
  torch::optim::SGD optimiser_;
};

template <class Kind>
double seconds_of(Kind& kind, const std::vector<task::Sample>& batch) {
  const double begin = cpu_s();
  for (int i = 0; i < kSteps; ++i) kind.step(batch);
  return cpu_s() - begin;
}

/// Rounds of a few steps each in turn; throughput of cradle over that of the modules, with P5 and P95 over the rounds.
bool compare(const std::string& architecture, const std::shared_ptr<Net>& net, bool channels_last) {
  const graph::Graph graph = graph::build_architecture(architecture, 1, 10, 1);
  const std::vector<task::Sample> batch = random_batch();
  Cradle ours(graph);
  Plain theirs(net, graph, channels_last);
  for (int i = 0; i < kWarmUp; ++i) {
    const double a = ours.step(batch), b = theirs.step(batch);
    if (std::abs(a - b) > 1e-3 * std::abs(b)) {
      fmt::print("{}: not the same net: step {} has a loss of {} through the graph and {} in modules\n", architecture,
                 i + 1, a, b);
      return false;
    }
  }
  std::vector<double> a, b;
  for (int round = 0; round < kRounds; ++round) {
    a.push_back(seconds_of(ours, batch));
    b.push_back(seconds_of(theirs, batch));
  }
  const auto total = [](const std::vector<double>& s, const std::vector<int>& times) {
    double sum = 0;
    for (std::size_t i = 0; i < s.size(); ++i) sum += s[i] * times[i];
    return sum;
  };
  const base::Interval ratio = task::bootstrap(a.size(), 1000, 1, [&](const std::vector<int>& times) {
                                 return total(b, times) / total(a, times);
                               }).value;
  const std::vector<int> once(a.size(), 1);
  const double images = kBatch * kSteps * kRounds;
  fmt::print("{:<13} {:<14} {:>9.0f} {:>9.0f}   {:.3f} ({:.3f}–{:.3f})\n", architecture,
             channels_last ? "channels last" : "as they come", images / total(a, once), images / total(b, once),
             ratio.value, ratio.low, ratio.high);
  return true;
}

}  // namespace

int main() {
  // As cradle-learn does, for both alike.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  at::set_num_threads(1);
  fmt::print("images per second of processor time, one thread, batch {}, {} rounds of {} steps in turn\n", kBatch,
             kRounds, kSteps);
  fmt::print("{:<13} {:<14} {:>9} {:>9}   {}\n", "net", "modules", "graph", "modules", "ratio (P5–P95)");
  bool good = true;
  for (const bool channels_last : {false, true}) {
    good &= compare("resnet-small", std::make_shared<ResNetSmall>(), channels_last);
    good &= compare("vgg-small", std::make_shared<VggSmall>(), channels_last);
  }
  return good ? 0 : 1;
}
