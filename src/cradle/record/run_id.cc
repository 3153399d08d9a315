// A time that people can read, and a hash.
#include "cradle/record/run_id.h"

#include <algorithm>

#include "cradle/base/file.h"

namespace cradle::record {
namespace {

constexpr std::size_t kIdentityDigits = 12;  // 48 bits: no two of a million imports share one

}  // namespace

std::string derived_id(double started_unix_s, std::string_view identity) {
  std::string stamp = base::format_utc(std::max(0.0, started_unix_s));  // 2026-11-23T16:04:05Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::replace(stamp.begin(), stamp.end(), 'T', '-');
  return stamp + "-" + base::sha256_of(identity).substr(0, kIdentityDigits);
}

std::string_view identity_of(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  return dash == std::string_view::npos ? id : id.substr(dash + 1);
}

}  // namespace cradle::record
