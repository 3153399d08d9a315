// Places: codes, the names people use for them, and where to look next when a place has no figure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cradle::catalog {

/// A row of places.csv.
struct Place {
  std::string code;                  ///< "BE", "US-OR", "WORLD"
  std::string name;                  ///< "Belgium"
  std::vector<std::string> aliases;  ///< "BEL", "Brussels"
  std::string kind;                  ///< world, country, subdivision, region
  std::string within;                ///< code of the place around it; empty for the world
  std::string source;
  int line = 0;
};

/// Every built-in place; parsed at the first call (about 1 ms).
const std::vector<Place>& places();

/// Parses a table of places (columns code,name,aliases,kind,within,source). Throws Error on a bad table, an empty
/// cell, an unknown `within`, or a name that stands for two places.
std::vector<Place> parse_places(std::string_view text, std::string_view name);

/// The place of a code, name or alias, without regard to case. Throws Error with the nearest name if there is none.
const Place& resolve_place(std::string_view text);

/// The place and what lies around it, inner first: "US-OR" → {"US-OR", "US", "WORLD"}. Throws as resolve_place.
std::vector<std::string> around(std::string_view text);

}  // namespace cradle::catalog
