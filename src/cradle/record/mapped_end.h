// The growing end of a file in shared memory: appending costs no system call, and a killed process loses nothing.
#pragma once

#include <string_view>

namespace cradle::record {

/// What is appended lies in the page cache at once, as after write(), but a write() to a disk's file costs a process
/// that slept 30 to 40 µs, and a copy next to nothing. The disk promises the blocks before they are used (fallocate),
/// so that a disk that fills up later takes nothing back. Until close() the file is longer than its text; zeros stand
/// behind it.
///
/// Who cuts the file short meanwhile, or a disk that breaks, cannot end this process: a handler of SIGBUS puts
/// memory of its own in the place of what is gone, and append() says that no more can be had. It is set while a file is
/// mapped; a fault elsewhere meets what was there before it. One file at a time in a process: others get no map.
class MappedEnd {
 public:
  MappedEnd() = default;
  ~MappedEnd() { close(); }
  MappedEnd(const MappedEnd&) = delete;
  MappedEnd& operator=(const MappedEnd&) = delete;

  /// Appends `line`, which ends with a line's end, at byte `at` of `fd` (open for reading and writing): where the text
  /// of the file ends. The line's end is copied last, so that a process killed meanwhile leaves a torn line and no
  /// wrong one. False, with the file cut to `at` bytes, if the file system makes no promises, has no room, or the line
  /// more than 64 KiB: from then on it is false always, and the caller writes. Cost: a copy; every 64 KiB a few system
  /// calls, every 4 KiB a page fault.
  bool append(int fd, long long at, std::string_view line);
  /// Whether the file was cut short by somebody, or its disk broke, under the map.
  bool lost() const { return lost_; }
  /// Gives the memory back; the file is cut to its text.
  void close();

 private:
  bool move_to(int fd, long long at);
  bool refuse(int fd, long long at);
  void unmap();
  char* memory_ = nullptr;
  long long from_ = 0, end_ = 0;  // bytes of the file: where the memory begins, where the text ends
  int fd_ = -1;
  bool refused_ = false, lost_ = false;
};

}  // namespace cradle::record
