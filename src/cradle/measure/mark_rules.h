// Marks out of what a program prints anyway: a regular expression over its lines, and the name of the mark.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::measure {

/// "REGEX" or "REGEX=>NAME" (the last "=>" counts).
struct MarkRule {
  std::string regex;  ///< ECMAScript, searched for anywhere in a line
  std::string name;   ///< with $1 to $9 for groups, $$ for a dollar; "": epoch-$1/$2, epoch-$1, or epoch-<count>
};

/// Throws Error (usage) with the expression and what is wrong with it.
MarkRule parse_mark_rule(std::string_view text);

/// Cuts bytes into lines and gives the names of the marks in them. Lines end with '\n' or '\r' and are looked at up to
/// 4 KiB. A line that '\r' ends is a progress bar that draws itself anew: it gives the same name only once in a row.
class LineMarks {
 public:
  explicit LineMarks(const std::vector<MarkRule>& rules);
  ~LineMarks();
  LineMarks(LineMarks&&) noexcept;
  LineMarks& operator=(LineMarks&&) noexcept;

  /// Names of the marks of the lines that these bytes end.
  std::vector<std::string> feed(std::string_view bytes);

 private:
  struct Rule;  // <regex> is not for headers
  void look(bool redrawn, std::vector<std::string>& names);
  std::vector<Rule> rules_;
  std::string line_;
  bool returned_ = false;  // '\r' was the last byte: what follows says whether a line ended or is drawn anew
};

}  // namespace cradle::measure
