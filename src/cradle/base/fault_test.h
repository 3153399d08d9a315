// What a call complains of, for tests of error messages.
#pragma once

#include <string>

#include "cradle/base/error.h"

namespace cradle::base {

/// The sentence of the Error that `call` throws; "" if it throws none.
template <class Call>
std::string fault_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cradle::base
