// `cradle assess`, `cradle compare` and `cradle explain`: from a study file to figures and their origin.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_assess_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_explain_command(CLI::App& app);

}  // namespace cradle::cli
