// `cradle report RESULT`: a result in the form that a standard or another tool asks for.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_report_command(CLI::App& app);

}  // namespace cradle::cli
