// Runs steps; before that, finds a place in one block of memory for everything that lives only for a while.
#include "cradle/deploy/onednn_program.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstring>
#include <new>

namespace cradle::deploy::onednn {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the width of AVX-512

std::size_t rounded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

bool is_result(int argument) {
  return argument == DNNL_ARG_DST || argument == DNNL_ARG_SCRATCHPAD ||
         (argument >= DNNL_ARG_MULTIPLE_DST && argument < DNNL_ARG_MULTIPLE_DST + 1024);
}

/// A temporary buffer's life, in steps, and the place that was found for it.
struct Life {
  std::size_t buffer = 0, bytes = 0, first = 0, last = 0, offset = 0;
};

/// Largest first, each at the lowest place that nobody needs while it lives (Pisarchyk and Lee 2020, "Efficient memory
/// management for deep neural net inference", greedy by size). Returns the bytes of the whole.
std::size_t place_all(std::vector<Life>& lives) {
  std::ranges::stable_sort(lives, [](const Life& a, const Life& b) { return a.bytes > b.bytes; });
  std::size_t whole = 0;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    std::vector<const Life*> neighbours;
    for (std::size_t k = 0; k < i; ++k)
      if (lives[k].first <= lives[i].last && lives[i].first <= lives[k].last) neighbours.push_back(&lives[k]);
    std::ranges::sort(neighbours, {}, &Life::offset);
    std::size_t at = 0;
    for (const Life* other : neighbours) {
      if (at + lives[i].bytes <= other->offset) break;
      at = std::max(at, other->offset + other->bytes);
    }
    lives[i].offset = at;
    whole = std::max(whole, at + lives[i].bytes);
  }
  return whole;
}

}  // namespace

Storage allocate(std::size_t bytes) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, std::max(rounded(bytes), kAlignment)));
  if (memory == nullptr) throw std::bad_alloc();
  return Storage(memory);
}

Operand Program::buffer(Kind kind, const dnnl::memory::desc& desc) {
  buffers_.push_back({kind, desc.get_size(), nullptr, nullptr});
  return {static_cast<int>(buffers_.size()) - 1, desc};
}

Operand Program::temporary(const dnnl::memory::desc& desc) { return buffer(Kind::kTemporary, desc); }
Operand Program::input(const dnnl::memory::desc& desc) { return buffer(Kind::kInput, desc); }

Operand Program::output(const dnnl::memory::desc& desc) {
  Operand operand = buffer(Kind::kOutput, desc);
  Buffer& made = buffers_.back();
  made.storage = allocate(made.bytes);
  made.base = made.storage.get();
  return operand;
}

void Program::keep(const Operand& temporary) {
  Buffer& kept = buffers_[index(temporary)];
  kept.kind = Kind::kOutput;
  kept.storage = allocate(kept.bytes);
  kept.base = kept.storage.get();
}

Operand Program::constant(const dnnl::memory::desc& desc, const void* bytes) {
  Operand operand = buffer(Kind::kConstant, desc);
  Buffer& made = buffers_.back();
  made.storage = allocate(made.bytes);
  made.base = made.storage.get();
  std::memcpy(made.base, bytes, made.bytes);
  return operand;
}

void Program::add(Step step) {
  const bool folded = std::ranges::all_of(step.arguments, [this](const Argument& argument) {
    return is_result(argument.index) || is_constant(argument.operand);
  });
  if (!folded) {
    steps_.push_back(std::move(step));
    return;
  }
  for (const Argument& argument : step.arguments) {
    Buffer& result = buffers_[index(argument.operand)];
    if (!is_result(argument.index) || result.storage) continue;
    result.kind = Kind::kConstant;
    result.storage = allocate(result.bytes);
    result.base = result.storage.get();
  }
  Bound bound = bind(std::move(step));
  execute(bound);
}

void Program::lay_out() {
  std::vector<Life> lives(buffers_.size());
  std::vector<bool> used(buffers_.size(), false);
  for (std::size_t i = 0; i < steps_.size(); ++i)
    for (const Argument& argument : steps_[i].arguments) {
      const std::size_t at = index(argument.operand);
      if (!used[at]) lives[at] = {at, rounded(buffers_[at].bytes), i, i, 0};
      lives[at].last = i;
      used[at] = true;
    }
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i].kind == Kind::kConstant && !used[i]) buffers_[i].storage.reset();
  std::erase_if(lives, [&](const Life& life) {
    return life.bytes == 0 || buffers_[life.buffer].kind != Kind::kTemporary || !used[life.buffer];
  });
  arena_bytes_ = place_all(lives);
  arena_ = allocate(arena_bytes_);
  for (const Life& life : lives) buffers_[life.buffer].base = arena_.get() + life.offset;
}

Program::Bound Program::bind(Step step) {
  Bound bound{std::move(step.primitive), std::move(step.loops), {}, {}, {}, {}};
  bound.memories.reserve(step.arguments.size());
  for (const Argument& argument : step.arguments) {
    Buffer& from = buffers_[index(argument.operand)];
    assert(from.base != nullptr || from.kind == Kind::kInput || from.bytes == 0);
    bound.buffers.push_back(index(argument.operand));
    bound.pointers.push_back(from.base);
    if (!bound.primitive) continue;
    bound.memories.emplace_back(argument.operand.desc, engine_, from.base);
    bound.arguments.push_back({argument.index, bound.memories.back().get()});
  }
  return bound;
}

void Program::finish() {
  lay_out();
  for (Step& step : steps_) {
    notes_.push_back(step.note);
    bound_.push_back(bind(std::move(step)));
  }
  steps_.clear();
}

void Program::set_input(const Operand& input, const void* values) {
  // oneDNN takes pointers to non-const and leaves sources as they are.
  auto* base = const_cast<std::byte*>(static_cast<const std::byte*>(values));
  Buffer& buffer = buffers_[index(input)];
  if (buffer.base == base) return;
  buffer.base = base;
  for (Bound& bound : bound_)
    for (std::size_t i = 0; i < bound.buffers.size(); ++i) {
      if (bound.buffers[i] != index(input)) continue;
      bound.pointers[i] = base;
      if (!bound.memories.empty()) bound.memories[i].set_data_handle(base);
    }
}

void Program::execute(Bound& bound) {
  if (bound.primitive)
    // The C function, because the C++ one copies its arguments from a map at each call.
    dnnl::error::wrap_c_api(dnnl_primitive_execute(bound.primitive.get(), stream_.get(),
                                                   static_cast<int>(bound.arguments.size()), bound.arguments.data()),
                            "a primitive could not run");
  else
    bound.loops(bound.pointers);
}

void Program::run() {
  for (Bound& bound : bound_) execute(bound);
  stream_.wait();
}

std::vector<double> Program::run_timed() {
  std::vector<double> seconds;
  for (Bound& bound : bound_) {
    const auto begin = std::chrono::steady_clock::now();
    execute(bound);
    stream_.wait();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return seconds;
}

}  // namespace cradle::deploy::onednn
