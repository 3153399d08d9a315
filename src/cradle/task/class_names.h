// The names of a model's classes in its metadata, so that other images are judged by the same numbers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/task/data_set.h"

namespace cradle::task {

/// The key in a model file's metadata; its value is a JSON list of names, in the order of the outputs.
inline constexpr const char* kClassesKey = "cradle.classes";

std::string classes_text(const std::vector<std::string>& classes);
/// The names in a metadata's value; none if it is empty. Throws Error naming `where` if it is no list of names.
std::vector<std::string> classes_from_text(std::string_view text, std::string_view where);

/// Throws Error unless `known` (of a model; empty: it does not say) are the classes of the data set.
void check_classes(const std::vector<std::string>& known, const DataInfo& info);

}  // namespace cradle::task
