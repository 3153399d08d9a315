// Whole-file reading and atomic writing, hashes, times and the folders of the XDG specification.
#include "cradle/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sha256.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <vector>

#include "cradle/base/error.h"

namespace cradle::base {
namespace {

/// A file descriptor that closes itself.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

std::filesystem::path xdg_folder(const char* variable, const char* below_home) {
  if (const char* set = std::getenv(variable); set && *set == '/') return std::filesystem::path(set) / "cradle";
  const char* home = std::getenv("HOME");
  if (!home || !*home) fail("neither {} nor HOME is set; set {} to a writable folder", variable, variable);
  return std::filesystem::path(home) / below_home / "cradle";
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail("cannot open {}: {}", path.string(), std::strerror(errno));
  std::string bytes;
  // Room for a regular file at once: growing step by step would copy a model of 50 MB several times.
  if (struct stat info; ::fstat(file.fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
    bytes.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read {}: {}", path.string(), std::strerror(errno));
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

namespace {

/// Writes all bytes; false with errno set if that fails.
bool write_all(int fd, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) at += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  struct stat target {};
  if (::stat(path.c_str(), &target) == 0 && !S_ISREG(target.st_mode)) {
    // A device or a pipe is written into: renaming over /dev/null would replace it by a file.
    const Descriptor device{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (device.fd < 0 || !write_all(device.fd, bytes)) fail("cannot write {}: {}", path.string(), std::strerror(errno));
    return;
  }
  const std::string temporary = fmt::format("{}.{}.part", path.string(), ::getpid());
  const auto give_up = [&](const char* doing) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    fail("cannot {} {}: {}", doing, path.string(), std::strerror(reason));
  };
  {
    const Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (file.fd < 0) fail("cannot write {}: {}", path.string(), std::strerror(errno));
    if (!write_all(file.fd, bytes)) give_up("write");
    if (::fsync(file.fd) != 0 && errno != EINVAL && errno != EROFS) give_up("flush");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) give_up("rename into");
}

std::string sha256_of(std::string_view bytes) {
  char hex[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), hex);
  return hex;
}

std::string stamp_of_folder(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> rows;
  std::error_code error, ignored;
  const auto how = fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, how, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(ignored)) continue;
    rows.push_back(fmt::format("{}\t{}\t{}\n", at->path().lexically_relative(folder).string(), at->file_size(ignored),
                               at->last_write_time(ignored).time_since_epoch().count()));
  }
  std::sort(rows.begin(), rows.end());
  return sha256_of(fmt::format("{}", fmt::join(rows, "")));
}

std::string format_utc(double unix_seconds) {
  const std::time_t t = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&t, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::filesystem::path state_folder() { return xdg_folder("XDG_STATE_HOME", ".local/state"); }
std::filesystem::path config_folder() { return xdg_folder("XDG_CONFIG_HOME", ".config"); }

std::filesystem::path program_folder() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) fail("cannot find the program's own folder: {}", error.message());
  return self.parent_path();
}

}  // namespace cradle::base
