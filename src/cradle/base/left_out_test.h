// What a test needs that a machine may lack. People are told that it is left out and why; in CI nothing is left out.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace cradle::base {

/// True if the test must return, because what it needs is not there: it is then marked as skipped, with `why`. In CI
/// (CI=true), where `make check` has brought everything, that is a failure: a green run has left nothing out.
inline bool left_out(bool there, const std::string& why) {
  if (there) return false;
  const char* ci = std::getenv("CI");
  if (ci && std::string(ci) == "true")
    ADD_FAILURE() << "left out, though CI should have it: " << why;
  else
    [&] { GTEST_SKIP() << why; }();
  return true;
}

}  // namespace cradle::base
