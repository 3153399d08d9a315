// Tells a signal that was sent to cradle alone from one that was sent to its whole group.
#pragma once

#include <sys/types.h>

namespace cradle::measure {

/// A process in cradle's group that blocks every signal and waits: what it has pending was sent to more than cradle
/// (`kill -- -GROUP`, a service manager that ends every process of a unit), so the command has it already and cradle
/// must not hand it on again: a second SIGINT makes many programs drop what they were saving. The kernel tells a
/// receiver who sent a signal, but not to whom else. The process costs a fork and no CPU time; it dies with cradle.
class Witness {
 public:
  Witness();
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  pid_t pid() const { return pid_; }  ///< -1 if there is none
  /// Whether the witness got this signal since it began to wait. Without a witness: no.
  bool got(int signal) const;
  void reaped() { pid_ = -1; }  ///< it ended, and somebody else waited for it
  /// Another witness, that has seen nothing.
  void renew();

 private:
  void begin();
  void end();
  pid_t pid_ = -1;
};

}  // namespace cradle::measure
