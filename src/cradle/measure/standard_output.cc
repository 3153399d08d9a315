// A tail, a terminal or a pipe.
#include "cradle/measure/standard_output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/meter/clock.h"

namespace cradle::measure {
namespace {

/// Copies the size of terminal `from`; true if `to` had another.
bool copy_size(int from, int to) {
  winsize wanted{}, now{};
  if (::ioctl(from, TIOCGWINSZ, &wanted) != 0 || ::ioctl(to, TIOCGWINSZ, &now) != 0) return false;
  if (wanted.ws_row == now.ws_row && wanted.ws_col == now.ws_col && wanted.ws_xpixel == now.ws_xpixel &&
      wanted.ws_ypixel == now.ws_ypixel)
    return false;
  return ::ioctl(to, TIOCSWINSZ, &wanted) == 0;
}

void close_once(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

}  // namespace

StandardOutput::StandardOutput(const std::vector<MarkRule>& rules, const MarksPipe& marks) {
  struct stat at {};
  if (rules.empty() || ::fstat(STDOUT_FILENO, &at) != 0) return;
  if (S_ISREG(at.st_mode)) {
    try {
      tail_.emplace(STDOUT_FILENO);
      lines_.emplace(rules);
      return;
    } catch (const base::Error&) {  // written to but not readable for us: through a pipe then
    }
  }
  int in = -1;
  if (::isatty(STDOUT_FILENO)) {
    open_terminal(in);
  } else {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) base::fail("no pipe for standard output: {}", std::strerror(errno));
    in = ends[0];
    child_end_ = ends[1];
  }
  relay_ = std::make_unique<Relay>(rules, in, STDOUT_FILENO, marks.child_end());
  if (terminal_ < 0) ::close(in);
}

StandardOutput::~StandardOutput() {
  close_once(child_end_);
  close_once(terminal_);
}

void StandardOutput::open_terminal(int& in) {
  in = terminal_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal_ >= 0 && ::unlockpt(terminal_) == 0) {
#ifdef TIOCGPTPEER  // without a path: /dev/pts may be another's
    child_end_ = ::ioctl(terminal_, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
#endif
    char name[64];
    if (child_end_ < 0 && ::ptsname_r(terminal_, name, sizeof name) == 0)
      child_end_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  if (child_end_ < 0) base::fail("no terminal to watch standard output by: {}", std::strerror(errno));
  termios mode{};
  ::tcgetattr(child_end_, &mode);
  ::cfmakeraw(&mode);  // the real terminal does what a terminal does to output, once
  ::tcsetattr(child_end_, TCSANOW, &mode);
  copy_size(STDOUT_FILENO, terminal_);
}

void StandardOutput::started() { close_once(child_end_); }

double StandardOutput::due_s() const { return tail_ ? tail_->due_s() : std::numeric_limits<double>::infinity(); }

void StandardOutput::look(std::string_view bytes, std::vector<RawMark>& marks) {
  const double boot_s = meter::now().boot_s;
  for (std::string& name : lines_->feed(bytes)) marks.push_back({std::move(name), boot_s});
}

std::vector<RawMark> StandardOutput::take() {
  std::vector<RawMark> marks;
  if (terminal_ >= 0 && !relay_->lives()) close_once(terminal_);  // nobody reads: the command is to meet an error
  if (tail_) tail_->read(meter::now().awake_s, [&](std::string_view bytes) { look(bytes, marks); });
  return marks;
}

std::vector<RawMark> StandardOutput::take_rest() {
  std::vector<RawMark> marks;
  if (tail_) tail_->read_rest([&](std::string_view bytes) { look(bytes, marks); });
  return marks;
}

void StandardOutput::resized() {
  // The group had the signal already, when the command's terminal still had the old size.
  if (terminal_ >= 0 && copy_size(STDOUT_FILENO, terminal_)) ::kill(0, SIGWINCH);
}

void StandardOutput::drain(Signals& signals) {
  if (!relay_) return;
  close_once(terminal_);  // or it would not end when the command's end is closed
  relay_->drain(signals);
}

}  // namespace cradle::measure
