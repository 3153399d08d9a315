// Compiles a graph per input shape and runs it.
#include "cradle/deploy/onednn_executor.h"

#include <omp.h>

#include <algorithm>
#include <list>
#include <optional>

#include "cradle/base/error.h"
#include "cradle/deploy/onednn_builder.h"
#include "cradle/deploy/onednn_lower.h"
#include "cradle/deploy/onednn_rewrite.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy {
namespace {

constexpr std::size_t kKeptShapes = 4;

std::string library_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

using Shapes = std::vector<graph::Shape>;  // of the inputs, in the model's order

/// A model compiled for one set of shapes.
struct Compiled {
  Shapes shapes;
  onednn::Program program;
  std::vector<onednn::Operand> inputs;
  std::vector<onednn::Place> outputs;
};

class OneDnnExecutor final : public Executor {
 public:
  OneDnnExecutor(const std::filesystem::path& model, const OneDnnOptions& options);
  const Description& describe() const override { return description_; }
  std::span<const TensorView> run(std::span<const TensorView> inputs) override;
  std::vector<CompiledStep> steps(std::span<const TensorView> inputs);

 private:
  graph::Graph read() const;
  void describe_ports(const graph::Graph& graph);
  Compiled& compiled_for(std::span<const TensorView> inputs);
  Compiled& compile(graph::Graph graph, Shapes shapes);
  Compiled& feed(std::span<const TensorView> inputs);

  Description description_;
  OneDnnOptions options_;
  std::optional<graph::Graph> graph_;  // until it is first compiled; weights shall not lie in memory twice
  std::list<Compiled> kept_;           // the last used first
  std::vector<TensorView> views_;
};

OneDnnExecutor::OneDnnExecutor(const std::filesystem::path& model, const OneDnnOptions& options) : options_(options) {
  description_ = {"oneDNN", library_version(), model.string(), {}, {}, {}};
  if (!std::filesystem::is_regular_file(model)) base::fail("cannot open {}: there is no such file", model.string());
  if (options.precision == Precision::kBf16 && !has_native_bf16())
    base::fail("{}: this processor has no instructions for bf16 (oneDNN uses {}); measure it in fp32 or int8",
               model.string(), onednn_instructions());
  omp_set_num_threads(options.threads);
  graph_ = read();
  description_.metadata = graph_->metadata;
  describe_ports(*graph_);
  Shapes shapes;
  for (const Port& input : description_.inputs) shapes.push_back(input.shape);
  const bool fixed = std::ranges::all_of(shapes, [](const graph::Shape& shape) {
    return std::ranges::all_of(shape, [](std::int64_t extent) { return extent > 0; });
  });
  if (fixed) {
    compile(*std::move(graph_), shapes);
    graph_.reset();
  }
}

graph::Graph OneDnnExecutor::read() const {
  graph::Graph graph = onnx::read_onnx(description_.model);
  return base::about(description_.model, [&] {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const graph::Node& node = graph.nodes[i];
      const bool known = node.op == "Constant" || node.op == "Shape" || onednn::lowering_of(node.op) != nullptr;
      if (!known || !node.domain.empty())
        base::fail("{}: the oneDNN engine does not run the operator '{}'{}; try the engine onnxruntime",
                   graph::describe(graph, i), node.op, node.domain.empty() ? "" : " of domain '" + node.domain + "'");
      if (options_.precision == Precision::kBf16 && node.op == "QuantizeLinear")
        base::fail("the model is quantised ({}); bf16 is for models in fp32", graph::describe(graph, i));
    }
    graph::simplify(graph);
    return std::move(graph);
  });
}

void OneDnnExecutor::describe_ports(const graph::Graph& graph) {
  for (const graph::Value& input : graph.inputs) {
    if (input.type != graph::Type::kF32)
      base::fail("{}: input '{}' is not of 32-bit floats ({}); cradle feeds 32-bit floats", description_.model,
                 input.name, graph::name_of(input.type));
    description_.inputs.push_back({input.name, input.shape});
  }
  for (const graph::Value& output : graph.outputs) description_.outputs.push_back({output.name, output.shape});
  description_.metadata = graph.metadata;
  views_.resize(graph.outputs.size());
}

Compiled& OneDnnExecutor::compile(graph::Graph graph, Shapes shapes) {
  Compiled& made = kept_.emplace_front();
  try {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      graph.inputs[i].shape = shapes[i];
      graph.inputs[i].ranked = true;
    }
    const graph::KnownIntegers integers = graph::infer_shapes(graph);
    for (const auto& [name, value] : graph.values)
      if (graph::elements_of(value.shape) == 0 && !value.shape.empty() && !graph.initializers.contains(name))
        base::fail("the value '{}' has the shape {}, which holds nothing", name, graph::text_of(value.shape));
    onednn::rewrite(graph);
    const auto real = options_.precision == Precision::kBf16 ? onednn::Type::bf16 : onednn::Type::f32;
    onednn::Builder builder(graph, integers, made.program, real);
    builder.build();
    made.program.finish();
    for (const Port& input : description_.inputs) made.inputs.push_back(builder.inputs().at(input.name));
    made.outputs = builder.outputs();
  } catch (const std::exception& error) {
    kept_.pop_front();
    base::fail("{}: {}", description_.model, error.what());
  }
  made.shapes = std::move(shapes);
  if (kept_.size() > kKeptShapes) kept_.pop_back();
  return made;
}

Compiled& OneDnnExecutor::compiled_for(std::span<const TensorView> inputs) {
  Shapes shapes(description_.inputs.size());
  for (const TensorView& input : inputs)
    shapes[port_named(description_, input.name, "input")].assign(input.shape.begin(), input.shape.end());
  const auto found = std::ranges::find(kept_, shapes, &Compiled::shapes);
  if (found == kept_.end()) {
    graph::Graph graph = graph_ ? *std::move(graph_) : read();
    graph_.reset();
    return compile(std::move(graph), std::move(shapes));
  }
  kept_.splice(kept_.begin(), kept_, found);
  return kept_.front();
}

Compiled& OneDnnExecutor::feed(std::span<const TensorView> inputs) {
  check_inputs(description_, inputs);
  omp_set_num_threads(options_.threads);  // another executor of this process may have asked for others
  Compiled& compiled = compiled_for(inputs);
  for (const TensorView& input : inputs)
    compiled.program.set_input(compiled.inputs[port_named(description_, input.name, "input")], input.values.data());
  return compiled;
}

std::span<const TensorView> OneDnnExecutor::run(std::span<const TensorView> inputs) {
  Compiled& compiled = feed(inputs);
  try {
    compiled.program.run();
  } catch (const dnnl::error& error) {
    base::fail("{}: oneDNN cannot run this model: {}", description_.model, error.what());
  }
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const onednn::Place& place = compiled.outputs[i];
    const auto* values = reinterpret_cast<const float*>(compiled.program.data(place.operand));
    views_[i] = {
        description_.outputs[i].name, place.shape, {values, static_cast<std::size_t>(graph::elements_of(place.shape))}};
  }
  return views_;
}

std::vector<CompiledStep> OneDnnExecutor::steps(std::span<const TensorView> inputs) {
  Compiled& compiled = feed(inputs);
  for (int i = 0; i < 2; ++i) compiled.program.run();
  const std::vector<double> seconds = compiled.program.run_timed();
  std::vector<CompiledStep> steps;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const onednn::StepNote& note = compiled.program.notes()[i];
    steps.push_back({note.nodes, note.work, note.precision, note.kernel, seconds[i] * 1e6});
  }
  return steps;
}

}  // namespace

std::unique_ptr<Executor> open_onednn(const std::filesystem::path& model, const OneDnnOptions& options) {
  return std::make_unique<OneDnnExecutor>(model, options);
}

std::vector<CompiledStep> onednn_steps(const std::filesystem::path& model, const OneDnnOptions& options,
                                       std::span<const TensorView> inputs) {
  return OneDnnExecutor(model, options).steps(inputs);
}

std::vector<std::string> onednn_operators() { return onednn::lowered_operators(); }

std::string onednn_instructions() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: return "SSE4.1";
    case dnnl::cpu_isa::avx: return "AVX";
    case dnnl::cpu_isa::avx2: return "AVX2";
    case dnnl::cpu_isa::avx2_vnni: return "AVX2 with VNNI";
    case dnnl::cpu_isa::avx512_core: return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni: return "AVX-512 with VNNI";
    case dnnl::cpu_isa::avx512_core_bf16: return "AVX-512 with VNNI and BF16";
    case dnnl::cpu_isa::avx512_core_amx: return "AMX";
    default: return "the processor's common instructions";
  }
}

bool has_native_bf16() {
  const auto isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

bool has_native_int8() {
  const auto isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx2_vnni || isa == dnnl::cpu_isa::avx512_core_vnni || has_native_bf16();
}

}  // namespace cradle::deploy
