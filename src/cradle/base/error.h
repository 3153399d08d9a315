// The one exception of the program: "cannot go on". Absence is a value, a bug is an assert.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace cradle::base {

/// What the caller of the program did to meet the error; chooses the exit code.
enum class Fault {
  kFailed,  ///< exit 1: something could not be done
  kUsage,   ///< exit 2: the command line, or a value on it, is wrong
};

/// Thrown when the command cannot go on; caught once, in each program's main.
/// The message is a whole sentence: what happened, where (file:line), what was expected, what to try.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Fault fault = Fault::kFailed)
      : std::runtime_error(message), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// Throws Error with a formatted message (exit 1).
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Error with a formatted message (exit 2: wrong usage).
template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...), Fault::kUsage);
}

/// What `work` returns; an Error of it names `what` (a file) first.
template <class Work>
auto about(std::string_view what, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", what, error.what()), error.fault());
  }
}

}  // namespace cradle::base
