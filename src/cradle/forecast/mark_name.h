// The words that marks are made of (docs/FORMATS.md, "Marks").
#pragma once

#include <string>
#include <string_view>

namespace cradle::forecast {

enum class Word { kEpochDone, kStep, kBegin, kEnd, kEpochs, kPatience, kMetric, kOther };

/// A mark taken apart. Numbers have at most nine digits; longer ones make it kOther.
struct MarkName {
  Word word = Word::kOther;
  std::string name;  ///< of the stage or the metric
  int number = -1;   ///< of the epoch, step or stage; -1: left out
  int of = 0;        ///< how many there are, if it said
  double value = 0;  ///< of the metric or the announcement
};

/// Anything that does not fit the vocabulary is kOther. Cost linear in the name.
MarkName mark_name(std::string_view text);

}  // namespace cradle::forecast
