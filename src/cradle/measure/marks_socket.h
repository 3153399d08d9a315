// The marks' second door: a datagram socket, for programs whose launcher closes descriptors.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/measure/marks_pipe.h"

namespace cradle::measure {

/// A Unix datagram socket with a path of its own in a folder that only this user may enter: $XDG_RUNTIME_DIR/cradle,
/// else <temporary folder>/cradle-<uid>. Lines are those of the pipe. Senders do not wait (MSG_DONTWAIT): the kernel
/// keeps net.unix.max_dgram_qlen datagrams (10 as a rule), what comes faster than it is fetched is lost, so the pipe
/// stays the first choice. When cradle is killed the path stays; the next cradle of this user removes it.
class MarksSocket {
 public:
  /// `name`: of the file. Without a socket path() is "" and why() says why: no reason for a run to fail.
  explicit MarksSocket(const std::string& name);
  ~MarksSocket();
  MarksSocket(const MarksSocket&) = delete;
  MarksSocket& operator=(const MarksSocket&) = delete;

  int descriptor() const { return fd_; }
  const std::string& path() const { return path_; }
  const std::string& why() const { return why_; }
  /// Marks of the datagrams that have arrived; does not wait.
  std::vector<RawMark> take();

 private:
  int fd_ = -1;
  std::string path_, why_;
};

/// Removes sockets in `folder` that nobody listens to any more; cradles that just begin (10 s) are let alone.
void sweep_sockets(const std::filesystem::path& folder);

}  // namespace cradle::measure
