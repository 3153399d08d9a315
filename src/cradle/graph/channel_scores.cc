// Channel scores to and from JSON.
#include "cradle/graph/channel_scores.h"

#include <algorithm>

#include "cradle/base/error.h"

namespace cradle::graph {

base::Json to_json(const ChannelScores& scores) {
  base::Json list = base::Json::object();
  for (const auto& [name, values] : scores.scores) list[name] = values;
  return {{"kind", scores.kind}, {"images", scores.images}, {"scores", list}};
}

ChannelScores channel_scores_from_json(const base::Json& json, std::string_view where) {
  base::json_only_keys(json, std::vector<std::string>{"kind", "images", "scores"}, where);
  ChannelScores scores;
  scores.kind = base::json_string_or(json, "kind", "", where);
  scores.images = static_cast<int>(base::json_number_or(json, "images", 0, where));
  const base::Json& list = base::json_member(json, "scores", where);
  if (!list.is_object()) base::fail("{}: 'scores': expected an object, found {}", where, list.type_name());
  for (const auto& [name, values] : list.items()) {
    const auto countable = [](const base::Json& score) { return score.is_number() && score.get<double>() >= 0; };
    if (!values.is_array() || !std::ranges::all_of(values, countable))
      base::fail("{}: scores of '{}': expected a list of numbers of at least 0, found {}", where, name,
                 base::dump_json(values, -1).substr(0, 60));
    scores.scores[name] = values.get<std::vector<double>>();
  }
  return scores;
}

}  // namespace cradle::graph
