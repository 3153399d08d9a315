// Images of one's own on the command line: --data, --size, --channels.
#pragma once

#include "cradle/recipe/tasks.h"

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds the three options to a command.
void add_own_images_options(CLI::App& command, recipe::OwnImages& images);
/// Adds --normalise, for commands that run models from elsewhere.
void add_normalise_option(CLI::App& command, recipe::OwnImages& images);

}  // namespace cradle::cli
