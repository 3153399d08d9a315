// One overwritten line, or whole lines now and then.
#include "cradle/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "cradle/base/text.h"
#include "cradle/measure/line.h"

namespace cradle::cli {
namespace {

constexpr std::size_t kUnknownWidth = 80;

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUnknownWidth;
}

}  // namespace

Progress::Progress(bool overwrite_on_terminal) : overwrites_(overwrite_on_terminal && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::say(const std::string& line) {
  const std::string whole = "cradle: " + line;
  if (overwrites_) {
    fmt::print(stderr, "\r\x1b[K{}", base::cut(whole, terminal_width() - 1));
    std::fflush(stderr);
    has_line_ = true;
    return;
  }
  constexpr std::chrono::seconds kFirst{2}, kNext{10};
  const auto now = std::chrono::steady_clock::now();
  if (now - said_ < (said_any_ ? kNext : kFirst)) return;
  said_ = now;
  said_any_ = true;
  measure::print_line(whole);
}

void Progress::clear() {
  if (!has_line_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  has_line_ = false;
}

}  // namespace cradle::cli
