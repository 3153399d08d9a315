// Lines in, names out.
#include "cradle/measure/mark_rules.h"

#include <algorithm>
#include <regex>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::measure {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kLongestName = 400;  // with its time a mark's line stays below PIPE_BUF: written whole
constexpr std::string_view kArrow = "=>";

constexpr auto kFlags = std::regex::ECMAScript | std::regex::optimize;
#ifdef __GLIBCXX__
// Time polynomial in the line, where backtracking may take for ever and hold up what the command prints (8 µs instead
// of 2 for a usual line). libstdc++ has it for expressions without back-references.
constexpr auto kSafeFlags = kFlags | std::regex_constants::__polynomial;
#else
constexpr auto kSafeFlags = kFlags;
#endif

std::regex compiled(const std::string& expression) {
  try {
    try {
      return std::regex(expression, kSafeFlags);
    } catch (const std::regex_error& e) {
      if (e.code() != std::regex_constants::error_complexity) throw;
      return std::regex(expression, kFlags);
    }
  } catch (const std::regex_error& e) {
    base::fail_usage("'{}' is not a regular expression (ECMAScript): {}; an example: 'Epoch ([0-9]+)/([0-9]+)'",
                     expression, e.what());
  }
}

/// `name` with its groups filled in, as one line.
std::string filled(std::string_view name, const std::cmatch& match) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char next = i + 1 < name.size() ? name[i + 1] : '\0';
    if (name[i] == '$' && next == '$') {
      out += name[++i];
    } else if (name[i] == '$' && next >= '1' && next <= '9') {
      const auto group = static_cast<std::size_t>(name[++i] - '0');
      if (group < match.size()) out += match[group].str();
    } else {
      out += name[i];
    }
  }
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return std::string(base::trim(std::string_view(out).substr(0, kLongestName)));
}

}  // namespace

struct LineMarks::Rule {
  std::regex regex;
  std::string name;
  int count = 0;
  std::string last;
};

MarkRule parse_mark_rule(std::string_view text) {
  const std::size_t arrow = text.rfind(kArrow);
  MarkRule rule{std::string(text.substr(0, arrow)), ""};
  if (arrow != std::string_view::npos) {
    rule.name = base::trim(text.substr(arrow + kArrow.size()));
    if (rule.name.empty()) base::fail_usage("'{}' names no mark after '=>'; expected REGEX=>NAME", text);
  }
  if (rule.regex.empty()) base::fail_usage("'{}' has no regular expression; expected REGEX or REGEX=>NAME", text);
  const unsigned groups = compiled(rule.regex).mark_count();
  for (std::size_t i = 0; i + 1 < rule.name.size(); ++i) {
    const char digit = rule.name[i + 1];
    if (rule.name[i] != '$') continue;
    if (digit >= '1' && digit <= '9' && static_cast<unsigned>(digit - '0') > groups)
      base::fail_usage("'{}' has {} groups in parentheses, so there is no ${}", rule.regex, groups, digit);
    ++i;
  }
  return rule;
}

LineMarks::LineMarks(const std::vector<MarkRule>& rules) {
  for (const MarkRule& rule : rules) {
    rules_.push_back({compiled(rule.regex), rule.name, 0, ""});
    Rule& r = rules_.back();
    if (r.name.empty() && r.regex.mark_count() > 0) r.name = r.regex.mark_count() > 1 ? "epoch-$1/$2" : "epoch-$1";
  }
}

LineMarks::~LineMarks() = default;
LineMarks::LineMarks(LineMarks&&) noexcept = default;
LineMarks& LineMarks::operator=(LineMarks&&) noexcept = default;

std::vector<std::string> LineMarks::feed(std::string_view bytes) {
  std::vector<std::string> names;
  while (!bytes.empty()) {
    if (std::exchange(returned_, false)) {
      look(bytes[0] != '\n', names);
      if (bytes[0] == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    line_ += piece.substr(0, kLongestLine - std::min(kLongestLine, line_.size()));
    if (end == std::string_view::npos) break;
    if (bytes[end] == '\r')
      returned_ = true;
    else
      look(false, names);
    bytes.remove_prefix(end + 1);
  }
  return names;
}

void LineMarks::look(bool redrawn, std::vector<std::string>& names) {
  for (Rule& rule : rules_) {
    if (line_.empty()) break;
    std::cmatch match;
    try {
      const char* const line = line_.data();
      if (!std::regex_search(line, line + line_.size(), match, rule.regex)) continue;
    } catch (const std::regex_error&) {  // too complex for this line: no match
      continue;
    }
    std::string name = rule.name.empty() ? "epoch-" + std::to_string(rule.count + 1) : filled(rule.name, match);
    ++rule.count;
    if (name.empty() || (redrawn && name == rule.last)) continue;
    rule.last = name;
    names.push_back(std::move(name));
  }
  line_.clear();
}

}  // namespace cradle::measure
