// The meter's end of the marks: lines that the measured program writes to a descriptor.
#pragma once

#include <string>
#include <vector>

namespace cradle::measure {

/// A mark as it came: its name, and the sender's instant if it gave one.
struct RawMark {
  std::string name;
  double boot_s = -1;  ///< CLOCK_BOOTTIME; negative: not given
};

/// "@12.345 name" or "name"; an empty name or a line that is not one gives nothing (name stays empty).
RawMark parse_mark(const std::string& line);

/// Takes the whole lines off the front of `text` and appends their marks; lines longer than 4 KiB are cut.
void take_lines(std::string& text, std::vector<RawMark>& marks);

/// A pipe whose writing end the child inherits under a number of one digit, if one is free (some shells know no other).
/// The end is open for reading too and does not block: when cradle is killed nobody gets SIGPIPE and nobody waits for
/// ever; once the pipe (1 MiB) is full, writes fail and marks are lost, nothing else.
class MarksPipe {
 public:
  MarksPipe();  ///< takes the lowest free descriptor number for the child; throws Error if there is no pipe
  ~MarksPipe();
  MarksPipe(const MarksPipe&) = delete;
  MarksPipe& operator=(const MarksPipe&) = delete;

  int read_end() const { return read_end_; }
  int child_end() const { return child_end_; }
  int child_number() const { return child_number_; }
  /// Tells the pipe from whatever else a program may have opened under that number since (st_ino).
  unsigned long long inode() const;
  /// Marks of the whole lines that have arrived; does not wait. Lines longer than 4 KiB are cut.
  std::vector<RawMark> take();

 private:
  int read_end_ = -1, child_end_ = -1, child_number_ = -1;
  std::string rest_;
};

}  // namespace cradle::measure
