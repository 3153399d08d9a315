// A bound datagram socket, and the leavings of cradles that were killed.
#include "cradle/measure/marks_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cradle/base/error.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".marks";
// Between the birth of a socket's file and its being listened to lie microseconds.
constexpr int kYoung_s = 10;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    base::fail("the path {} is longer than a socket's may be ({})", path, sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* general(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

/// A folder that is this user's alone. Throws Error if somebody else got there first.
fs::path private_folder() {
  fs::path folder;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && *runtime == '/') {
    folder = fs::path(runtime) / "cradle";
  } else {
    std::error_code error;
    const fs::path temporary = fs::temp_directory_path(error);
    folder = (error ? fs::path("/tmp") : temporary) / fmt::format("cradle-{}", ::geteuid());
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    base::fail("cannot make the folder {}: {}", folder.string(), std::strerror(errno));
  struct stat at {};
  if (::lstat(folder.c_str(), &at) != 0 || !S_ISDIR(at.st_mode) || at.st_uid != ::geteuid() || (at.st_mode & 077) != 0)
    base::fail("{} is not a folder that only this user may enter", folder.string());
  return folder;
}

bool is_deserted(const std::string& path) {
  struct stat at {};
  if (::lstat(path.c_str(), &at) != 0 || !S_ISSOCK(at.st_mode) || at.st_mtime + kYoung_s > ::time(nullptr))
    return false;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const sockaddr_un address = address_of(path);
  const bool refused = ::connect(fd, general(address), sizeof address) != 0 && errno == ECONNREFUSED;
  ::close(fd);
  return refused;
}

}  // namespace

void sweep_sockets(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == kSuffix && is_deserted(entry.path().string())) ::unlink(entry.path().c_str());
}

MarksSocket::MarksSocket(const std::string& name) {
  try {
    const fs::path folder = private_folder();
    sweep_sockets(folder);
    const std::string path = (folder / (name + kSuffix)).string();
    const sockaddr_un address = address_of(path);
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0 || ::bind(fd_, general(address), sizeof address) != 0)
      base::fail("cannot bind {}: {}", path, std::strerror(errno));
    path_ = path;
  } catch (const base::Error& e) {
    why_ = e.what();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
}

MarksSocket::~MarksSocket() {
  if (fd_ >= 0) ::close(fd_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::vector<RawMark> MarksSocket::take() {
  std::vector<RawMark> marks;
  char buffer[1 << 13];
  while (fd_ >= 0) {
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    std::string lines(buffer, static_cast<std::size_t>(n));
    if (!lines.ends_with('\n')) lines += '\n';  // a datagram is whole, with or without its line's end
    take_lines(lines, marks);
  }
  return marks;
}

}  // namespace cradle::measure
