// Class names to and from a model's metadata.
#include "cradle/task/class_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"

namespace cradle::task {

std::string classes_text(const std::vector<std::string>& classes) { return base::dump_json(base::Json(classes), -1); }

std::vector<std::string> classes_from_text(std::string_view text, std::string_view where) {
  std::vector<std::string> classes;
  if (text.empty()) return classes;
  const std::string name = fmt::format("{}: metadata '{}'", where, kClassesKey);
  const base::Json list = base::parse_json(text, name);
  if (!list.is_array()) base::fail("{}: expected a list of names, found {}", name, list.type_name());
  for (const base::Json& one : list) {
    if (!one.is_string()) base::fail("{}: expected names, found {}", name, one.type_name());
    classes.push_back(one.get<std::string>());
  }
  return classes;
}

void check_classes(const std::vector<std::string>& known, const DataInfo& info) {
  if (known.empty() || known == info.classes) return;
  const auto some = [](const std::vector<std::string>& names) {
    const std::size_t shown = std::min<std::size_t>(names.size(), 5);
    return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       shown < names.size() ? fmt::format(" … ({} in all)", names.size()) : "");
  };
  base::fail("the model was trained for the classes {}; {} has {}; name the folder of its images with --data",
             some(known), info.name, some(info.classes));
}

}  // namespace cradle::task
