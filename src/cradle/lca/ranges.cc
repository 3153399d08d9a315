// Threads that each take a range.
#include "cradle/lca/ranges.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "cradle/base/error.h"

namespace cradle::lca {

void in_ranges(int n, int threads, const std::function<void(int begin, int end)>& work) {
  if (threads < 1) base::fail("the number of threads must be at least 1, found {}", threads);
  const int count = std::clamp(threads, 1, std::max(1, n));
  std::vector<std::exception_ptr> faults(static_cast<std::size_t>(count));
  const auto bound = [&](int i) { return static_cast<int>(std::int64_t{n} * i / count); };
  const auto guarded = [&](int t) {
    try {
      work(bound(t), bound(t + 1));
    } catch (...) {
      faults[static_cast<std::size_t>(t)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;  // joined at the end of this scope
    for (int t = 1; t < count; ++t) others.emplace_back(guarded, t);
    guarded(0);
  }
  for (const std::exception_ptr& fault : faults)
    if (fault) std::rethrow_exception(fault);
}

}  // namespace cradle::lca
