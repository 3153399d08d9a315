// ONNX Runtime behind the Executor interface; the only file that includes its headers.
#include "cradle/deploy/onnxruntime_executor.h"

#define ORT_API_MANUAL_INIT  // so that a library older than its header is an error message and not a crash
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/deploy/temporary_folder.h"

namespace cradle::deploy {
namespace {

constexpr std::string_view kEngine = "ONNX Runtime";

/// Connects the C++ API to the library once.
void connect_api() {
  static const bool connected = [] {
    const OrtApi* api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (api == nullptr) {
      base::fail(
          "{} {} is older than the header this program was built with (API {}); install a library of at least "
          "version 1.{}",
          kEngine, OrtGetApiBase()->GetVersionString(), ORT_API_VERSION, ORT_API_VERSION);
    }
    Ort::InitApi(api);
    return true;
  }();
  static_cast<void>(connected);
}

Ort::SessionOptions session_options(const ExecutorOptions& options) {
  Ort::SessionOptions session;
  session.SetIntraOpNumThreads(options.threads);
  session.SetInterOpNumThreads(1);
  session.SetExecutionMode(ORT_SEQUENTIAL);
  session.SetGraphOptimizationLevel(options.optimise ? ORT_ENABLE_ALL : ORT_DISABLE_ALL);
  session.AddConfigEntry("session.intra_op.allow_spinning", "0");
  session.AddConfigEntry("session.inter_op.allow_spinning", "0");
  return session;
}

/// Numbers of any of ONNX's plain types as floats.
template <class T>
void convert(const Ort::Value& value, std::vector<float>& into) {
  const T* from = value.GetTensorData<T>();
  std::transform(from, from + into.size(), into.begin(), [](T x) { return static_cast<float>(x); });
}

class OnnxRuntimeExecutor final : public Executor {
 public:
  OnnxRuntimeExecutor(const std::filesystem::path& model, Ort::SessionOptions options);
  const Description& describe() const override { return description_; }
  std::span<const TensorView> run(std::span<const TensorView> inputs) override;

  /// Ends a profile that the session options asked for; the name of its file.
  std::filesystem::path end_profile() {
    Ort::AllocatorWithDefaultOptions allocator;
    return session_.EndProfilingAllocated(allocator).get();
  }

 private:
  void describe_ports();
  Port port_of(const Ort::TypeInfo& info, std::string name, bool is_input);
  void view_output(std::size_t index);
  [[noreturn]] void fail_with(const Ort::Exception& error, std::string_view doing) const {
    base::fail("{}: {} cannot {} this model: {}", description_.model, kEngine, doing, error.what());
  }

  Description description_;
  Ort::Env environment_{ORT_LOGGING_LEVEL_FATAL, "cradle"};  // faults reach us as exceptions, so nothing is printed
  Ort::Session session_{nullptr};
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  std::vector<const char*> input_names_, output_names_;
  std::vector<Ort::Value> inputs_, outputs_;
  // Views of the last run: their shapes, and values that had to be converted.
  std::vector<std::vector<std::int64_t>> shapes_;
  std::vector<std::vector<float>> converted_;
  std::vector<TensorView> views_;
};

OnnxRuntimeExecutor::OnnxRuntimeExecutor(const std::filesystem::path& model, Ort::SessionOptions options) {
  description_ = {std::string(kEngine), OrtGetApiBase()->GetVersionString(), model.string(), {}, {}, {}};
  if (!std::filesystem::is_regular_file(model)) base::fail("cannot open {}: there is no such file", model.string());
  try {
    session_ = Ort::Session(environment_, model.c_str(), options);
    describe_ports();
  } catch (const Ort::Exception& error) {
    fail_with(error, "load");
  }
}

void OnnxRuntimeExecutor::describe_ports() {
  Ort::AllocatorWithDefaultOptions allocator;
  for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
    description_.inputs.push_back(
        port_of(session_.GetInputTypeInfo(i), session_.GetInputNameAllocated(i, allocator).get(), true));
  }
  for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
    description_.outputs.push_back(
        port_of(session_.GetOutputTypeInfo(i), session_.GetOutputNameAllocated(i, allocator).get(), false));
  }
  const Ort::ModelMetadata metadata = session_.GetModelMetadata();
  for (const auto& key : metadata.GetCustomMetadataMapKeysAllocated(allocator))
    if (const auto value = metadata.LookupCustomMetadataMapAllocated(key.get(), allocator))
      description_.metadata[key.get()] = value.get();
  // Only now, when the vectors no longer move, can their strings be pointed at.
  for (const Port& port : description_.inputs) input_names_.push_back(port.name.c_str());
  for (const Port& port : description_.outputs) output_names_.push_back(port.name.c_str());
  for (std::size_t i = 0; i < input_names_.size(); ++i) inputs_.emplace_back(nullptr);
  shapes_.resize(output_names_.size());
  converted_.resize(output_names_.size());
  views_.resize(output_names_.size());
}

Port OnnxRuntimeExecutor::port_of(const Ort::TypeInfo& info, std::string name, bool is_input) {
  if (info.GetONNXType() != ONNX_TYPE_TENSOR) {
    base::fail("{}: {} '{}' is not a tensor (a sequence, a map or an optional); cradle runs models of tensors only",
               description_.model, is_input ? "input" : "output", name);
  }
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  if (is_input && tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    base::fail("{}: input '{}' is not of 32-bit floats (ONNX type {}); cradle feeds 32-bit floats", description_.model,
               name, static_cast<int>(tensor.GetElementType()));
  }
  return {std::move(name), tensor.GetShape()};
}

std::span<const TensorView> OnnxRuntimeExecutor::run(std::span<const TensorView> inputs) {
  check_inputs(description_, inputs);
  try {
    for (const TensorView& input : inputs) {
      // ONNX Runtime takes a pointer to non-const and leaves inputs as they are.
      inputs_[port_named(description_, input.name, "input")] =
          Ort::Value::CreateTensor<float>(memory_, const_cast<float*>(input.values.data()), input.values.size(),
                                          input.shape.data(), input.shape.size());
    }
    outputs_ = session_.Run(Ort::RunOptions{nullptr}, input_names_.data(), inputs_.data(), inputs_.size(),
                            output_names_.data(), output_names_.size());
    for (std::size_t i = 0; i < outputs_.size(); ++i) view_output(i);
  } catch (const Ort::Exception& error) {
    fail_with(error, "run");
  }
  return views_;
}

void OnnxRuntimeExecutor::view_output(std::size_t index) {
  const Ort::Value& value = outputs_[index];
  const auto info = value.GetTensorTypeAndShapeInfo();
  const std::size_t count = info.GetElementCount();
  shapes_[index] = info.GetShape();
  views_[index] = {description_.outputs[index].name, shapes_[index], {}};
  if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    views_[index].values = {value.GetTensorData<float>(), count};
    return;
  }
  std::vector<float>& floats = converted_[index];
  floats.resize(count);
  switch (info.GetElementType()) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE: convert<double>(value, floats); break;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: convert<std::int64_t>(value, floats); break;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: convert<std::int32_t>(value, floats); break;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8: convert<std::int8_t>(value, floats); break;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8: convert<std::uint8_t>(value, floats); break;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: convert<bool>(value, floats); break;
    default:
      base::fail("{}: output '{}' has ONNX type {}, which cradle does not read as numbers", description_.model,
                 description_.outputs[index].name, static_cast<int>(info.GetElementType()));
  }
  views_[index].values = floats;
}

/// "float" of [{"float":[1,3,8,8]}, …].
std::string first_type(const base::Json& types) {
  if (!types.is_array() || types.empty() || !types[0].is_object() || types[0].empty()) return "";
  return types[0].begin().key();
}

/// The node events of ONNX Runtime's profile (Chrome's trace format) that belong to the last inference.
std::vector<KernelRun> runs_in_profile(const base::Json& events) {
  constexpr std::string_view kEnding = "_kernel_time";
  double last_run_begins = 0;
  for (const base::Json& event : events) {
    if (event.value("name", "") == "model_run") last_run_begins = std::max(last_run_begins, event.value("ts", 0.0));
  }
  std::vector<KernelRun> runs;
  for (const base::Json& event : events) {
    std::string name = event.value("name", "");
    if (event.value("cat", "") != "Node" || !name.ends_with(kEnding) || !event.contains("args")) continue;
    if (event.value("ts", 0.0) < last_run_begins) continue;
    name.resize(name.size() - kEnding.size());
    const base::Json& args = event["args"];
    runs.push_back({std::move(name), args.value("op_name", "?"),
                    first_type(args.value("output_type_shape", base::Json::array())), event.value("dur", 0.0)});
  }
  return runs;
}

}  // namespace

std::unique_ptr<Executor> open_onnxruntime(const std::filesystem::path& model, const ExecutorOptions& options) {
  connect_api();
  return std::make_unique<OnnxRuntimeExecutor>(model, session_options(options));
}

std::vector<KernelRun> kernel_runs_of(const std::filesystem::path& model, const ExecutorOptions& options,
                                      std::span<const TensorView> inputs) {
  connect_api();
  const TemporaryFolder folder;
  Ort::SessionOptions session = session_options(options);
  session.EnableProfiling((folder.path / "profile").c_str());
  OnnxRuntimeExecutor executor(model, std::move(session));
  // The first inference allocates; the third shows the kernels as they run from then on.
  for (int i = 0; i < 3; ++i) executor.run(inputs);
  return runs_in_profile(base::read_json(executor.end_profile()));
}

std::map<std::string, KernelUse> kernels_of(const std::filesystem::path& model, const ExecutorOptions& options,
                                            std::span<const TensorView> inputs) {
  std::map<std::string, KernelUse> uses;
  for (const KernelRun& run : kernel_runs_of(model, options, inputs)) {
    KernelUse& use = uses[run.op];
    ++use.nodes;
    use.microseconds += run.microseconds;
  }
  return uses;
}

}  // namespace cradle::deploy
