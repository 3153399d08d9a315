// People's own tables of figures on the command line and in the settings: --pack.
#pragma once

#include <string>
#include <vector>

#include "cradle/catalog/catalog.h"

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds --pack FILE|FOLDER (may be repeated) to a command; its default is the setting `pack` (paths joined by ':').
void add_pack_option(CLI::App& command, std::vector<std::string>& packs);

/// The built-in catalogue behind the packs. Throws Error with file:line where a pack's row breaks a rule.
catalog::Catalog catalog_with(const std::vector<std::string>& packs);

}  // namespace cradle::cli
