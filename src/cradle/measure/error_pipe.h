// A pipe in place of the command's standard error, when somebody wants to see it.
#pragma once

#include <functional>
#include <string_view>

namespace cradle::measure {

class ErrorPipe {
 public:
  /// Without a taker there is no pipe. Throws Error if it cannot be made.
  explicit ErrorPipe(std::function<void(std::string_view)> taker);
  ~ErrorPipe();
  ErrorPipe(const ErrorPipe&) = delete;
  ErrorPipe& operator=(const ErrorPipe&) = delete;

  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }
  void close_write_end();
  /// Hands over what has arrived; does not wait.
  void take();

 private:
  std::function<void(std::string_view)> taker_;
  int read_end_ = -1, write_end_ = -1;
};

}  // namespace cradle::measure
