// Work on consecutive numbers by several threads.
#pragma once

#include <functional>

namespace cradle::lca {

/// Calls work(begin, end) for consecutive ranges that make up [0, n), one range a thread, and waits for all. Where
/// several throw, the exception of the lowest range is thrown on, so that what is reported does not depend on who came
/// first. Throws Error if threads < 1.
void in_ranges(int n, int threads, const std::function<void(int begin, int end)>& work);

}  // namespace cradle::lca
