// Waits for the first of a few descriptors, or for an instant, at the least cost of a beat in which nothing comes.
#pragma once

#include <array>

namespace cradle::measure {

/// The kernel is told of the descriptors once and again only when they change (epoll): to hand five of them over at
/// every beat (poll) costs a sleeping process 15 µs, a quarter of a bare wake-up. Where epoll is not to be had, ppoll
/// waits.
class Doorbells {
 public:
  static constexpr std::size_t kMost = 5;
  using Descriptors = std::array<int, kMost>;  ///< to be read from; negative: left out

  Doorbells();
  ~Doorbells();
  Doorbells(const Doorbells&) = delete;
  Doorbells& operator=(const Doorbells&) = delete;

  /// Returns after `wait_s` seconds at the latest (to the kernel's own precision, some 50 µs). True if a descriptor has
  /// something to read or is at its end, or if a signal came; false if the time was over.
  bool wait(const Descriptors& descriptors, double wait_s);

 private:
  bool know(const Descriptors& descriptors);
  int epoll_ = -1;
  Descriptors known_;
};

}  // namespace cradle::measure
