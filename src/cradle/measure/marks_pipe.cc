// A pipe, opened so that neither side can harm the other.
#include "cradle/measure/marks_pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::measure {
namespace {

constexpr int kRoom = 1 << 20;  // bytes in flight: what /proc/sys/fs/pipe-max-size lets everybody have
constexpr std::size_t kLongestLine = 4096;
constexpr int kFirstFree = 3;  // after the standard streams

}  // namespace

RawMark parse_mark(const std::string& line) {
  std::string_view text = base::trim(line);
  RawMark mark;
  if (text.starts_with('@')) {
    char* end = nullptr;
    const std::string copy(text.substr(1));
    const double t = std::strtod(copy.c_str(), &end);
    if (end != copy.c_str() && *end == ' ') {
      mark.boot_s = t;
      text = base::trim(text.substr(1 + static_cast<std::size_t>(end - copy.c_str())));
    }
  }
  mark.name = std::string(text);
  return mark;
}

void take_lines(std::string& text, std::vector<RawMark>& marks) {
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    RawMark mark = parse_mark(text.substr(begin, std::min(end - begin, kLongestLine)));
    if (!mark.name.empty()) marks.push_back(std::move(mark));
  }
  text.erase(0, begin);
  if (text.size() > kLongestLine) text.resize(kLongestLine);
}

MarksPipe::MarksPipe() {
  // A place-holder keeps the lowest free number for the child, before cradle opens anything else.
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  child_number_ = null < 0 ? -1 : ::fcntl(null, F_DUPFD_CLOEXEC, kFirstFree);
  if (null >= 0 && null >= kFirstFree && null < child_number_) {
    ::close(child_number_);
    child_number_ = null;
  } else if (null >= 0) {
    ::close(null);
  }
  int ends[2];
  if (child_number_ < 0 || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    base::fail("no pipe for marks: {}", std::strerror(errno));
  read_end_ = ends[0];
  ::fcntl(read_end_, F_SETPIPE_SZ, kRoom);
  child_end_ = ::open(fmt::format("/proc/self/fd/{}", read_end_).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (child_end_ < 0) child_end_ = ::dup(ends[1]);  // no /proc: an ordinary writing end
  ::close(ends[1]);
}

MarksPipe::~MarksPipe() {
  for (const int fd : {read_end_, child_end_, child_number_})
    if (fd >= 0) ::close(fd);
}

unsigned long long MarksPipe::inode() const {
  struct stat at {};
  return ::fstat(child_end_, &at) == 0 ? at.st_ino : 0;
}

std::vector<RawMark> MarksPipe::take() {
  std::vector<RawMark> marks;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(read_end_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return marks;
    rest_.append(buffer, static_cast<std::size_t>(n));
    take_lines(rest_, marks);
  }
}

}  // namespace cradle::measure
