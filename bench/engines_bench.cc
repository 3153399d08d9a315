// The engines beside each other on a net of ResNet-18's shape, one thread: oneDNN against ONNX Runtime in fp32 and
// int8, bf16 against fp32, and our executor against the bare ONNX Runtime library. Run:
// build/bench/cradle_bench_engines [ROUNDS]. CPU time, interleaved; the median of the rounds' ratios with its 90 %
// interval by order statistics, beside the ratio of the least times. Timings are for people; nothing asserts them.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/compress/int8.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/graph/activation_statistics.h"
#include "cradle/graph/architecture_builder.h"
#include "cradle/graph/cost.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace {

using namespace cradle;

constexpr int kClasses = 1000;
constexpr int kSide = 224;

/// He et al. 2016, table 1, 18 layers; the first pooling takes 2×2 where theirs takes 3×3, which has no weights.
graph::Graph resnet18() {
  graph::ArchitectureBuilder b("resnet-18", {.classes = kClasses, .image = {3, kSide, kSide}});
  std::string x = b.conv("stem", b.image(), 3, 64, 7, 2);
  x = b.max_pool("stem.pool", x);
  int in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const int out = 64 << stage;
    x = b.residual(fmt::format("stage{}.a", stage), x, in, out, stage == 0 ? 1 : 2);
    x = b.residual(fmt::format("stage{}.b", stage), x, out, out, 1);
    in = out;
  }
  b.classify("logits", x, in, kClasses);
  return b.finish({{"logits", graph::Type::kF32, {-1, kClasses}}});
}

std::vector<float> image() {
  base::Stream stream(7, 0);
  std::vector<float> values(3 * kSide * kSide);
  for (float& v : values) v = static_cast<float>(stream.normal());
  return values;
}

constexpr std::int64_t kShape[] = {1, 3, kSide, kSide};
deploy::TensorView view(const std::vector<float>& values) { return {"image", kShape, values}; }

/// Calibrated on the image that is measured: the codes need to be plausible, not good.
graph::Graph quantised(const graph::Graph& graph, const std::filesystem::path& scratch, const std::vector<float>& x) {
  onnx::write_onnx(scratch, compress::add_outputs(graph, compress::values_to_calibrate(graph)));
  const auto executor = deploy::open_onnxruntime(scratch);
  graph::ActivationStatistics statistics;
  graph::add(statistics.values["image"], x.data(), x.size());
  const deploy::TensorView input = view(x);
  for (const deploy::TensorView& output : executor->run({&input, 1}))
    graph::add(statistics.values[std::string(output.name)], output.values.data(), output.values.size());
  statistics.images = 1;
  return compress::quantise_int8(graph, statistics).graph;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

using Work = std::function<void()>;

double cost_ms(const Work& work, int times) {
  const double begin = cpu_seconds();
  for (int i = 0; i < times; ++i) work();
  return 1e3 * (cpu_seconds() - begin) / times;
}

/// a's time per b's, round by round in turn, the order changing with each round.
void compare(const std::string& what, const Work& a, const Work& b, int rounds, int times, const std::string& target) {
  std::vector<double> ratios, as, bs;
  cost_ms(a, 3);
  cost_ms(b, 3);
  for (int round = 0; round < rounds; ++round) {
    const bool a_first = round % 2 == 0;
    double one = cost_ms(a_first ? a : b, times), other = cost_ms(a_first ? b : a, times);
    if (!a_first) std::swap(one, other);
    as.push_back(one);
    bs.push_back(other);
    ratios.push_back(one / other);
  }
  for (auto* values : {&ratios, &as, &bs}) std::ranges::sort(*values);
  // The ranks between which the median lies with 90 %: n/2 ± 1.645 · √n/2 (binomial, normal approximation).
  const auto n = static_cast<double>(rounds);
  const auto half = static_cast<std::size_t>(std::ceil(1.645 * std::sqrt(n) / 2));
  const std::size_t middle = ratios.size() / 2;
  const double low = ratios[middle - std::min(half, middle)], high = ratios[std::min(middle + half, ratios.size() - 1)];
  fmt::print("{:44} {:8.2f} {:8.2f}   {:.3f} ({:.3f}–{:.3f})   {:.3f}   {}\n", what, as.front(), bs.front(),
             ratios[middle], low, high, as.front() / bs.front(), target);
  std::fflush(stdout);
}

/// ONNX Runtime as its users call it, set up as our executor sets it up.
class Bare {
 public:
  explicit Bare(const std::filesystem::path& model) {
    Ort::InitApi(OrtGetApiBase()->GetApi(ORT_API_VERSION));
    environment_ = Ort::Env(ORT_LOGGING_LEVEL_FATAL, "bench");
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetInterOpNumThreads(1);
    options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
    options.AddConfigEntry("session.intra_op.allow_spinning", "0");
    session_ = Ort::Session(environment_, model.c_str(), options);
  }
  void run(std::vector<float>& x) {
    const char *in = "image", *out = "logits";
    Ort::Value input = Ort::Value::CreateTensor<float>(memory_, x.data(), x.size(), kShape, 4);
    outputs_ = session_.Run(Ort::RunOptions{nullptr}, &in, &input, 1, &out, 1);
  }

 private:
  Ort::Env environment_{nullptr};
  Ort::Session session_{nullptr};
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  std::vector<Ort::Value> outputs_;
};

Work runs(deploy::Executor& executor, const std::vector<float>& x) {
  return [&executor, &x] {
    const deploy::TensorView input = view(x);
    executor.run({&input, 1});
  };
}

void bench(int rounds, const std::filesystem::path& folder) {
  const graph::Graph net = resnet18();
  graph::Graph shaped = net;
  graph::infer_shapes(shaped);
  const graph::GraphCost cost = graph::cost_of(shaped);
  std::vector<float> x = image();
  const auto float_file = folder / "fp32.onnx", int8_file = folder / "int8.onnx";
  onnx::write_onnx(float_file, net);
  onnx::write_onnx(int8_file, quantised(net, folder / "calibration.onnx", x));
  const auto ort = deploy::open_onnxruntime(float_file), ort8 = deploy::open_onnxruntime(int8_file);
  const auto own = deploy::open_onednn(float_file), own8 = deploy::open_onednn(int8_file);
  Bare bare(float_file), bare8(int8_file);
  fmt::print("{} {} and {} {}, {}; {:.1f} M parameters, {:.2f} GMAC, {} rounds\n", own->describe().engine,
             own->describe().engine_version, ort->describe().engine, ort->describe().engine_version,
             deploy::onednn_instructions(), cost.parameters / 1e6, cost.macs / 1e9, rounds);
  fmt::print("{:44} {:>8} {:>8}   {:22} {:7} {}\n", "one thread, CPU time", "ms", "against", "ratio (90 %)", "of least",
             "wanted");
  compare("fp32: oneDNN against ONNX Runtime", runs(*own, x), runs(*ort, x), rounds, 3, "≤ 1.1");
  compare("int8: oneDNN against ONNX Runtime", runs(*own8, x), runs(*ort8, x), rounds, 10, "≤ 1.0");
  if (deploy::has_native_bf16()) {
    const auto bf16 = deploy::open_onednn(float_file, {.precision = deploy::Precision::kBf16});
    compare("oneDNN: fp32 against bf16", runs(*own, x), runs(*bf16, x), rounds, 3, "≥ 1.8");
  }
  compare("oneDNN: fp32 against int8", runs(*own, x), runs(*own8, x), rounds, 3, "");
  compare(
      "fp32: our executor against ONNX Runtime bare", runs(*ort, x), [&] { bare.run(x); }, rounds, 3, "< 1.03");
  compare(
      "int8: our executor against ONNX Runtime bare", runs(*ort8, x), [&] { bare8.run(x); }, rounds, 10, "< 1.03");
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(3, std::atoi(argv[1])) : 31;
  std::string name = (std::filesystem::temp_directory_path() / "cradle-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 1;
  int result = 0;
  try {
    bench(rounds, name);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    result = 1;
  }
  std::filesystem::remove_all(name);
  return result;
}
