// The table of devices and precisions, for people and as JSON.
#pragma once

#include <string>

namespace cradle::cli {

/// Prints all classes, or the one of that name, "here" being the processor of this machine. Throws Error as
/// catalog::device_class_named does.
void print_precisions(const std::string& device, bool json);

}  // namespace cradle::cli
