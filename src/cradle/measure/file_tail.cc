// inotify and pread.
#include "cradle/measure/file_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "cradle/base/error.h"

namespace cradle::measure {
namespace {

constexpr double kApart_s = 0.01;

}  // namespace

FileTail::FileTail(int fd) {
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  struct stat at {};
  if (::fstat(fd, &at) != 0 || !S_ISREG(at.st_mode)) base::fail("descriptor {} is not a regular file", fd);
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // a description of its own: nobody's offset moves
  watch_ = file_ < 0 ? -1 : ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch_ < 0 || ::inotify_add_watch(watch_, path.c_str(), IN_MODIFY) < 0) {
    const int reason = errno;
    for (const int open : {file_, watch_})
      if (open >= 0) ::close(open);
    base::fail("cannot follow the file of standard output: {}", std::strerror(reason));
  }
  const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
  at_ = appends ? at.st_size : std::max<long long>(0, ::lseek(fd, 0, SEEK_CUR));
}

FileTail::~FileTail() {
  ::close(file_);
  ::close(watch_);
}

int FileTail::descriptor() const { return put_off_ ? -1 : watch_; }

double FileTail::due_s() const { return put_off_ ? last_s_ + kApart_s : std::numeric_limits<double>::infinity(); }

void FileTail::read(double now_s, const std::function<void(std::string_view)>& sink) {
  char buffer[1 << 12];
  while (::read(watch_, buffer, sizeof buffer) > 0) put_off_ = true;
  if (!put_off_ || now_s < last_s_ + kApart_s) return;
  last_s_ = now_s;
  read_rest(sink);
}

void FileTail::read_rest(const std::function<void(std::string_view)>& sink) {
  put_off_ = false;
  char buffer[1 << 14];
  struct stat at {};
  if (::fstat(file_, &at) != 0) return;
  if (at.st_size < at_) at_ = 0;  // somebody emptied it
  while (at_ < at.st_size) {
    const auto wanted = static_cast<std::size_t>(std::min<long long>(sizeof buffer, at.st_size - at_));
    const ssize_t n = ::pread(file_, buffer, wanted, at_);
    if (n <= 0) return;
    at_ += n;
    sink({buffer, static_cast<std::size_t>(n)});
  }
}

}  // namespace cradle::measure
