// The criteria that --criterion names.
#include "cradle/scenario/criteria.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::scenario {

std::vector<study::CriterionInfo> chosen_criteria(const std::vector<study::CriterionInfo>& all,
                                                  const std::vector<std::string>& codes) {
  if (codes.empty()) return all;
  std::vector<std::string> names;
  for (const auto& c : all) names.push_back(c.code);
  std::vector<study::CriterionInfo> out;
  for (const std::string& code : codes) {
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& c) { return base::lower(c.code) == base::lower(code); });
    if (at == all.end()) base::fail_usage("--criterion: unknown '{}'{}", code, base::suggestion(code, names));
    out.push_back(*at);
  }
  return out;
}

}  // namespace cradle::scenario
