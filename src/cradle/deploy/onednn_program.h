// A compiled model: steps in order over memory that is laid out once.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <string>
#include <vector>

namespace cradle::deploy::onednn {

/// What one step of a compiled model does: for tables and for who asks what really ran.
struct StepNote {
  std::vector<std::string> nodes;  ///< "Conv 'stem'", in the order of the graph
  std::string work;                ///< "Conv+Relu", "to int8"
  std::string precision;           ///< "fp32", "bf16", "int8": in what it computes
  std::string kernel;              ///< oneDNN's name of its implementation, or "loops"
};

/// A description of values that lie in one of a program's buffers.
struct Operand {
  int buffer = -1;
  dnnl::memory::desc desc;
};

/// An argument of a step by oneDNN's numbers; results are DNNL_ARG_DST, DNNL_ARG_MULTIPLE_DST + i and the scratchpad.
struct Argument {
  int index = 0;
  Operand operand;
};

/// What oneDNN has no primitive for; the pointers come in the order of the step's arguments.
using Loops = std::function<void(std::span<std::byte* const> pointers)>;

struct Step {
  dnnl::primitive primitive;  ///< or, if there is none, loops
  Loops loops;
  std::vector<Argument> arguments;
  StepNote note;
};

/// Memory aligned as oneDNN likes it.
struct Freed {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using Storage = std::unique_ptr<std::byte[], Freed>;
Storage allocate(std::size_t bytes);

/// Built step by step, finished once, run often. A step whose arguments are all constant runs when it is added, and its
/// results are constants: so weights are packed, and constant parts of a graph are folded, before the first run.
class Program {
 public:
  Program() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  const dnnl::engine& engine() const { return engine_; }

  Operand temporary(const dnnl::memory::desc& desc);  ///< shares its memory with others that do not live with it
  Operand constant(const dnnl::memory::desc& desc, const void* bytes);
  Operand input(const dnnl::memory::desc& desc);   ///< memory of the caller; see set_input
  Operand output(const dnnl::memory::desc& desc);  ///< holds until the next run
  void keep(const Operand& temporary);             ///< makes it an output
  bool is_constant(const Operand& operand) const { return buffers_[index(operand)].kind == Kind::kConstant; }
  bool is_temporary(const Operand& operand) const { return buffers_[index(operand)].kind == Kind::kTemporary; }

  void add(Step step);
  /// Lays out the memory; constants that no step needs any more are freed. Nothing may be added after it.
  void finish();

  void set_input(const Operand& input, const void* values);
  const std::byte* data(const Operand& output) const { return buffers_[index(output)].base; }
  void run();
  /// Runs once and gives the seconds of each step.
  std::vector<double> run_timed();

  const std::vector<StepNote>& notes() const { return notes_; }
  std::size_t temporary_bytes() const { return arena_bytes_; }

 private:
  enum class Kind { kTemporary, kConstant, kInput, kOutput };
  struct Buffer {
    Kind kind;
    std::size_t bytes = 0;
    Storage storage;
    std::byte* base = nullptr;
  };
  /// A step with its memory in place.
  struct Bound {
    dnnl::primitive primitive;
    Loops loops;
    std::vector<dnnl_exec_arg_t> arguments;
    std::vector<dnnl::memory> memories;
    std::vector<std::byte*> pointers;
    std::vector<std::size_t> buffers;
  };

  static std::size_t index(const Operand& operand) { return static_cast<std::size_t>(operand.buffer); }
  Operand buffer(Kind kind, const dnnl::memory::desc& desc);
  void lay_out();
  Bound bind(Step step);
  void execute(Bound& bound);

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Buffer> buffers_;
  std::vector<Step> steps_;  // until finish()
  std::vector<Bound> bound_;
  std::vector<StepNote> notes_;
  Storage arena_;
  std::size_t arena_bytes_ = 0;
};

}  // namespace cradle::deploy::onednn
