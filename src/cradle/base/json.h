// JSON with errors that name file, line and key (nlohmann-json underneath).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace cradle::base {

/// Keeps keys in the order of insertion, so that files are stable and read well.
using Json = nlohmann::ordered_json;

/// Parses; throws Error "name:line:column: …". Nesting deeper than 200 is refused. Members called as one of `left_out`,
/// wherever they stand, are read and not kept: large files have much that nobody asks for.
Json parse_json(std::string_view text, std::string_view name, std::span<const std::string> left_out = {});
Json read_json(const std::filesystem::path& path);
/// Writes with two-space indentation, atomically (base/file.h). NaN and infinity are refused with an Error.
void write_json(const std::filesystem::path& path, const Json& json);
std::string dump_json(const Json& json, int indent = 2);

/// The member `key` of an object as a T; throws Error "name: 'key': expected …, found …" if missing or of another type.
double json_number(const Json& object, std::string_view key, std::string_view name);
std::string json_string(const Json& object, std::string_view key, std::string_view name);
const Json& json_member(const Json& object, std::string_view key, std::string_view name);
/// The same with a fall-back when the key is absent or null; a wrong type still throws.
double json_number_or(const Json& object, std::string_view key, double fallback, std::string_view name);
std::string json_string_or(const Json& object, std::string_view key, std::string fallback, std::string_view name);
/// Throws Error "name: unknown key 'x'; did you mean 'y'?" if the object has a key that is not in `known`.
void json_only_keys(const Json& object, std::span<const std::string> known, std::string_view name);

}  // namespace cradle::base
