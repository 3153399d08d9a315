// `cradle data`: the catalogue of factors: list, show, check.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds the command; its callbacks throw base::Error on failure.
void add_data_command(CLI::App& app);

/// Adds `reconcile` to the command `data`.
void add_reconcile_command(CLI::App& data);

}  // namespace cradle::cli
