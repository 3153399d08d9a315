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
#include <charconv>
#include <cmath>
#include <cstring>
#include <ctime>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::sensor {
namespace {

constexpr double kSilence_s = 10;            // plug meters report every 1 to 5 s
constexpr double kMost_w = 100e3;            // a rack; what counts is to refuse nonsense
constexpr std::size_t kLongest = 4096;       // of a line
constexpr std::size_t kMostBytes = 1 << 16;  // taken at one reading, so that a source without end cannot hold it up

// Plug and PDU meters of class 1 err by 1 %, simple plugs by some 2 % and their rounding (IEC 62053-21 names the
// classes). Assumed for an unknown meter, grade C.
constexpr base::Interval kTolerance = {1, 0.97, 1.03};

enum class Kind { kFile, kSocket, kStream };

int open_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  errno = error;
  return -1;
}

int open_source(const std::string& path, Kind kind) {
  return kind == Kind::kSocket ? open_socket(path) : ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool same_time(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

class Wattmeter : public Sensor {
 public:
  Wattmeter(int fd, Kind kind, const Site& site)
      : fd_(fd), kind_(kind), path_(site.wattmeter), seconds_(site.seconds), heard_s_(seconds_()) {
    part_.start = {"wall", "board", record::Basis::kIntegrated, "wattmeter " + path_};
    part_.update_s = 1;
    part_.period_s = 1;
    part_.most_w = kMost_w;
    part_.tolerance = kTolerance;
    part_.contains = {"*"};
    if (kind_ == Kind::kFile) skip_the_past();
  }
  ~Wattmeter() override {
    if (fd_ >= 0) ::close(fd_);
  }
  Wattmeter(const Wattmeter&) = delete;
  Wattmeter& operator=(const Wattmeter&) = delete;

  PartDescription describe() const override { return part_; }

  Reading read(const Usage&) override {
    sum_ = 0;
    count_ = 0;
    if (kind_ == Kind::kFile) follow_file();
    if (kind_ == Kind::kSocket && fd_ < 0) fd_ = open_socket(path_);  // its other end went away, and may be back
    read_lines();
    const double now_s = seconds_();
    if (count_ > 0) {
      last_w_ = sum_ / count_;
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
  void take(std::string_view line) {
    const auto w = watts_on(line);
    if (!w) return;
    sum_ += *w;
    ++count_;
  }

  void read_lines() {
    for (std::size_t taken = 0; fd_ >= 0 && taken < kMostBytes;) {
      char buffer[kLongest];
      const ssize_t n = ::read(fd_, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0 && kind_ == Kind::kSocket) {
        ::close(std::exchange(fd_, -1));
        rest_.clear();
      }
      if (n <= 0) return;
      taken += static_cast<std::size_t>(n);
      rest_.append(buffer, static_cast<std::size_t>(n));
      std::size_t begin = 0;
      for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
        take(std::string_view(rest_).substr(begin, end - begin));
      rest_.erase(0, begin);
      if (rest_.size() > kLongest) rest_.clear();  // no line of a meter
    }
  }

  /// Of a log that is there already only the last line is now, and of an old one not even that.
  void skip_the_past() {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) return;
    const bool old = static_cast<double>(::time(nullptr) - status.st_mtim.tv_sec) > kSilence_s;
    if (old) written_ = status.st_mtim;
    off_t begin = status.st_size;
    char buffer[kLongest];
    const off_t from = std::max<off_t>(0, status.st_size - static_cast<off_t>(kLongest));
    const ssize_t n = ::pread(fd_, buffer, sizeof buffer, from);
    if (!old && n > 0) {
      const std::string_view tail(buffer, static_cast<std::size_t>(n));
      const std::size_t last = tail.rfind('\n');
      const std::size_t before = last == 0 || last == std::string_view::npos ? last : tail.rfind('\n', last - 1);
      if (last != std::string_view::npos && before != std::string_view::npos && before != last)
        begin = from + static_cast<off_t>(before) + 1;
      else if (from == 0)
        begin = 0;
    }
    ::lseek(fd_, begin, SEEK_SET);
  }

  /// A file may be appended to, cut short and begun again, replaced by another of its name, or hold one figure that is
  /// written over and over, with or without a line's end.
  void follow_file() {
    struct stat there {
    }, now{};
    if (::fstat(fd_, &now) != 0) return;
    if (::stat(path_.c_str(), &there) == 0 && (there.st_ino != now.st_ino || there.st_dev != now.st_dev)) {
      const int fd = open_source(path_, kind_);
      if (fd < 0) return;
      ::close(std::exchange(fd_, fd));
      now = there;
      rest_.clear();
      written_ = {};
    }
    if (same_time(now.st_mtim, written_)) return;
    written_ = now.st_mtim;
    const off_t at = ::lseek(fd_, 0, SEEK_CUR);
    if (take_only_line(now.st_size)) return;
    if (now.st_size < at) {
      ::lseek(fd_, 0, SEEK_SET);
      rest_.clear();
    } else if (now.st_size - at > static_cast<off_t>(kMostBytes)) {  // what was said long ago is not now
      ::lseek(fd_, -static_cast<off_t>(kLongest), SEEK_END);
      rest_.clear();
    }
  }

  bool take_only_line(off_t size) {
    char buffer[kLongest];
    if (size > static_cast<off_t>(kLongest)) return false;
    const ssize_t n = ::pread(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    const std::string_view text = base::trim(std::string_view(buffer, static_cast<std::size_t>(n)));
    if (text.find('\n') != std::string_view::npos) return false;
    take(text);
    rest_.clear();
    ::lseek(fd_, n, SEEK_SET);
    return true;
  }

  int fd_;
  Kind kind_;
  std::string path_;
  std::function<double()> seconds_;
  PartDescription part_;
  std::string rest_;  // the beginning of a line
  timespec written_{};
  double sum_ = 0;
  int count_ = 0;
  double heard_s_, last_w_ = 0;
  bool heard_ = false;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The letters at the beginning of `text`.
std::string_view word_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(0, end);
}

/// Watts per unit; 0 if it is no unit of power.
double watts_per(std::string_view unit) {
  return unit == "W" || unit == "Watt" || unit == "watt" || unit == "Watts" || unit == "watts" ? 1
         : unit == "kW"                                                                        ? 1e3
         : unit == "mW"                                                                        ? 1e-3
         : unit == "MW"                                                                        ? 1e6
                                                                                               : 0;
}

bool is_other_unit(std::string_view unit) {
  for (const char* other : {"V", "mV", "A", "mA", "VA", "kVA", "var", "Wh", "kWh", "MWh", "J", "kJ", "Hz", "C", "s"})
    if (unit == other) return true;
  return false;
}

}  // namespace

std::optional<double> watts_on(std::string_view line) {
  std::optional<double> bare, with_unit;
  for (std::size_t i = 0; i < line.size();) {
    const bool in_word = i > 0 && (is_letter(line[i - 1]) || is_digit(line[i - 1]));
    const bool starts = is_digit(line[i]) || line[i] == '.' || (line[i] == '-' && !in_word);
    double number = 0;
    const auto [end, error] = starts ? std::from_chars(line.data() + i, line.data() + line.size(), number)
                                     : std::from_chars_result{line.data() + i, std::errc::invalid_argument};
    if (end == line.data() + i) {
      ++i;
      continue;
    }
    i = static_cast<std::size_t>(end - line.data());
    if (error != std::errc() || !std::isfinite(number)) continue;
    const std::string_view behind = line.substr(i);
    const std::string_view attached = word_at(behind);
    const std::string_view unit = attached.empty() ? word_at(base::trim(behind)) : attached;
    if (const double scale = watts_per(unit); scale > 0)
      with_unit = number * scale;
    else if (attached.empty() && !is_other_unit(unit))
      bare = number;
  }
  const std::optional<double> watts = with_unit ? with_unit : bare;
  return watts && *watts >= 0 && std::isfinite(*watts) ? watts : std::nullopt;
}

void discover_wattmeter(const Site& site, Discovery& found) {
  if (site.wattmeter.empty()) return;
  struct stat status {};
  if (::stat(site.wattmeter.c_str(), &status) != 0)
    base::fail("wattmeter {}: {}; expected a file, FIFO, device or Unix socket that yields watts", site.wattmeter,
               std::strerror(errno));
  const Kind kind = S_ISREG(status.st_mode) ? Kind::kFile : S_ISSOCK(status.st_mode) ? Kind::kSocket : Kind::kStream;
  const int fd = S_ISDIR(status.st_mode) ? (errno = EISDIR, -1) : open_source(site.wattmeter, kind);
  if (fd < 0) base::fail("wattmeter {}: cannot be opened: {}", site.wattmeter, std::strerror(errno));
  found.sensors.push_back(std::make_unique<Wattmeter>(fd, kind, site));
}

}  // namespace cradle::sensor
