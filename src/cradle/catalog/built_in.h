// The embedded files behind the built-in tables; for the inside of this room.
#pragma once

#include <string_view>
#include <vector>

#include "cradle/base/embedded.h"

namespace cradle::catalog {

/// Written by cradle_embed (cmake/Embed.cmake) from data/*.csv.
const std::vector<base::EmbeddedFile>& embedded_files();

/// The bytes of one of them; asserts that it exists.
std::string_view embedded_text(std::string_view name);

/// Whether an embedded file is a table of factors; places and precisions have columns of their own.
inline bool has_factors(std::string_view name) { return name != "places.csv" && name != "precisions.csv"; }

}  // namespace cradle::catalog
