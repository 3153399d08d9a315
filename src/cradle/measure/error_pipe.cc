// One pipe, read without waiting.
#include "cradle/measure/error_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cradle/base/error.h"

namespace cradle::measure {

ErrorPipe::ErrorPipe(std::function<void(std::string_view)> taker) : taker_(std::move(taker)) {
  int ends[2];
  if (!taker_) return;
  if (::pipe2(ends, O_CLOEXEC) != 0) base::fail("no pipe for standard error: {}", std::strerror(errno));
  read_end_ = ends[0];
  write_end_ = ends[1];
  ::fcntl(read_end_, F_SETFL, O_NONBLOCK);
}

ErrorPipe::~ErrorPipe() {
  close_write_end();
  if (read_end_ >= 0) ::close(read_end_);
}

void ErrorPipe::close_write_end() {
  if (write_end_ >= 0) ::close(std::exchange(write_end_, -1));
}

void ErrorPipe::take() {
  char buffer[1 << 14];
  while (read_end_ >= 0) {
    const ssize_t n = ::read(read_end_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) ::close(std::exchange(read_end_, -1));  // nobody writes any more
    if (n <= 0) return;
    taker_({buffer, static_cast<std::size_t>(n)});
  }
}

}  // namespace cradle::measure
