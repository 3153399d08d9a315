// JSON with errors that name file, line and key.
#include "cradle/base/json.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"

namespace cradle::base {
namespace {

constexpr int kDeepest = 200;

void refuse_deep(std::string_view text, std::string_view name) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) fail("{}: nested deeper than {} levels; this is not a file of cradle", name, kDeepest);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

void refuse_nonfinite(const Json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>()))
    fail("a result holds a number that is not finite; this is a defect of cradle, please report it");
  if (json.is_structured())
    for (const Json& child : json) refuse_nonfinite(child);
}

}  // namespace

Json parse_json(std::string_view text, std::string_view name, std::span<const std::string> left_out) {
  refuse_deep(text, name);
  try {
    if (left_out.empty()) return Json::parse(text);
    return Json::parse(text, [&](int, Json::parse_event_t event, const Json& key) {
      return event != Json::parse_event_t::key ||
             std::ranges::find(left_out, key.get_ref<const std::string&>()) == left_out.end();
    });
  } catch (const nlohmann::json::parse_error& e) {
    const std::size_t at = std::min(e.byte > 0 ? e.byte - 1 : 0, text.size());
    const auto before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const bool cut = at >= text.size();
    fail("{}:{}:{}: not valid JSON{}", name, line, at - line_start + 1,
         cut ? ": the file ends in the middle; was it cut off?" : "");
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

std::string dump_json(const Json& json, int indent) {
  refuse_nonfinite(json);
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void write_json(const std::filesystem::path& path, const Json& json) { write_file(path, dump_json(json) + "\n"); }

const Json& json_member(const Json& object, std::string_view key, std::string_view name) {
  if (!object.is_object()) fail("{}: expected an object with '{}', found {}", name, key, object.type_name());
  const auto at = object.find(key);
  if (at == object.end()) fail("{}: '{}' is missing", name, key);
  return *at;
}

double json_number(const Json& object, std::string_view key, std::string_view name) {
  const Json& member = json_member(object, key, name);
  if (!member.is_number()) fail("{}: '{}': expected a number, found {}", name, key, member.type_name());
  return member.get<double>();
}

std::string json_string(const Json& object, std::string_view key, std::string_view name) {
  const Json& member = json_member(object, key, name);
  if (!member.is_string()) fail("{}: '{}': expected text, found {}", name, key, member.type_name());
  return member.get<std::string>();
}

double json_number_or(const Json& object, std::string_view key, double fallback, std::string_view name) {
  if (!object.is_object() || !object.contains(key) || object.at(std::string(key)).is_null()) return fallback;
  return json_number(object, key, name);
}

std::string json_string_or(const Json& object, std::string_view key, std::string fallback, std::string_view name) {
  if (!object.is_object() || !object.contains(key) || object.at(std::string(key)).is_null()) return fallback;
  return json_string(object, key, name);
}

void json_only_keys(const Json& object, std::span<const std::string> known, std::string_view name) {
  if (!object.is_object()) fail("{}: expected an object, found {}", name, object.type_name());
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) fail("{}: unknown key '{}'{}", name, key, suggestion(key, known));
  }
}

}  // namespace cradle::base
