// Normal forms of device names.
#include "cradle/catalog/thing_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "cradle/base/text.h"

namespace cradle::catalog {
namespace {

constexpr std::array<std::string_view, 12> kNoise = {"intel",   "amd",      "nvidia", "tesla",
                                                     "geforce", "cpu",      "gpu",    "processor",
                                                     "gen",     "graphics", "google", "corporation"};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Cuts the text where a clock rate or the name of the built-in graphics begins.
std::string_view without_tail(std::string_view text) {
  for (const std::string_view tail : {"@", " with ", " w/ ", " apu"}) text = text.substr(0, text.find(tail));
  return text;
}

std::string without_marks(std::string text) {
  for (const std::string_view mark : {"(r)", "(tm)", "(c)", "®", "™"})
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) text.replace(at, mark.size(), 1, ' ');
  return text;
}

/// "16-core", "quad-core": a count, not the brand Core.
bool counts_cores(std::string_view word) { return word.ends_with("-core"); }

/// "13th", "2nd".
bool is_ordinal(std::string_view word) {
  if (word.size() < 3 || !is_digit(word[0])) return false;
  return word.ends_with("th") || word.ends_with("nd") || word.ends_with("rd") || word.ends_with("st");
}

bool belongs(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+'; }

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  const std::string low = base::lower(name);
  std::string text = without_marks(std::string(without_tail(low)));
  std::vector<std::string> words;
  for (const std::string& chunk : base::split(text, ' ')) {
    if (counts_cores(chunk)) continue;
    std::string word;
    const auto end_word = [&] {
      const bool unit =
          word == "gb" && !words.empty() && std::all_of(words.back().begin(), words.back().end(), is_digit);
      if (unit)
        words.back() += word;  // "80 GB" and "80GB" are one
      else if (!word.empty() && !is_ordinal(word) && std::find(kNoise.begin(), kNoise.end(), word) == kNoise.end())
        words.push_back(word);
      word.clear();
    };
    for (const char c : chunk) {
      if (belongs(c))
        word += c;
      else
        end_word();
    }
    end_word();
  }
  return words;
}

std::string normal_name(std::string_view name) { return fmt::format("{}", fmt::join(words_of(name), " ")); }

}  // namespace cradle::catalog
