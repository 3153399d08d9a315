// Ids that follow from what a record was made of, so that the same thing has the same id whenever it is made again.
#pragma once

#include <string>
#include <string_view>

namespace cradle::record {

/// "20251009-112518-" + 12 digits of a hash of `identity`. new_run_id() (journal.h) is for runs that happen now.
std::string derived_id(double started_unix_s, std::string_view identity);
/// The part of an id after its time: derived ids that share it were made of the same thing.
std::string_view identity_of(std::string_view id);

}  // namespace cradle::record
