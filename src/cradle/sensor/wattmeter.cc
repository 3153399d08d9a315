// A descriptor that never blocks, and the lines that came since the last look.
#include "cradle/sensor/wattmeter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::sensor {
namespace {

constexpr double kSilence_s = 10;       // plug meters report every 1 to 5 s
constexpr double kMost_w = 100e3;       // a rack; what counts is to refuse nonsense
constexpr std::size_t kLongest = 4096;  // of a line; and what is read of the end of a long file

// Plug and PDU meters of class 1 err by 1 %, simple plugs by some 2 % and their rounding (IEC 62053-21 names the
// classes). Assumed for an unknown meter, grade C.
constexpr base::Interval kTolerance = {1, 0.97, 1.03};

double monotonic_s() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

int open_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

class Wattmeter : public Sensor {
 public:
  Wattmeter(int fd, bool is_file, std::string name) : fd_(fd), is_file_(is_file), heard_s_(monotonic_s()) {
    part_.start = {"wall", "board", record::Basis::kIntegrated, "wattmeter " + std::move(name)};
    part_.update_s = 1;
    part_.period_s = 1;
    part_.most_w = kMost_w;
    part_.tolerance = kTolerance;
    part_.contains = {"*"};
  }
  ~Wattmeter() override { ::close(fd_); }
  Wattmeter(const Wattmeter&) = delete;
  Wattmeter& operator=(const Wattmeter&) = delete;

  PartDescription describe() const override { return part_; }

  Reading read(const Usage&) override {
    double sum = 0;
    int count = 0;
    for (std::string line; next_line(line);) {
      const auto w = watts_on(line);
      if (!w) continue;
      sum += *w;
      ++count;
    }
    const double now_s = monotonic_s();
    if (count > 0) {
      last_w_ = sum / count;
      heard_s_ = now_s;
      heard_ = true;
    }
    if (!heard_) return {false, "the wattmeter has not said anything yet", 0, {}};
    if (now_s - heard_s_ > kSilence_s)
      return {
          false, fmt::format("the wattmeter has been silent for {}", base::format_seconds(now_s - heard_s_)), 0, {}};
    return {true, "", 0, {last_w_, last_w_, last_w_}};
  }

 private:
  bool next_line(std::string& line) {
    for (;;) {
      if (const std::size_t end = rest_.find('\n'); end != std::string::npos) {
        line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return true;
      }
      if (rest_.size() > kLongest) rest_.clear();
      char buffer[kLongest];
      const ssize_t n = ::read(fd_, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return rewritten(line);
      rest_.append(buffer, static_cast<std::size_t>(n));
    }
  }

  /// A file may also hold one figure that is written over and over, with or without a line's end. True once per change.
  bool rewritten(std::string& line) {
    if (!is_file_) return false;
    struct stat now {};
    if (::fstat(fd_, &now) != 0) return false;
    const off_t at = ::lseek(fd_, 0, SEEK_CUR);
    const bool changed = now.st_mtim.tv_sec != written_.tv_sec || now.st_mtim.tv_nsec != written_.tv_nsec;
    written_ = now.st_mtim;
    if (!changed || now.st_size > at || now.st_size > static_cast<off_t>(kLongest)) return false;
    char buffer[kLongest];
    const ssize_t n = ::pread(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    const std::string text(base::trim(std::string_view(buffer, static_cast<std::size_t>(n))));
    if (text.find('\n') != std::string::npos) return false;  // a log, whose lines were read already
    rest_.clear();
    line = text;
    return true;
  }

  int fd_;
  bool is_file_;
  PartDescription part_;
  std::string rest_;
  timespec written_{};
  double heard_s_, last_w_ = 0;
  bool heard_ = false;
};

}  // namespace

std::optional<double> watts_on(std::string_view line) {
  std::optional<double> watts;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    const bool starts = (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!starts) {
      ++i;
      continue;
    }
    const std::string text(line.substr(i, 64));
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::size_t length = static_cast<std::size_t>(end - text.c_str());
    if (length == 0) {
      ++i;
      continue;
    }
    i += length;
    const std::string_view unit = base::trim(line.substr(i)).substr(0, 2);
    const double scale = unit.starts_with("kW") ? 1000 : unit.starts_with("mW") ? 1e-3 : 1;
    if (std::isfinite(number) && number >= 0) watts = number * scale;
  }
  return watts;
}

void discover_wattmeter(const Site& site, Discovery& found) {
  if (site.wattmeter.empty()) return;
  struct stat status {};
  if (::stat(site.wattmeter.c_str(), &status) != 0)
    base::fail("wattmeter {}: {}; expected a file, FIFO, device or Unix socket that yields watts", site.wattmeter,
               std::strerror(errno));
  const int fd = S_ISSOCK(status.st_mode)
                     ? open_socket(site.wattmeter)
                     : ::open(site.wattmeter.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) base::fail("wattmeter {}: cannot be opened: {}", site.wattmeter, std::strerror(errno));
  const bool is_file = S_ISREG(status.st_mode);
  // Of a log that is there already only the last line counts as now.
  if (is_file && status.st_size > 256) ::lseek(fd, -256, SEEK_END);
  found.sensors.push_back(std::make_unique<Wattmeter>(fd, is_file, site.wattmeter));
}

}  // namespace cradle::sensor
