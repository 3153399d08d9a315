// How long a model of 50 MB takes to load, beside the floor: its bytes off the disk cache, and protobuf's own parsing.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <unistd.h>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>

#include "cradle/base/file.h"
#include "cradle/base/statistics.h"
#include "cradle/base/text.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace {

using namespace cradle;

/// CPU seconds: on a busy machine the wall clock tells of others.
double seconds_of(const std::function<void()>& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int, char** argv) {
  // As cradle starts its worker (measure/job.cc); CRADLE_PLAIN_PAGES=1 shows what it is without.
  if (!std::getenv("GLIBC_TUNABLES") && !std::getenv("CRADLE_PLAIN_PAGES")) {
    ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
    ::execv("/proc/self/exe", argv);
  }
  constexpr double kWidth = 12.7;  // of resnet-small: 12.5 million weights
  constexpr int kRounds = 21;
  const auto file = std::filesystem::temp_directory_path() / fmt::format("cradle_graph_bench_{}.onnx", ::getpid());
  cradle::onnx::write_onnx(file, graph::build_architecture("resnet-small", kWidth, 10, 1));
  const double first_s = seconds_of([&] { cradle::onnx::read_onnx(file); });  // later ones find memory at hand
  std::vector<double> bare, parsed, loaded, costed, ratios;
  for (int i = 0; i < kRounds; ++i) {  // in turn, so that a busy machine is nobody's advantage
    std::string bytes;
    bare.push_back(seconds_of([&] { bytes = base::read_file(file); }));
    parsed.push_back(seconds_of([&] {
      ::onnx::ModelProto model;
      model.ParseFromString(bytes);
    }));
    graph::Graph graph;
    loaded.push_back(seconds_of([&] { graph = cradle::onnx::read_onnx(file); }));
    costed.push_back(seconds_of([&] { graph::infer_shapes(graph); }));
    ratios.push_back(loaded.back() / (bare.back() + parsed.back()));
  }
  const auto shown = [](const std::vector<double>& values) {
    const base::Interval i = base::summary_of(values);
    return fmt::format("{} ({} to {})", base::format_seconds(i.value), base::format_seconds(i.low),
                       base::format_seconds(i.high));
  };
  const base::Interval ratio = base::summary_of(ratios);
  fmt::print("a model of {}, {} rounds: CPU time, medians, P5 to P95\n",
             base::format_bytes(std::filesystem::file_size(file)), kRounds);
  fmt::print("  bytes off the disk cache   {}\n  protobuf's parsing          {}\n", shown(bare), shown(parsed));
  fmt::print("  cradle reads the graph      {}, {:.2f} times both ({:.2f} to {:.2f}); wanted under 200 ms\n",
             shown(loaded), ratio.value, ratio.low, ratio.high);
  fmt::print("  and infers its shapes       {}\n", shown(costed));
  fmt::print("  the first time in a process {}\n", base::format_seconds(first_s));
  std::filesystem::remove(file);
  return 0;
}
