// The text of a recipe ('prune:0.5 | finetune:4 | int8') as steps, checked before anything is run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::recipe {

/// One step: what is done, how much of it, and what else was said.
struct Step {
  std::string kind;                            ///< "prune"
  double amount = 0;                           ///< of the kind's own measure; its default where none was said
  std::map<std::string, std::string> options;  ///< as written; only such as the kind has, with values that it takes
  int line = 1;                                ///< of the recipe's file
};

/// "prune:0.5,by=taylor": as it would be written, amount always, options by name.
std::string text_of(const Step& step);
double number_option(const Step& step, const std::string& key, double fallback);
std::string word_option(const Step& step, const std::string& key, const std::string& fallback);
bool trains(const Step& step);   ///< whether the step holds a training
bool is_last(const Step& step);  ///< whether nothing may follow: the file is no longer one of float32

/// Reads `text`: steps between '|' or line ends, "kind:amount,key=value,…", '#' to the end of a line is a remark.
/// Throws Error (usage) "WHERE:LINE: …" for an unknown kind, option or value (with the nearest), an amount out of
/// range, an empty recipe, and for what cannot follow: anything after a step that is_last. `where` names a file, or
/// "--recipe".
std::vector<Step> parse_recipe(std::string_view text, std::string_view where);

/// A line for each kind of step, with its options: for --help.
std::string recipe_help();

}  // namespace cradle::recipe
