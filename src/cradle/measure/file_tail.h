// Follows a regular file that grows, without standing in anybody's way.
#pragma once

#include <functional>
#include <string_view>

namespace cradle::measure {

/// Reads what is appended to the file behind a descriptor from where its next write will land. The kernel says when it
/// grew (inotify); reads are at least 10 ms apart, so a chatty writer costs a hundred reads a second at most.
class FileTail {
 public:
  /// Throws Error if `fd` is not a regular file that may be read and watched.
  explicit FileTail(int fd);
  ~FileTail();
  FileTail(const FileTail&) = delete;
  FileTail& operator=(const FileTail&) = delete;

  /// Readable when the file grew; -1 while a read is put off until due_s().
  int descriptor() const;
  /// CLOCK_MONOTONIC; infinite if nothing is put off.
  double due_s() const;
  /// Hands over what is new if it is time (`now_s` on CLOCK_MONOTONIC), up to the size the file has now.
  void read(double now_s, const std::function<void(std::string_view)>& sink);
  /// The same, whatever the time: when the writer has ended.
  void read_rest(const std::function<void(std::string_view)>& sink);

 private:
  int file_ = -1, watch_ = -1;
  long long at_ = 0;
  double last_s_ = -1;
  bool put_off_ = false;
};

}  // namespace cradle::measure
