// Marks from the command's standard output, which stays byte by byte, and in kind, what it was.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cradle/measure/file_tail.h"
#include "cradle/measure/mark_rules.h"
#include "cradle/measure/marks_pipe.h"
#include "cradle/measure/relay.h"

namespace cradle::measure {

/// Without rules nothing is done. Where cradle's own standard output is
///  - a regular file: the command writes to it itself, cradle reads along;
///  - a terminal: the command gets another terminal, raw and as large, that controls nobody: standard input, /dev/tty
///    and job control are as without cradle; a relay copies to the real one;
///  - anything else: the command gets a pipe, and a relay copies.
class StandardOutput {
 public:
  /// Throws Error if a relay is needed and cannot be made.
  StandardOutput(const std::vector<MarkRule>& rules, const MarksPipe& marks);
  ~StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// What the command gets as standard output; -1: cradle's own.
  int child_end() const { return child_end_; }
  void started();  ///< the command has its end now
  /// To be waited for, and until when at most (CLOCK_MONOTONIC).
  int descriptor() const { return tail_ ? tail_->descriptor() : -1; }
  double due_s() const;
  /// Marks that were read along; a relay sends its own. Does not wait.
  std::vector<RawMark> take();
  std::vector<RawMark> take_rest();  ///< once the command has ended
  /// The terminal may have another size; tells the group once the command's terminal has it too.
  void resized();
  /// The command has ended: returns when what it wrote has been passed on.
  void drain(Signals& signals);
  /// The relay's process, -1 if there is none.
  pid_t relay() const { return relay_ ? relay_->pid() : -1; }
  void relay_reaped() { relay_->reaped(); }

 private:
  void open_terminal(int& in);
  void look(std::string_view bytes, std::vector<RawMark>& marks);
  std::optional<LineMarks> lines_;
  std::optional<FileTail> tail_;
  std::unique_ptr<Relay> relay_;
  int child_end_ = -1, terminal_ = -1;
};

}  // namespace cradle::measure
